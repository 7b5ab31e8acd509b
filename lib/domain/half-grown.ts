import type { RootFigures } from './node-figures';
import { GIB, MIB } from './units';

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
 * Where a script cannot tell the free bytes behind the partition, other partitions look like free ones: Ubuntu 24.04
 * keeps 881 MiB of /boot, 106 MiB of EFI and 4 MiB of BIOS boot on the root disk.
 */
const OTHER_PARTITIONS_BYTES = 1_280 * MIB;

/**
 * Where a script cannot tell the filesystem's block count, `df` hides what the filesystem keeps for itself: ext4's
 * inode tables (256 bytes for each 16 KiB), journal (64 MiB at these birth sizes) and descriptors are 2–4 %;
 * xfs's log is 64 MiB or less than 1 %.
 */
const metadataBytes = (fsType: string, partitionBytes: number): number =>
  fsType === 'xfs' ? partitionBytes * 0.01 + 128 * MIB : partitionBytes * 0.045 + 128 * MIB;

/**
 * A half-finished grow: finish it before anything is bought.
 * @param volumeSizeGiB what EC2 says of the volume, its running modification included; undefined: not known
 */
export const unusedBytes = (root: RootFigures, volumeSizeGiB: number | undefined): UnusedBytes => {
  const volumeBytes = volumeSizeGiB === undefined ? root.diskBytes : volumeSizeGiB * GIB;
  const beyondDisk = gap(volumeBytes - root.diskBytes, volumeBytes);
  const beyondPartition = gap(
    root.partitionGrowableBytes ?? root.diskBytes - root.partitionBytes - OTHER_PARTITIONS_BYTES,
    root.diskBytes,
  );
  const beyondFilesystem = gap(
    root.filesystemGrowableBytes ??
      root.partitionBytes - root.sizeBytes - metadataBytes(root.fsType, root.partitionBytes),
    root.partitionBytes,
  );
  return {
    beyondDisk,
    beyondPartition,
    beyondFilesystem,
    total: beyondDisk + beyondPartition + beyondFilesystem,
  };
};

const gap = (bytes: number, layerBytes: number): number => (isGap(bytes, layerBytes) ? bytes : 0);
