/** One answer of DescribeVolumesModifications, as far as the budget reads it. */
export interface VolumeModification {
  readonly state: 'modifying' | 'optimizing' | 'completed' | 'failed' | 'unknown';
  /** Milliseconds since the epoch; undefined: EC2 did not say. */
  readonly startedAtMs: number | undefined;
  /** GiB that the volume had; absent: EC2 did not say. */
  readonly originalSizeGiB?: number | undefined;
  /** GiB that the volume will have. */
  readonly targetSizeGiB: number | undefined;
  /** 0–100. */
  readonly progressPercent: number | undefined;
}

export type EbsBudget =
  | { readonly allowed: true }
  | {
      readonly allowed: false;
      readonly why: string;
      /** When to ask again, milliseconds since the epoch; absent: EBS gives no time. */
      readonly untilMs?: number;
    };

/**
 * Modifications of one volume that EBS takes in a rolling day.
 * https://docs.aws.amazon.com/ebs/latest/userguide/modify-volume-requirements.html, checked 2026-11.
 */
export const MODIFICATIONS_PER_DAY = 4;
const WINDOW_MS = 24 * 3_600_000;

/**
 * Whether asking EBS for one more modification makes sense. Only a forecast that saves a futile call: EC2 reports the
 * latest modification of a volume and perhaps not the earlier ones, so that ModifyVolume's own answer
 * (`VolumeModificationRateExceeded`, `IncorrectModificationState`) stays the authority.
 */
export const ebsBudget = (modifications: readonly VolumeModification[], nowMs: number): EbsBudget => {
  const running = modifications.find(({ state }) => state !== 'completed' && state !== 'failed');
  if (running !== undefined) {
    const progress = running.progressPercent === undefined ? '' : `, ${running.progressPercent} % done`;
    return { allowed: false, why: `the last modification is still ${running.state}${progress}` };
  }
  const recent = modifications
    .filter(({ state, startedAtMs }) => state !== 'failed' && startedAtMs !== undefined)
    .map(({ startedAtMs }) => startedAtMs as number)
    .filter((startedAtMs) => startedAtMs > nowMs - WINDOW_MS)
    .sort((a, b) => b - a);
  const oldest = recent[MODIFICATIONS_PER_DAY - 1];
  if (oldest === undefined) return { allowed: true };
  return {
    allowed: false,
    why: `${recent.length} modifications in the last 24 h; EBS allows ${MODIFICATIONS_PER_DAY}`,
    untilMs: oldest + WINDOW_MS,
  };
};
