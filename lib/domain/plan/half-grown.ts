import { mayFillDisk, OTHER_PARTITIONS_BYTES } from './growth-block';
import type { RootFigures } from '../node/node-figures';
import { GIB, MIB } from '../units';

/** Bytes that were bought and that root cannot use yet, layer by layer. 0 where there is none worth a step. */
export interface UnusedBytes {
  /** EBS has them, the kernel does not show them yet. */
  readonly beyondDisk: number;
  /** The disk has them behind root's partition. */
  readonly beyondPartition: number;
  /** The partition has them behind the filesystem. */
  readonly beyondFilesystem: number;
  readonly total: number;
}

/** A gap counts when it is beyond 1 % of the layer and 256 MiB: less is alignment and the backup GPT. */
const isGap = (gapBytes: number, layerBytes: number): boolean =>
  gapBytes > layerBytes * 0.01 && gapBytes > 256 * MIB;

/**
 * Where a script does not report the filesystem's block count, `df` hides what the filesystem keeps for itself: ext4's
 * inode tables (256 bytes for each 16 KiB), journal (64 MiB at these initial sizes) and descriptors are 2–4 %;
 * xfs's log is 64 MiB or less than 1 %.
 */
const metadataBytes = (fsType: string, partitionBytes: number): number =>
  fsType === 'xfs' ? partitionBytes * 0.01 + 128 * MIB : partitionBytes * 0.045 + 128 * MIB;

/**
 * A half-finished grow: finish it before anything is bought. What cannot arrive in root does not count.
 * @param volumeSizeGiB what EC2 says of the volume, its running modification included; undefined: not known
 */
export const unusedBytes = (root: RootFigures, volumeSizeGiB: number | undefined): UnusedBytes => {
  const blocked = root.growthBlocked !== undefined;
  const usable = (bytes: number): number => Math.min(bytes, root.maxDiskBytes ?? bytes);
  const diskBytes = usable(root.diskBytes);
  const volumeBytes = volumeSizeGiB === undefined ? diskBytes : usable(volumeSizeGiB * GIB);
  const beyondDisk = blocked ? 0 : gap(volumeBytes - diskBytes, volumeBytes);
  // In front of an obstacle there may be room: only the script knows how much.
  const behind = blocked ? 0 : diskBytes - root.partitionBytes - OTHER_PARTITIONS_BYTES;
  const beyondPartition = mayFillDisk(root) ? gap(root.partitionGrowableBytes ?? behind, diskBytes) : 0;
  const beyondFilesystem = mayFillDisk(root)
    ? gap(
        root.filesystemGrowableBytes ??
          root.partitionBytes - root.sizeBytes - metadataBytes(root.fsType, root.partitionBytes),
        root.partitionBytes,
      )
    : 0;
  return {
    beyondDisk,
    beyondPartition,
    beyondFilesystem,
    total: beyondDisk + beyondPartition + beyondFilesystem,
  };
};

const gap = (bytes: number, layerBytes: number): number => (isGap(bytes, layerBytes) ? bytes : 0);
