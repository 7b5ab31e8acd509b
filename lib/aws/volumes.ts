import {
  DescribeSnapshotsCommand,
  DescribeVolumesCommand,
  DescribeVolumesModificationsCommand,
  type VolumeModification as SdkModification,
} from '@aws-sdk/client-ec2';
import type { VolumeModification } from '../domain/plan/ebs-budget';
import type { TakenSnapshot } from '../domain/plan/snapshot-first';
import { means } from './errors';
import { everyPage, type PagingOptions, type SdkClient } from './sdk';
import { filterOf, filtersOf, tagsOf, type Filters } from './tags';

export interface Volume {
  readonly volumeId: string;
  /** undefined: EC2 does not say. */
  readonly sizeGiB: number | undefined;
  readonly tags: Readonly<Record<string, string>>;
}

/**
 * Volumes of any of the values, whatever their number. By a filter and not by id: an id that is gone by now would fail
 * the whole call. @throws what the SDK throws
 */
export const volumesOfAny = async (
  ec2: SdkClient,
  name: string,
  values: readonly string[],
): Promise<readonly Volume[]> => {
  const found: Volume[] = [];
  for (const filter of filterOf(name, values))
    found.push(
      ...(await everyPage(
        ec2,
        DescribeVolumesCommand,
        { Filters: [filter], MaxResults: 500 },
        ({ Volumes = [] }) =>
          Volumes.flatMap(({ VolumeId, Size, Tags }) =>
            VolumeId === undefined ? [] : [{ volumeId: VolumeId, sizeGiB: Size, tags: tagsOf(Tags) }],
          ),
      )),
    );
  return found;
};

/** Volume id → GiB, of those that EC2 knows. @throws what the SDK throws */
export const volumeSizes = async (
  ec2: SdkClient,
  volumeIds: readonly string[],
): Promise<ReadonlyMap<string, number>> => {
  const volumes = await volumesOfAny(ec2, 'volume-id', volumeIds);
  return new Map(
    volumes.flatMap(({ volumeId, sizeGiB }) => (sizeGiB === undefined ? [] : [[volumeId, sizeGiB] as const])),
  );
};

const modificationOf = (each: SdkModification): VolumeModification => ({
  state: each.ModificationState ?? 'unknown',
  startedAtMs: each.StartTime?.getTime(),
  originalSizeGiB: each.OriginalSize,
  targetSizeGiB: each.TargetSize,
  progressPercent: each.Progress,
});

/** Volume id → its modifications, none for one that was never modified. @throws what the SDK throws */
export const volumeModifications = async (
  ec2: SdkClient,
  volumeIds: readonly string[],
): Promise<ReadonlyMap<string, readonly VolumeModification[]>> => {
  try {
    return await modificationsByFilter(ec2, volumeIds);
  } catch (error) {
    if (!means(error, 'neverModified')) throw error;
    if (volumeIds.length === 1) return new Map();
    // One of them hides the others.
    const found = new Map<string, readonly VolumeModification[]>();
    for (const id of volumeIds) for (const entry of await volumeModifications(ec2, [id])) found.set(...entry);
    return found;
  }
};

const modificationsByFilter = async (
  ec2: SdkClient,
  volumeIds: readonly string[],
): Promise<ReadonlyMap<string, readonly VolumeModification[]>> => {
  const found = new Map<string, VolumeModification[]>();
  for (const filter of filterOf('volume-id', volumeIds)) {
    const all = await everyPage(
      ec2,
      DescribeVolumesModificationsCommand,
      { Filters: [filter] },
      ({ VolumesModifications = [] }) => VolumesModifications,
    );
    for (const each of all)
      if (each.VolumeId !== undefined)
        found.set(each.VolumeId, [...(found.get(each.VolumeId) ?? []), modificationOf(each)]);
  }
  return found;
};

/** Of this account: another one's snapshot may have any tag. @throws what the SDK throws */
export const snapshotsWhere = (
  ec2: SdkClient,
  filters: Filters,
  options: Pick<PagingOptions<TakenSnapshot>, 'abortSignal'>,
): Promise<readonly TakenSnapshot[]> =>
  everyPage(
    ec2,
    DescribeSnapshotsCommand,
    { OwnerIds: ['self'], Filters: filtersOf(filters) },
    ({ Snapshots = [] }) =>
      Snapshots.flatMap(({ SnapshotId, State }) =>
        SnapshotId === undefined ? [] : [{ snapshotId: SnapshotId, state: State ?? 'unknown' }],
      ),
    options,
  );
