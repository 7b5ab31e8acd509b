/** What the next size of a volume is made of. Sizes in GiB; percents 0–100. */
export interface GrowthNeed {
  /** What EC2 says of the volume. */
  readonly currentGiB: number;
  /** Already bought, not used yet; it serves the need first. */
  readonly unusedGiB: number;
  /** The fuller of bytes and inodes, on the filesystem as it is now. */
  readonly usedPercent: number;
  readonly targetPercent: number;
  /** {@link growthPerSecond}; undefined: not known. */
  readonly growthPercentPerSecond: number | undefined;
  readonly maxSizeGiB: number;
  /** Minimum size of the node; undefined: nothing is declared for nodes that run. */
  readonly declaredSizeGiB?: number | undefined;
}

export interface VolumeStep {
  /** Whole GiB, never below the current size. Equal to it: at the cap. */
  readonly targetSizeGiB: number;
  /** The part that decided, in words. */
  readonly because: string;
}

/** As RDS storage autoscaling: smaller steps fill before the next modification is allowed. */
export const MINIMUM_STEP_GIB = 10;
const MINIMUM_STEP_RATIO = 0.2;
/**
 * EBS takes the next modification when this one is `completed`, which takes hours, up to a day: a step must last it.
 * https://docs.aws.amazon.com/ebs/latest/userguide/modify-volume-requirements.html
 */
const FORECAST_SECONDS = 24 * 3_600;
/** A burst that fills a disk in minutes does not predict a day: it can double one step at most. */
const MAX_FORECAST_RATIO = 1;

/**
 * The next size: the current one plus max(10 GiB, 20 %, the growth of the coming day, bringing usage down to the target), and
 * no less than the declared size; rounded up to a GiB, never above the cap, never smaller than now.
 */
export const nextVolumeSize = (need: GrowthNeed): VolumeStep => {
  const { currentGiB, maxSizeGiB } = need;
  const usableGiB = Math.max(0, currentGiB - need.unusedGiB);
  const forecastRatio = ((need.growthPercentPerSecond ?? 0) / 100) * FORECAST_SECONDS;
  const steps: readonly (readonly [string, number])[] = [
    [`the minimum step of ${MINIMUM_STEP_GIB} GiB`, MINIMUM_STEP_GIB],
    [`${MINIMUM_STEP_RATIO * 100} % of the volume`, currentGiB * MINIMUM_STEP_RATIO],
    [
      `the growth expected in the next ${FORECAST_SECONDS / 3_600} hours`,
      usableGiB * Math.min(forecastRatio, MAX_FORECAST_RATIO),
    ],
    // Filesystem overhead and reserve grow in proportion, so the ratio of the percents is the ratio of the sizes.
    [
      `bringing usage down to ${need.targetPercent} %`,
      usableGiB * (need.usedPercent / need.targetPercent) - currentGiB,
    ],
    ['the declared size', (need.declaredSizeGiB ?? 0) - currentGiB],
  ];
  const [because, stepGiB] = steps.reduce((most, step) => (step[1] > most[1] ? step : most));
  const wantedGiB = Math.ceil(currentGiB + stepGiB);
  const cappedGiB = Math.max(currentGiB, Math.min(wantedGiB, Math.floor(maxSizeGiB)));
  return {
    targetSizeGiB: cappedGiB,
    because:
      cappedGiB < wantedGiB
        ? `${because} would need ${wantedGiB} GiB, but the cap is ${maxSizeGiB} GiB`
        : because,
  };
};
