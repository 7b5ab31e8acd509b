import { TAGS } from '../../../domain/names/naming';
import { known, unknown, type BlockDevice, type Fact, type NodeGroupFacts } from '../../facts';
import { unknownLaunch } from '../launch';
import { readMetadata } from '../metadata';
import type { ReadContext } from '../place';
import type { Resource } from '../stack-set';
import { allKnown, flatFact, listFact, textFact } from '../values';
import { readGroup, type ReadGroup } from './read-group';

/** A group of nodes that no template makes: `cluster.existing` of an environment file. */
export const EXISTING_GROUP = 'Custom::HeadroomNodeGroup';

const WHY = 'the nodes run already, and what made them is in no template';

const field = ({ resolver }: ReadContext, resource: Resource, key: string) =>
  resolver.path(resolver.properties(resource), 'Group', key);

/** Name of its Auto Scaling group. */
export const existingGroupName = (context: ReadContext, resource: Resource): Fact<string> =>
  textFact(field(context, resource, 'autoScalingGroupName'));

/** Ids of its instances, where they are named. */
export const existingInstanceIds = (context: ReadContext, resource: Resource): Fact<readonly string[]> =>
  flatFact(listFact(context.resolver, field(context, resource, 'instanceIds')), (items) =>
    allKnown(items.map(textFact)),
  );

/** The root volume has the declared size; of all else nothing is known. */
export const existingGroup = (context: ReadContext, resource: Resource): ReadGroup => {
  const { policy } = readMetadata(context.resolver, resource);
  const launch = unknownLaunch(WHY);
  const hidden = unknown(WHY);
  const root: BlockDevice = {
    ...{ deviceName: hidden, volumeType: hidden, iops: hidden, throughputMiBps: hidden, encrypted: hidden },
    snapshotId: hidden,
    sizeGiB: policy.sizeGiB === undefined ? hidden : known(policy.sizeGiB),
    ebs: true,
  };
  const ids = existingInstanceIds(context, resource);
  const count: Fact<number> = ids.state === 'known' ? known(ids.value.length) : hidden;
  const nodes: NodeGroupFacts['nodes'] = { min: count, desired: count, max: count };
  return readGroup(context, {
    ...{ kind: 'existing', resource, launch, nodes },
    instanceTypes: hidden,
    devices: known([root]),
    root: known(root),
    exchangesNodes: known(false),
    // As the attach function puts them on its nodes: associations find these by them.
    tags: Object.fromEntries(
      (
        [
          [TAGS.environment, policy.environment],
          [TAGS.nodeGroup, policy.nodeGroup],
          [TAGS.role, policy.role],
        ] as const
      ).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
    ),
  });
};
