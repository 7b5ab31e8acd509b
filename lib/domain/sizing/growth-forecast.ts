/** One datapoint of `disk_used_percent` of `/`. */
export interface UsageSample {
  /** Milliseconds since the epoch. */
  readonly atMs: number;
  /** 0–100. */
  readonly usedPercent: number;
}

/** A drop of more than this is healing, a cleanup or a bigger disk: a new stretch begins there. Percentage points. */
const DROP_POINTS = 1;
/** A full disk cannot grow fuller: what happens there says nothing about the demand. */
const SATURATED_PERCENT = 99.5;
/** Less history than this is an anecdote. Seconds. */
const MINIMUM_SECONDS = 15 * 60;
/** A fresh burst counts as much as a slow day: the last hour is also looked at on its own. Seconds. */
const RECENT_SECONDS = 60 * 60;

/**
 * Percentage points of the filesystem that are filled each second: the greater of the whole history's pace and the
 * last hour's. Drops do not count as negative growth. `undefined` is unknown: too little history, which is not "no
 * growth". Order and duplicates of the samples do not matter.
 */
export const growthPerSecond = (samples: readonly UsageSample[]): number | undefined => {
  const sorted = inOrder(samples);
  const lastMs = sorted.at(-1)?.atMs ?? 0;
  const whole = paceOf(sorted);
  const recent = paceOf(sorted.filter(({ atMs }) => atMs >= lastMs - RECENT_SECONDS * 1_000));
  if (whole === undefined) return recent;
  return recent === undefined ? whole : Math.max(whole, recent);
};

/**
 * The same of the whole history alone: for a look at months ahead, in which the last hour's burst is not a trend.
 * `undefined` is unknown.
 */
export const steadyGrowthPerSecond = (samples: readonly UsageSample[]): number | undefined =>
  paceOf(inOrder(samples));

const inOrder = (samples: readonly UsageSample[]): UsageSample[] =>
  samples
    .filter(({ atMs, usedPercent }) => Number.isFinite(atMs) && usedPercent >= 0 && usedPercent <= 100)
    .sort((a, b) => a.atMs - b.atMs);

/** Growth within the stretches between drops, over the time of those stretches; within one, noise cancels out. */
const paceOf = (sorted: readonly UsageSample[]): number | undefined => {
  let points = 0;
  let seconds = 0;
  let start = sorted[0];
  let previous = start;
  const close = (end: UsageSample | undefined): void => {
    if (start === undefined || end === undefined) return;
    points += Math.max(0, end.usedPercent - start.usedPercent);
    seconds += (end.atMs - start.atMs) / 1_000;
  };
  for (const sample of sorted.slice(1)) {
    const dropped = previous !== undefined && sample.usedPercent < previous.usedPercent - DROP_POINTS;
    const stuck = previous !== undefined && previous.usedPercent >= SATURATED_PERCENT;
    if (dropped || stuck) {
      close(previous);
      start = sample;
    }
    previous = sample;
  }
  close(previous);
  return seconds >= MINIMUM_SECONDS ? points / seconds : undefined;
};
