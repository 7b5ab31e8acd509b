import type { DiskSample } from './drill-report';

type Use = Pick<DiskSample, 'usedPercent' | 'inodesUsedPercent'>;

/** Bytes or inodes, whichever is the fuller: what a healing has to bring down. Percent. */
export const fullerPercent = ({ usedPercent, inodesUsedPercent }: Use): number =>
  Math.max(usedPercent, inodesUsedPercent);

/**
 * Seconds to the first sample at or below the target after the last one above it, since what is full again was not
 * healed; null when that never came. Of a disk that was never above: the first sample's.
 */
export const secondsToHeal = (samples: readonly DiskSample[], targetPercent: number): number | null => {
  const above = samples.findLastIndex((sample) => fullerPercent(sample) > targetPercent);
  return samples[above + 1]?.atSeconds ?? null;
};

/** e.g. `100 % → 43.9 % of /`, or of its inodes where these were what was full. */
export const describeChange = (before: Use, after: Use): string =>
  before.inodesUsedPercent > before.usedPercent
    ? `${before.inodesUsedPercent} % → ${after.inodesUsedPercent} % of the inodes of /`
    : `${before.usedPercent} % → ${after.usedPercent} % of /`;
