import type { NodeGroupPolicy } from '../../domain/disk-policy';
import { readHealingBounds, type HealingBounds } from '../../domain/healing-bounds';
import { readNodeGroupPolicies } from '../../domain/node-group-policies';
import type { Assembly } from '../cloud/assembly';
import { isFields } from '../cloud/fields';

/** As the plan function is told them. @throws when no function is */
export const policiesOf = (assembly: Assembly): Readonly<Record<string, NodeGroupPolicy>> =>
  readNodeGroupPolicies(variableOf(assembly, 'HEADROOM_NODE_GROUP_POLICIES'));

/** As plan and dispatch are told them. @throws when no function is */
export const boundsOf = (assembly: Assembly): HealingBounds =>
  readHealingBounds(variableOf(assembly, 'HEADROOM_HEALING_BOUNDS'));

function variableOf(assembly: Assembly, name: string): string {
  for (const { properties } of assembly.ofType('AWS::Lambda::Function')) {
    const variables = isFields(properties.Environment) ? properties.Environment.Variables : undefined;
    const value = isFields(variables) ? variables[name] : undefined;
    if (typeof value === 'string') return value;
  }
  throw new Error(`no function of the assembly is told ${name}`);
}
