import { readNodeGroupPolicies } from '../../domain/node-group-policies';
import type { NodeGroupPolicy } from '../../domain/disk-policy';
import type { Assembly } from '../cloud/assembly';
import { isFields } from '../cloud/fields';

/** As the plan function is told them. @throws when no function is */
export function policiesOf(assembly: Assembly): Readonly<Record<string, NodeGroupPolicy>> {
  for (const { properties } of assembly.ofType('AWS::Lambda::Function')) {
    const variables = isFields(properties.Environment) ? properties.Environment.Variables : undefined;
    const policies = isFields(variables) ? variables.HEADROOM_NODE_GROUP_POLICIES : undefined;
    if (typeof policies === 'string') return readNodeGroupPolicies(policies);
  }
  throw new Error('no function of the assembly is told the policies of the node groups');
}
