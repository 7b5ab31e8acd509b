import type { GuestDiskFigures } from '../../../packages/local-aws/src';

/**
 * Reads `df --block-size=1 --output=size,used,avail,itotal,iused /`.
 * Percent as the CloudWatch agent counts it: 100 × used / (used + available), one decimal, so that ext4's
 * reserve for root counts neither as used nor as free. Inodes: 0 where the filesystem does not count them.
 */
export function readDfOutput(output: string): GuestDiskFigures {
  const [size, used, available, inodes, inodesUsed] = (output.trim().split('\n').at(-1) ?? '')
    .trim()
    .split(/\s+/)
    .map((field) => (field === '-' ? 0 : Number(field)));
  if (
    size === undefined ||
    used === undefined ||
    available === undefined ||
    [size, used, available].some((figure) => !Number.isFinite(figure)) ||
    size <= 0
  ) {
    throw new Error(`df printed no figures: ${JSON.stringify(output)}`);
  }
  return {
    usedPercent: percent(used, used + available),
    sizeBytes: size,
    availableBytes: available,
    inodesUsedPercent: percent(inodesUsed ?? 0, inodes ?? 0),
  };
}

function percent(part: number, whole: number): number {
  return whole > 0 ? Math.round((1000 * part) / whole) / 10 : 0;
}
