import { declaredSizeGiB, type NodeGroupPolicy } from '../domain/plan/disk-policy';
import { readHealingBounds, type HealingBounds } from '../domain/plan/healing-bounds';
import { readNodeGroupPolicies } from '../domain/plan/node-group-policies';
import { type Assembly, isFields } from '../../packages/local-aws/src';
import type { NodeInstance } from '../drill/cloud/node-fleet';

type Policies = Readonly<Record<string, NodeGroupPolicy>>;

/** A size that a deploy has raised. */
export interface Raised {
  readonly nodeGroup: string;
  readonly sizeGiB: number;
}

/** The policies after that deploy. */
export const withRaised = (policies: Policies, raised: Raised | undefined): Policies => {
  const policy = raised && policies[raised.nodeGroup];
  return policy ? { ...policies, [raised.nodeGroup]: { ...policy, sizeGiB: raised.sizeGiB } } : policies;
};

/** How many have less than their group declares for nodes that run. */
export const belowDeclaredSize = (instances: readonly NodeInstance[], policies: Policies): number =>
  instances.filter(({ nodeGroup, volume }) => {
    const policy = policies[nodeGroup];
    return volume.sizeGiB < ((policy && declaredSizeGiB(policy)) ?? 0);
  }).length;

/** As the plan function receives them. @throws when no function does */
export const policiesOf = (assembly: Assembly): Policies =>
  readNodeGroupPolicies(variableOf(assembly, 'HEADROOM_NODE_GROUP_POLICIES'));

/** As plan and dispatch receive them. @throws when no function does */
export const boundsOf = (assembly: Assembly): HealingBounds =>
  readHealingBounds(variableOf(assembly, 'HEADROOM_HEALING_BOUNDS'));

function variableOf(assembly: Assembly, name: string): string {
  for (const { properties } of assembly.ofType('AWS::Lambda::Function')) {
    const variables = isFields(properties.Environment) ? properties.Environment.Variables : undefined;
    const value = isFields(variables) ? variables[name] : undefined;
    if (typeof value === 'string') return value;
  }
  throw new Error(`no function of the assembly receives ${name}`);
}
