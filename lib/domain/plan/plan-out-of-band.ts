import type { NodeGroupPolicy } from './disk-policy';
import type { VolumeModification } from './ebs-budget';
import type { UsageSample } from '../sizing/growth-forecast';
import { newestModification } from './growth-block';
import type { Known } from '../known';
import { whyNoPolicy, whyNotOurs } from './node-standing';
import type { Observation, UsageHistory } from './observation';
import type { Plan } from './plan';
import { planPurchase } from './plan-purchase';
import type { Permission } from '../operate/quorum';
import { formatPercent, formatSeconds } from '../units';
import { whyNoIo, type AttachedEbsStatus } from './volume-io';

/** All that can be known of a node that does not run commands. */
export type OutOfBandObservation = Pick<
  Observation,
  'instanceId' | 'standing' | 'state' | 'nodeGroup' | 'volume' | 'modifications' | 'growth'
> & {
  /** @default - not asked for */
  readonly attachedEbsStatus?: AttachedEbsStatus;
  /**
   * The lowest use of / that was measured since the newest modification of the volume began, 0–100; undefined: none was
   * measured since, or the volume was not modified within {@link EFFECT_LOOK_BACK_MS}.
   */
  readonly lowestSinceModified: Known<number | undefined>;
};

/** `grow`: buy, then reboot. `extend`: reboot alone, which uses what was bought. Anything else reboots nothing. */
export type OutOfBandPlan = Extract<Plan, { kind: 'grow' | 'extend' | 'wait' | 'gone' | 'escalate' }>;

/**
 * A modification this young may be one whose execution was cut off: a reboot finishes it. After an older one the node
 * has been rebooted, or could have been, and is full all the same.
 */
const UNFINISHED_MS = 45 * 60_000;
/** A use that was measured this long after a modification is put down to the volume as it was modified. */
const TRIED_MS = 6 * 3_600_000;
/** How far back a purchase must have shown an effect before the next one is made out of band. */
export const EFFECT_LOOK_BACK_MS = 7 * 24 * 3_600_000;

/**
 * The decision for a node whose agent does not run commands, from EC2's and CloudWatch's facts alone. A reboot is the
 * remedy: at boot, root is extended before anything needs space. So a plan that reboots needs a disk that is known to
 * be too full, and `mayReboot`. Pure; never throws.
 * @param history bytes or inodes used, whichever is the fuller
 * @param nowMs milliseconds since the epoch
 */
export const planOutOfBand = (
  observation: OutOfBandObservation,
  policy: NodeGroupPolicy | undefined,
  history: UsageHistory,
  mayReboot: Permission,
  nowMs: number,
): OutOfBandPlan => {
  const noCommands = `${observation.instanceId} does not run commands`;
  if (observation.standing === 'gone') return { kind: 'gone', reason: whyNotOurs(observation) ?? 'gone' };
  const stop = whyNotOurs(observation) ?? whyNoPolicy(observation, policy);
  if (stop !== undefined || policy === undefined) return escalate(stop ?? 'the node group has no policy');
  if (observation.state !== 'running') return escalate(`${noCommands}; the instance is ${observation.state}`);
  const noIo = whyNoIo(observation.attachedEbsStatus);
  if (noIo !== undefined) return escalate(`${noCommands}; ${noIo}`);
  if (!history.known) return escalate(`${noCommands}; the disk usage of / is unknown: ${history.why}`);
  const last = newest(history.value);
  if (last === undefined)
    return escalate(`${noCommands}; the disk usage of / is unknown: CloudWatch has no recent measurement`);

  const ago = formatSeconds(Math.max(0, nowMs - last.atMs) / 1_000);
  const use = `${noCommands}; / was at ${formatPercent(last.usedPercent)} ${ago} ago`;
  if (last.usedPercent < policy.warningPercent) {
    return escalate(
      `${use}, below the warning level of ${policy.warningPercent} %: the disk is not known to be the cause`,
    );
  }
  const over = `${use}, at or above the warning level of ${policy.warningPercent} %`;
  if (!mayReboot.allowed) return escalate(`${over}; it must not be rebooted now: ${mayReboot.why}`);
  if (!observation.modifications.known) {
    return escalate(`${over}; the volume's modifications are unknown: ${observation.modifications.why}`);
  }

  const tried = planAfterModification(observation, observation.modifications.value, policy, over, nowMs);
  if (tried !== undefined) return tried;
  return planPurchase(observation, {
    ...{ policy, history, nowMs, over, needPercent: last.usedPercent },
    // What the node has below / is not known from outside of it.
    ...{ unused: 0, maxDiskBytes: undefined },
  });
};

/** What an earlier modification leaves to do, before anything is bought; undefined: nothing. */
const planAfterModification = (
  { lowestSinceModified }: OutOfBandObservation,
  modifications: readonly VolumeModification[],
  { warningPercent }: NodeGroupPolicy,
  over: string,
  nowMs: number,
): OutOfBandPlan | undefined => {
  const { state, startedAtMs, originalSizeGiB, targetSizeGiB } = newestModification(modifications) ?? {};
  if (startedAtMs === undefined || startedAtMs <= nowMs - EFFECT_LOOK_BACK_MS) return undefined;
  // Of its performance alone.
  if (originalSizeGiB !== undefined && originalSizeGiB === targetSizeGiB) return undefined;
  const since = `the volume was modified ${formatSeconds(Math.max(0, nowMs - startedAtMs) / 1_000)} ago`;
  if (startedAtMs > nowMs - TRIED_MS) {
    if (state === 'unknown') return escalate(`${over}; ${since}, and the outcome is unknown`);
    return startedAtMs > nowMs - UNFINISHED_MS
      ? {
          kind: 'extend',
          reason: `${over}; ${since}: a reboot uses the space that was bought, buy nothing`,
          targetSizeGiB: targetSizeGiB ?? 0,
        }
      : escalate(`${over}; ${since} and that did not help: another reboot would not help either`);
  }
  // Still under way: EBS takes no other one, and says so.
  if (state !== 'completed') return undefined;
  if (!lowestSinceModified.known) {
    return escalate(`${over}; ${since}, and whether it had an effect is unknown: ${lowestSinceModified.why}`);
  }
  const lowest = lowestSinceModified.value;
  if (lowest !== undefined && lowest < warningPercent) return undefined;
  const measured =
    lowest === undefined
      ? 'has not been measured since'
      : `has not been below ${formatPercent(lowest)} since`;
  return escalate(
    `${over}; ${since} and / ${measured}: / may never have grown, so nothing more is bought; ` +
      'compare `lsblk` with `df /` on the node',
  );
};

const escalate = (reason: string): OutOfBandPlan => ({ kind: 'escalate', reason });

const newest = (samples: readonly UsageSample[]): UsageSample | undefined =>
  samples
    .filter(({ atMs, usedPercent }) => Number.isFinite(atMs) && usedPercent >= 0 && usedPercent <= 100)
    .reduce<UsageSample | undefined>(
      (most, sample) => (most === undefined || sample.atMs >= most.atMs ? sample : most),
      undefined,
    );
