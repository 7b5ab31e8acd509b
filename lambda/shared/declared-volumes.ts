import type { Instance } from '../../lib/aws/instances';
import type { SdkClient } from '../../lib/aws/sdk';
import { volumeModifications, volumeSizes } from '../../lib/aws/volumes';
import type { DeclaredVolume } from '../../lib/domain/sizing/declared-size';
import { TAGS } from '../../lib/domain/names/naming';

export type RunningNode = Pick<Instance, 'instanceId' | 'tags' | 'launchedAtMs' | 'rootVolumeId'>;

/**
 * Instance id → root volume, of the nodes whose group declares a size for nodes that run. One call returns the sizes of 200
 * volumes; modifications are asked for only of those that are too small, and of `suspects`.
 * @param declaredSizes node group → GiB
 * @param suspects instances whose last healing may have stopped between volume and filesystem
 * @throws what the SDK throws
 */
export const readDeclaredVolumes = async (
  ec2: SdkClient,
  nodes: readonly RunningNode[],
  declaredSizes: Readonly<Record<string, number>>,
  suspects: ReadonlySet<string> = new Set(),
): Promise<ReadonlyMap<string, DeclaredVolume>> => {
  const asked = nodes.flatMap(({ instanceId, tags, rootVolumeId: volumeId }) => {
    const group = tags[TAGS.nodeGroup] ?? '';
    const declaredSizeGiB = Object.hasOwn(declaredSizes, group) ? declaredSizes[group] : undefined;
    return declaredSizeGiB === undefined || volumeId === undefined
      ? []
      : [{ instanceId, volumeId, declaredSizeGiB }];
  });
  const sizes = await volumeSizes(
    ec2,
    asked.map(({ volumeId }) => volumeId),
  );
  const unclear = asked.filter(
    ({ instanceId, volumeId, declaredSizeGiB }) =>
      suspects.has(instanceId) || (sizes.get(volumeId) ?? declaredSizeGiB) < declaredSizeGiB,
  );
  const modifications = await volumeModifications(
    ec2,
    unclear.map(({ volumeId }) => volumeId),
  );
  return new Map(
    asked.flatMap(({ instanceId, volumeId, declaredSizeGiB }) => {
      const sizeGiB = sizes.get(volumeId);
      return sizeGiB === undefined
        ? []
        : [
            [
              instanceId,
              { volumeId, sizeGiB, declaredSizeGiB, modifications: modifications.get(volumeId) ?? [] },
            ] as const,
          ];
    }),
  );
};
