import type { GrowthBlock } from '../../../lib/domain/node/node-figures';

export type FilesystemType = 'ext4' | 'xfs';

/** A storage layout that disk-layout.sh makes for real, and what becomes of it when its disk grows. */
export interface Layout {
  readonly name: string;
  /** Needs the kernel's device mapper, which containers seldom have. */
  readonly deviceMapper?: true;
  /** Default: both. */
  readonly types?: readonly FilesystemType[];
}

/** A layout whose root takes a larger disk. */
export const GROWN: readonly Layout[] = [
  { name: 'bare' },
  { name: 'gpt-last' },
  { name: 'gpt-boot-before' },
  { name: 'gpt-first-number-last-place' },
  { name: 'mbr-last' },
  { name: 'lvm-bare', deviceMapper: true },
  { name: 'lvm-gpt-last', deviceMapper: true },
  { name: 'lvm-mbr-last', deviceMapper: true },
  { name: 'lvm-var-behind', deviceMapper: true },
  { name: 'lvm-other-disk', deviceMapper: true },
];

export interface RefusedLayout extends Layout {
  readonly kind: GrowthBlock;
  /** Of `growthBlocked`, and in the error of extend-root. */
  readonly detail: RegExp;
}

/** A layout whose root cannot take what is bought: told by name, before and after. */
export const REFUSED: readonly RefusedLayout[] = [
  {
    name: 'gpt-swap-behind',
    kind: 'partition-behind',
    detail: /\/dev\/\w+p2 \(swap\) starts right after \/dev\/\w+p1/,
  },
  {
    name: 'gpt-data-behind',
    kind: 'partition-behind',
    detail: /\/dev\/\w+p2 \(ext4\) starts right after \/dev\/\w+p1/,
  },
  {
    name: 'mbr-extended-behind',
    kind: 'partition-behind',
    detail: /\/dev\/\w+p2 \(extended\) starts right after \/dev\/\w+p1/,
  },
  {
    name: 'mbr-logical',
    kind: 'unsupported-layer',
    detail: /\/dev\/\w+p5 is a logical partition of an MBR partition table/,
  },
  { name: 'tmpfs', kind: 'unsupported-filesystem', detail: /root is tmpfs; only ext4 and xfs can be grown/ },
  {
    name: 'filesystem-errors',
    kind: 'filesystem-errors',
    detail: /\/dev\/\w+ has 7 errors on record/,
    types: ['ext4'],
  },
  { name: 'read-only', kind: 'read-only', detail: /root is mounted read-only/ },
  {
    name: 'lvm-swap-behind',
    kind: 'partition-behind',
    detail: /\/dev\/\w+p2 \(swap\) starts right after \/dev\/\w+p1/,
    deviceMapper: true,
  },
  {
    name: 'lvm-two-disks',
    kind: 'several-disks',
    detail: /\/dev\/mapper\/headroom_test-root spans loop\d+ loop\d+/,
    deviceMapper: true,
  },
  {
    name: 'lvm-raid1',
    kind: 'unsupported-layer',
    detail: /root is on headroom_test-root_r\w+ \(LVM RAID\)/,
    deviceMapper: true,
  },
  {
    name: 'lvm-thin',
    kind: 'unsupported-layer',
    detail: /root is on headroom_test-pool\S* \(LVM thin pool\)/,
    deviceMapper: true,
  },
  {
    name: 'lvm-snapshot',
    kind: 'unsupported-layer',
    detail: /root is on headroom_test-root-real \(LVM with a snapshot\)/,
    deviceMapper: true,
  },
  {
    name: 'luks',
    kind: 'unsupported-layer',
    detail: /root is on headroom_crypt \(dm-crypt\)/,
    deviceMapper: true,
  },
  {
    name: 'lvm-on-luks',
    kind: 'unsupported-layer',
    detail: /root is on headroom_crypt \(dm-crypt\)/,
    deviceMapper: true,
  },
];

/** Every layout with each filesystem that it is for, e.g. for `test.each`. */
export const rows = <L extends Layout>(
  layouts: readonly L[],
  wanted: (layout: L, type: FilesystemType) => boolean,
): readonly (L & { readonly type: FilesystemType })[] =>
  layouts.flatMap((layout) =>
    (layout.types ?? (['ext4', 'xfs'] as const))
      .filter((type) => wanted(layout, type))
      .map((type) => ({ ...layout, type })),
  );
