import type { Attachment } from '../../lib/domain/attach/attachment';
import type { Seen, SeenInstance, SeenVolume } from '../../lib/domain/attach/attach';
import { AUTO_SCALING_GROUP_TAG, TAGS } from '../../lib/domain/names/naming';
import type { AttachClient } from './attach.client';

/** Members of the groups with their root volumes, and whatever is tagged with the environment. @throws what the SDK throws */
export const gather = async (client: AttachClient, attachment: Attachment, nowMs: number): Promise<Seen> => {
  const { environment, groups } = attachment;
  const names = groups.flatMap(({ autoScalingGroupName }) => autoScalingGroupName ?? []);
  const ids = groups.flatMap(({ instanceIds }) => instanceIds ?? []);
  const tagged = { name: `tag:${TAGS.environment}`, values: [environment] };
  const [autoScalingGroups, taggedVolumes, ...some] = await Promise.all([
    client.autoScalingGroups(names),
    client.volumes(tagged),
    client.instances(tagged),
    client.instances({ name: `tag:${AUTO_SCALING_GROUP_TAG}`, values: names }),
    client.instances({ name: 'instance-id', values: ids }),
  ]);
  const instances = distinct(some.flat(), ({ instanceId }: SeenInstance) => instanceId);
  const roots = instances.flatMap(({ rootVolumeId }) => rootVolumeId ?? []);
  const rootVolumes = await client.volumes({ name: 'volume-id', values: roots });
  const volumes = distinct([...taggedVolumes, ...rootVolumes], ({ volumeId }: SeenVolume) => volumeId);
  return { instances, volumes, autoScalingGroups, atMs: nowMs };
};

const distinct = <T>(items: readonly T[], id: (item: T) => string): T[] => [
  ...new Map(items.map((item) => [id(item), item])).values(),
];
