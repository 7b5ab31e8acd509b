import type { VolumeModification } from './ebs-budget';

/** A modification that failed longer ago is an earlier try for the same size. Milliseconds. */
const SAME_TRY_MS = 15 * 60_000;

/**
 * Whether what EC2 reports for a volume is the modification that was just asked for. Right after ModifyVolume it may be the one
 * before, or none: two readings of EC2 need not agree, and clients wait until the size matches (aws-ebs-csi-driver@429e202
 * pkg/cloud/cloud.go, checkDesiredState; kubernetes-sigs/aws-ebs-csi-driver#552).
 * @param targetSizeGiB what was asked for, larger than what the volume had
 * @param nowMs milliseconds since the epoch, soon after it was asked for
 */
export const hasStarted = (
  modifications: readonly VolumeModification[],
  targetSizeGiB: number,
  nowMs: number,
): boolean =>
  modifications.some(
    ({ state, startedAtMs, targetSizeGiB: reportedGiB }) =>
      reportedGiB === targetSizeGiB && (state !== 'failed' || (startedAtMs ?? nowMs) > nowMs - SAME_TRY_MS),
  );
