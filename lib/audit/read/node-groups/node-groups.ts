import type { ReadContext } from '../place';
import type { Resource } from '../stack-set';
import { autoScalingGroup } from './auto-scaling-group';
import { eksNodeGroup } from './eks-node-group';
import { EXISTING_GROUP, existingGroup } from './existing-group';
import { fleet } from './fleet';
import { instanceGroups } from './instances';
import { LaunchTemplates } from './launch-templates';
import type { ReadGroup } from './read-group';

/** Every node group of the resources: instances first, and last the launch templates that nothing starts from. */
export const nodeGroupsOf = (context: ReadContext, resources: readonly Resource[]): readonly ReadGroup[] => {
  const templates = new LaunchTemplates(context);
  const instances = resources.filter(({ type }) => type === 'AWS::EC2::Instance');
  return uniqueIds([
    ...instanceGroups(context, templates, instances),
    ...resources.flatMap((resource) => groupsOf(context, templates, resource)),
    ...templates.unused(resources),
  ]);
};

/** Groups that one resource makes by itself. */
const groupsOf = (
  context: ReadContext,
  templates: LaunchTemplates,
  resource: Resource,
): readonly ReadGroup[] => {
  switch (resource.type) {
    case 'AWS::AutoScaling::AutoScalingGroup':
      return autoScalingGroup(context, templates, resource);
    case 'AWS::EKS::Nodegroup':
      return [eksNodeGroup(context, templates, resource)];
    case 'AWS::EC2::EC2Fleet':
    case 'AWS::EC2::SpotFleet':
      return fleet(context, templates, resource);
    case EXISTING_GROUP:
      return [existingGroup(context, resource)];
    default:
      return [];
  }
};

/** Two stacks of one name, in two regions, must not have groups of one id. */
const uniqueIds = (groups: readonly ReadGroup[]): readonly ReadGroup[] => {
  const seen = new Map<string, number>();
  return groups.map((group) => {
    const times = (seen.get(group.facts.id) ?? 0) + 1;
    seen.set(group.facts.id, times);
    return times === 1 ? group : { ...group, facts: { ...group.facts, id: `${group.facts.id}#${times}` } };
  });
};
