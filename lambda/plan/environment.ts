/** Environment variables of the plan function: the contract between its construct and its handler. */
export const PLAN_ENVIRONMENT = {
  environmentName: 'HEADROOM_ENVIRONMENT',
  /** JSON: node group name → `NodeGroupPolicy` of `lib/domain/disk-policy`. */
  nodeGroupPolicies: 'HEADROOM_NODE_GROUP_POLICIES',
} as const;
