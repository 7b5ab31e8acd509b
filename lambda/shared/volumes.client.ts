import {
  DescribeVolumesCommand,
  DescribeVolumesModificationsCommand,
  type DescribeVolumesCommandOutput,
  type DescribeVolumesModificationsCommandOutput,
  type Filter,
  type VolumeModification as SdkModification,
} from '@aws-sdk/client-ec2';
import type { VolumeModification } from '../../lib/domain/plan/ebs-budget';
import { errorCode, type SdkShapedClient } from './sdk-shape';

/** Values that a filter takes. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/Query-Requests.html */
const VALUES_PER_FILTER = 200;

const modificationOf = (each: SdkModification): VolumeModification => ({
  state: each.ModificationState ?? 'unknown',
  startedAtMs: each.StartTime?.getTime(),
  originalSizeGiB: each.OriginalSize,
  targetSizeGiB: each.TargetSize,
  progressPercent: each.Progress,
});

/**
 * Volume id → GiB, of those that EC2 knows. By a filter and not by id: an id that is gone by now would fail the whole
 * call. @throws what the SDK throws
 */
export const volumeSizes = async (
  ec2: SdkShapedClient,
  volumeIds: readonly string[],
): Promise<ReadonlyMap<string, number>> => {
  const sizes = new Map<string, number>();
  for (const Filters of filtersOf(volumeIds)) {
    let nextToken: string | undefined;
    do {
      const page = (await ec2.send(
        new DescribeVolumesCommand({ Filters, ...(nextToken !== undefined && { NextToken: nextToken }) }),
      )) as DescribeVolumesCommandOutput;
      for (const { VolumeId, Size } of page.Volumes ?? [])
        if (VolumeId !== undefined && Size !== undefined) sizes.set(VolumeId, Size);
      nextToken = page.NextToken;
    } while (nextToken !== undefined && nextToken !== '');
  }
  return sizes;
};

/**
 * What EC2 has said of a volume that was never modified, when asked by its id; asked by a filter it has left the volume out, but
 * that it always does has no witness. https://github.com/awslabs/aws-sdk-rust/issues/1346 https://github.com/boto/boto3/issues/1901
 * The second one is also said of a volume that is gone: ModifyVolume then fails, and nothing is bought.
 */
const NEVER_MODIFIED: readonly string[] = ['InvalidVolumeModification.NotFound', 'InvalidVolume.NotFound'];

/** Volume id → its modifications, none for one that was never modified. @throws what the SDK throws */
export const volumeModifications = async (
  ec2: SdkShapedClient,
  volumeIds: readonly string[],
): Promise<ReadonlyMap<string, readonly VolumeModification[]>> => {
  try {
    return await modificationsByFilter(ec2, volumeIds);
  } catch (error) {
    if (!NEVER_MODIFIED.includes(errorCode(error))) throw error;
    if (volumeIds.length === 1) return new Map();
    // One of them hides the others.
    const found = new Map<string, readonly VolumeModification[]>();
    for (const id of volumeIds) for (const entry of await volumeModifications(ec2, [id])) found.set(...entry);
    return found;
  }
};

const modificationsByFilter = async (
  ec2: SdkShapedClient,
  volumeIds: readonly string[],
): Promise<ReadonlyMap<string, readonly VolumeModification[]>> => {
  const found = new Map<string, VolumeModification[]>();
  for (const Filters of filtersOf(volumeIds)) {
    let nextToken: string | undefined;
    do {
      const page = (await ec2.send(
        new DescribeVolumesModificationsCommand({
          Filters,
          ...(nextToken !== undefined && { NextToken: nextToken }),
        }),
      )) as DescribeVolumesModificationsCommandOutput;
      for (const each of page.VolumesModifications ?? [])
        if (each.VolumeId !== undefined)
          found.set(each.VolumeId, [...(found.get(each.VolumeId) ?? []), modificationOf(each)]);
      nextToken = page.NextToken;
    } while (nextToken !== undefined && nextToken !== '');
  }
  return found;
};

const filtersOf = (volumeIds: readonly string[]): readonly Filter[][] =>
  Array.from({ length: Math.ceil(volumeIds.length / VALUES_PER_FILTER) }, (_, index) => [
    {
      Name: 'volume-id',
      Values: volumeIds.slice(index * VALUES_PER_FILTER, (index + 1) * VALUES_PER_FILTER),
    },
  ]);
