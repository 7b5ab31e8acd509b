import { secondsBetween } from '../time/clock';
import type { Fields } from '../values/fields';
import type { ModelledVolume, VolumeModification, VolumePerformance } from '../fleet/instances';
import type { Ec2State } from './ec2-state';

/** `optimizing` ends by the clock alone; `modifying` ends when the disk has been resized. */
export function current(state: Ec2State, modification: VolumeModification): VolumeModification {
  const { modifyingSeconds, optimizingSeconds } = state.timing;
  const end = new Date(modification.startedAt.getTime() + (modifyingSeconds + optimizingSeconds) * 1000);
  if (modification.state === 'optimizing' && state.clock.now() >= end) {
    modification.state = 'completed';
    modification.endedAt = end;
  }
  return modification;
}

function progress(state: Ec2State, modification: VolumeModification): number {
  if (modification.state === 'completed') return 100;
  const { modifyingSeconds, optimizingSeconds } = state.timing;
  const passed = secondsBetween(modification.startedAt, state.clock.now());
  return Math.min(99, Math.floor((100 * passed) / (modifyingSeconds + optimizingSeconds)));
}

/** Members `OriginalIops`, `TargetVolumeType` and so on, as far as they are known. */
const performanceFields = (
  which: 'Original' | 'Target',
  { volumeType, iops, throughput }: VolumePerformance,
): Fields => ({
  [`${which}VolumeType`]: volumeType,
  ...(iops === undefined ? {} : { [`${which}Iops`]: iops }),
  ...(throughput === undefined ? {} : { [`${which}Throughput`]: throughput }),
});

export const performanceOf = ({ volumeType, iops, throughput }: ModelledVolume): VolumePerformance => ({
  volumeType,
  iops,
  throughput,
});

/** A VolumeModification. */
export const describeModification = (
  state: Ec2State,
  volumeId: string,
  modification: VolumeModification,
): Fields => ({
  VolumeId: volumeId,
  ModificationState: current(state, modification).state,
  OriginalSize: modification.originalSizeGiB,
  TargetSize: modification.targetSizeGiB,
  ...performanceFields('Original', modification.original),
  ...performanceFields('Target', modification.target),
  Progress: progress(state, modification),
  StartTime: modification.startedAt,
  ...(modification.endedAt ? { EndTime: modification.endedAt } : {}),
  ...(modification.statusMessage === undefined ? {} : { StatusMessage: modification.statusMessage }),
});
