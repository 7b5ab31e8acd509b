import type { VolumeModification } from './ebs-budget';
import type { GrowthBlock, RootFigures } from './node-figures';
import { GIB, inBytes } from './units';

/** What to do about it, for the person who is called. */
const REMEDIES: { readonly [K in GrowthBlock]: string } = {
  'partition-behind': 'move or remove that partition, then run ExtendRoot; or replace the node',
  'mbr-limit': 'convert the disk to GPT, or replace the node by one with a GPT disk',
  'unsupported-layer': 'grow that layer by hand, or replace the node by one without it',
  'several-disks': 'grow the volume group by hand',
  'unsupported-filesystem': 'only ext4 and xfs can be grown: free space by hand, or replace the node',
  'filesystem-errors': 'check the filesystem offline (e2fsck, xfs_repair), or replace the node',
  'read-only': 'look at dmesg for why it was remounted, then repair it or replace the node',
  'not-ebs': 'the disk is no EBS volume and cannot grow: free space by hand, or replace the node',
};

/** Kinds that leave root the rest of its own partition. */
const WITHIN_PARTITION: readonly GrowthBlock[] = ['partition-behind', 'mbr-limit'];

/** Whether what root's partition still has can be given to the filesystem, although more cannot be added. */
export const mayFillPartition = ({ growthBlocked }: RootFigures): boolean =>
  growthBlocked === undefined || WITHIN_PARTITION.includes(growthBlocked.kind);

/**
 * Why bytes that are bought now would not arrive in `/`, with the remedy; undefined: nothing speaks against it. The node
 * says so, or an earlier purchase is still outside of root's partition, with nothing left to extend.
 */
export const whyNoGrowth = (
  root: RootFigures,
  modifications: readonly VolumeModification[],
): string | undefined => {
  const { growthBlocked } = root;
  if (growthBlocked !== undefined) {
    const { kind, detail } = growthBlocked;
    return `nothing that is bought would arrive in / (${kind}): ${detail || 'no detail'}; ${REMEDIES[kind]}`;
  }
  const earlier = newestModification(modifications);
  // Where the script cannot tell what is free behind root, the bytes may lie there: extending shows it.
  if (earlier === undefined || root.partitionGrowableBytes === undefined) return undefined;
  const { originalSizeGiB, targetSizeGiB, startedAtMs } = earlier;
  const boughtGiB =
    originalSizeGiB === undefined || targetSizeGiB === undefined
      ? undefined
      : targetSizeGiB - originalSizeGiB;
  if (boughtGiB !== undefined && boughtGiB <= 0) return undefined;
  const outside = outsideRoot(root);
  if (outside <= OTHER_PARTITIONS_BYTES || outside < (boughtGiB ?? 0) * GIB * NEARLY_ALL) return undefined;
  const bought = boughtGiB === undefined ? 'bytes' : `${boughtGiB} GiB`;
  const at = startedAtMs === undefined ? 'at an unknown time' : `at ${new Date(startedAtMs).toISOString()}`;
  return (
    `${bought} bought ${at} never arrived in /: ${inBytes(outside)} of the disk lie outside of ${root.device || 'root'}, ` +
    'with nothing left to extend; compare `lsblk` with `df /` before more is bought'
  );
};

/** The newest one that EBS did not give up. */
export const newestModification = (
  modifications: readonly VolumeModification[],
): VolumeModification | undefined =>
  modifications
    .filter(({ state }) => state !== 'failed')
    .reduce<VolumeModification | undefined>(
      (newest, each) =>
        newest === undefined || (each.startedAtMs ?? 0) > (newest.startedAtMs ?? 0) ? each : newest,
      undefined,
    );

/** Whether `boughtGiB` lie outside of root's partition, so that the purchase had no effect. */
export const isOutsideRoot = (root: RootFigures, boughtGiB: number): boolean =>
  outsideRoot(root) >= boughtGiB * GIB * NEARLY_ALL;

/** Bytes of the disk that are neither root's partition nor free right behind it. */
const outsideRoot = (root: RootFigures): number =>
  root.diskBytes - root.partitionBytes - (root.partitionGrowableBytes ?? 0);

/** Alignment and the backup GPT take a little of what was bought. */
const NEARLY_ALL = 0.95;

/**
 * What other partitions take where a script cannot tell the free bytes behind root's: Ubuntu 24.04 keeps 881 MiB of
 * /boot, 106 MiB of EFI and 4 MiB of BIOS boot on the root disk.
 */
export const OTHER_PARTITIONS_BYTES = 1.25 * GIB;
