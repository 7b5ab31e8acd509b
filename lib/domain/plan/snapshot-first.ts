import { outputOf, stepOf, type AutomationExecutionFacts } from '../outcome/automation-execution';
import { causeIn } from '../node/cause-line';
import type { VolumeModification } from './ebs-budget';
import { newestModification } from './growth-block';
import type { Known } from '../known';
import type { PlanPayload } from './plan-payload';

/** Steps of HealNode that take one, in band and out of band. */
export const SNAPSHOT_STEPS: readonly string[] = ['snapshot', 'snapshotOutOfBand'];

/** A snapshot that HealNode took of a volume before it grew it. */
export interface TakenSnapshot {
  readonly snapshotId: string;
  /** EC2's own word, e.g. `pending`, `completed`, `error`; `unknown`: it did not say. */
  readonly state: string;
}

/** Whether a snapshot is taken before a volume grows, and why. */
export type SnapshotFirst = NonNullable<PlanPayload['snapshotFirst']>;

/**
 * Before the first growth of a volume, by anyone. Pure. Where it is unknown whether there is a snapshot, another one
 * is taken: it costs little, and one that is missing cannot be taken afterwards.
 */
export const snapshotFirst = (
  volumeId: string,
  modifications: readonly VolumeModification[],
  taken: Known<readonly TakenSnapshot[]>,
): SnapshotFirst => {
  const grownToGiB = newestModification(modifications.filter(isGrowth))?.targetSizeGiB;
  if (grownToGiB !== undefined)
    return { take: false, why: `none: ${volumeId} was already grown, to ${grownToGiB} GiB` };
  if (!taken.known)
    return { take: true, why: `the first growth of ${volumeId}; its snapshots are unknown: ${taken.why}` };
  // https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Snapshot.html
  const usable = taken.value.find(({ state }) => state !== 'error');
  return usable === undefined
    ? { take: true, why: `the first growth of ${volumeId}` }
    : { take: false, why: `${usable.snapshotId} already exists` };
};

/** Of the performance alone, or of sizes that EC2 does not report: not known to be a growth. */
const isGrowth = ({ originalSizeGiB, targetSizeGiB }: VolumeModification): boolean =>
  originalSizeGiB !== undefined && targetSizeGiB !== undefined && targetSizeGiB > originalSizeGiB;

/** What a report says of the snapshot. */
export interface SnapshotReport {
  /** null: none was taken by this execution. */
  readonly snapshotId: string | null;
  readonly text: string;
}

/** undefined: the environment wants none, or nothing was to be bought. */
export const snapshotReport = (
  execution: AutomationExecutionFacts,
  plan: PlanPayload | null,
): SnapshotReport | undefined => {
  if (plan?.snapshotFirst === undefined) return undefined;
  const { take, why } = plan.snapshotFirst;
  const none = (text: string): SnapshotReport => ({ snapshotId: null, text });
  if (!take) return none(why);
  const step = SNAPSHOT_STEPS.map((name) => stepOf(execution, name)).find((each) => each !== undefined);
  if (step === undefined) return none(`none: the healing ended before ${why}`);
  const snapshotId = outputOf(step, 'SnapshotId');
  if (step.status === 'Success' && snapshotId !== undefined)
    return { snapshotId, text: `${snapshotId}, taken before ${why}` };
  return none(
    `none: CreateSnapshot failed before ${why}: ${causeIn(step.failureMessage ?? step.status, 300)}`,
  );
};
