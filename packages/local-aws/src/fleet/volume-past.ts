import type { ModelledVolume, VolumeModification } from './instances';

/** A modification that EBS has carried out before the run begins. */
export interface PastModification {
  readonly hoursAgo: number;
  /** @default - `optimizing` until the volume's `optimizingSeconds` have passed, then `completed` */
  readonly state?: 'optimizing' | 'completed' | 'failed' | undefined;
}

const MILLISECONDS_PER_HOUR = 3_600_000;

/** Gives the volume its past. They count for EBS's own limits as those of the run do. */
export function addPastModifications(
  volume: ModelledVolume,
  past: readonly PastModification[],
  now: Date,
): void {
  const { volumeType, iops, throughput, sizeGiB } = volume;
  const performance = { volumeType, iops, throughput };
  const oldestFirst = [...past].sort((left, right) => right.hoursAgo - left.hoursAgo);
  for (const { hoursAgo, state = 'optimizing' } of oldestFirst) {
    const startedAt = new Date(now.getTime() - hoursAgo * MILLISECONDS_PER_HOUR);
    const modification: VolumeModification = {
      // What is asked of EBS counts, not what came of it: size and performance may be what they were.
      originalSizeGiB: sizeGiB,
      targetSizeGiB: sizeGiB,
      original: performance,
      target: performance,
      startedAt,
      state,
      ...(state === 'optimizing' ? {} : { endedAt: startedAt }),
    };
    volume.modifications.push(modification);
  }
}
