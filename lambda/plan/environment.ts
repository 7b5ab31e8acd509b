/** Environment variables of the plan function: the contract between its construct and its handler. */
export const PLAN_ENVIRONMENT = {
  environmentName: 'HEADROOM_ENVIRONMENT',
  /** JSON: node group name → `NodeGroupPolicy` of `lib/domain/plan/disk-policy`. */
  nodeGroupPolicies: 'HEADROOM_NODE_GROUP_POLICIES',
  /** `NamespaceLayout` of `lib/domain/names/metric-namespaces`. */
  namespaceLayout: 'HEADROOM_NAMESPACES',
  /** US dollars a month of one GiB of gp3 in the region; `unknown` where the price table has none. */
  usdPerGiBMonth: 'HEADROOM_GIB_USD',
  /** JSON: `HealingBounds` of `lib/domain/plan/healing-bounds`. */
  healingBounds: 'HEADROOM_HEALING_BOUNDS',
  /** `yes`: a snapshot of each volume before its first growth. */
  snapshotFirst: 'HEADROOM_SNAPSHOT_FIRST',
  /** Where the month's purchases are entered, and the account that the bucket must belong to. */
  evidenceBucketName: 'HEADROOM_EVIDENCE_BUCKET_NAME',
  evidenceBucketOwner: 'HEADROOM_EVIDENCE_BUCKET_OWNER',
} as const;

/** What the out-of-band lane reads besides. */
export const OUT_OF_BAND_ENVIRONMENT = {
  /** Control-plane nodes that the environment declares. */
  controlPlaneCount: 'HEADROOM_CONTROL_PLANE_COUNT',
} as const;
