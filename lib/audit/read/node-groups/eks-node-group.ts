import { known, type Fact } from '../../facts';
import { diskSizeDevice } from '../block-devices';
import { amiTypeFamily } from '../image-family';
import type { ReadContext } from '../place';
import type { Resource } from '../stack-set';
import { allKnown, flatFact, listFact, numberFact, tagsOf, textFact } from '../values';
import { launchedTypes } from './instance-types';
import type { LaunchTemplates } from './launch-templates';
import { readGroup, type ReadGroup } from './read-group';

/** An EKS managed node group. Without a launch template, `DiskSize` and `AmiType` tell its root volume. */
export const eksNodeGroup = (
  context: ReadContext,
  templates: LaunchTemplates,
  resource: Resource,
): ReadGroup => {
  const { resolver } = context;
  const properties = resolver.properties(resource);
  const specification = resolver.field(properties, 'LaunchTemplate');
  const launch = templates.use(specification);
  const amiType = textFact(resolver.field(properties, 'AmiType'));
  const isOwnImage = launch.image.id.state !== 'absent';
  const family = isOwnImage ? launch.image.family : amiTypeFamily(amiType);
  const diskSize = numberFact(resolver.field(properties, 'DiskSize'));
  const managed =
    specification.kind === 'absent' && diskSize.state !== 'absent'
      ? diskSizeDevice(diskSize, family)
      : undefined;
  const types = flatFact(listFact(resolver, resolver.field(properties, 'InstanceTypes')), (items) =>
    allKnown(items.map(textFact)),
  );
  const scaling = (key: string): Fact<number> => numberFact(resolver.path(properties, 'ScalingConfig', key));
  const cluster = resolver.field(properties, 'ClusterName');
  const clusterName = textFact(cluster);
  return readGroup(context, {
    kind: 'eks-node-group',
    resource,
    launch,
    nodes: { min: scaling('MinSize'), desired: scaling('DesiredSize'), max: scaling('MaxSize') },
    instanceTypes: launchedTypes(launch, types),
    tags: tagsOf(resolver, resolver.field(properties, 'Tags')),
    role: 'worker',
    family,
    ...(managed && { devices: known([managed]), root: known(managed) }),
    clusters: [
      ...(cluster.kind === 'link' ? [`ref:${cluster.resource.logicalId}`] : []),
      ...(clusterName.state === 'known' ? [clusterName.value] : []),
    ],
  });
};
