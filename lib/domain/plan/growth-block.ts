import type { VolumeModification } from './ebs-budget';
import type { GrowthBlock, RootFigures } from '../node/node-figures';
import { GIB, formatBytes } from '../units';

/** The remedy, for the operator who is notified. */
const REMEDIES: { readonly [K in GrowthBlock]: string } = {
  'partition-behind': 'move or remove that partition, then run ExtendRoot; or replace the node',
  'mbr-limit': 'convert the disk to GPT, or replace the node with one that has a GPT disk',
  'unsupported-layer': 'grow that layer by hand, or replace the node with one without it',
  'several-disks': 'grow the volume group by hand',
  'unsupported-filesystem': 'only ext4 and xfs can be grown: free space by hand, or replace the node',
  'filesystem-errors': 'check the filesystem offline (e2fsck, xfs_repair), or replace the node',
  'read-only': 'find out from dmesg why it was remounted read-only, then repair it or replace the node',
  'not-ebs': 'the disk is not an EBS volume and cannot grow: free space by hand, or replace the node',
};

/** Kinds that leave root what its disk still has in front of the obstacle. extend-root.sh tries with the same ones. */
const BEFORE_OBSTACLE: readonly GrowthBlock[] = ['partition-behind', 'mbr-limit', 'not-ebs'];

/** Whether what the script says can be added to root's partition and filesystem can be, although bought bytes cannot. */
export const mayFillDisk = ({ growthBlocked }: RootFigures): boolean =>
  growthBlocked === undefined || BEFORE_OBSTACLE.includes(growthBlocked.kind);

/**
 * Why bytes that are bought now would not arrive in `/`, with the remedy; undefined: nothing prevents it. Where the
 * node names nothing that is in the way, nothing lies behind root: partitions in front of it take no bytes that are bought.
 * @param boughtGiB the root volume's size, with what is coming; undefined: not known
 */
export const whyNoGrowth = (root: RootFigures, boughtGiB: number | undefined): string | undefined => {
  const { growthBlocked, diskBytes, device } = root;
  if (growthBlocked !== undefined) {
    const { kind, detail } = growthBlocked;
    return `a larger root volume would not enlarge / (${kind}): ${detail || 'no detail'}; ${REMEDIES[kind]}`;
  }
  // The kernel shows no more of a volume than EBS has. What is bought for another one would be bought again and again.
  if (boughtGiB === undefined || diskBytes < (boughtGiB + 1) * GIB) return undefined;
  return (
    `a larger root volume would not enlarge /: the disk below ${device || 'it'} has ${formatBytes(diskBytes)}, but the root ` +
    `volume has ${boughtGiB} GiB, so / is on another volume; find it with \`lsblk --output NAME,SIZE,SERIAL\` and grow it by hand`
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

/** Whether `boughtGiB` may lie behind what the node names as in the way, so that the purchase had no effect. */
export const isOutsideRoot = (root: RootFigures, boughtGiB: number): boolean =>
  root.growthBlocked !== undefined &&
  root.diskBytes - root.partitionBytes - (root.partitionGrowableBytes ?? 0) >= boughtGiB * GIB * NEARLY_ALL;

/** Alignment and the backup GPT take a little of what was bought. */
const NEARLY_ALL = 0.95;

/**
 * What other partitions take where a script cannot tell the free bytes behind root's: Ubuntu 24.04 keeps 881 MiB of
 * /boot, 106 MiB of EFI and 4 MiB of BIOS boot on the root disk.
 */
export const OTHER_PARTITIONS_BYTES = 1.25 * GIB;
