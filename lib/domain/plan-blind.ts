import type { NodeGroupPolicy } from './disk-policy';
import type { UsageSample } from './growth-forecast';
import type { Observation, UsageHistory } from './observation';
import { planPurchase, whyNoPolicy, whyNotOurs, type Plan } from './plan';
import type { Permission } from './quorum';
import { inPercent, inSeconds } from './units';

/** All that can be known of a node that runs no command. */
export type BlindObservation = Pick<
  Observation,
  'instanceId' | 'standing' | 'nodeGroup' | 'volume' | 'modifications'
> & {
  /** EC2's own word; a node that does not run is not rebooted. */
  readonly state: string;
};

/** `grow`: buy, then reboot. `extend`: reboot alone, which uses what was bought. Anything else reboots nothing. */
export type BlindPlan = Extract<Plan, { kind: 'grow' | 'extend' | 'wait' | 'escalate' }>;

/**
 * A modification this young may be one whose execution was cut off: a reboot finishes it. After an older one the node
 * has been rebooted, or could have been, and is full all the same.
 */
const UNFINISHED_MS = 45 * 60_000;
/** As far as a use that CloudWatch still shows is put down to the volume as it was modified. */
const TRIED_MS = 6 * 3_600_000;

/**
 * The decision for a node whose agent runs no command, from EC2's and CloudWatch's facts alone. A reboot is the
 * remedy: at boot, root is extended before anything needs space. So a plan that reboots needs a disk that is known to
 * be too full, and `mayReboot`. Pure; never throws.
 * @param history bytes or inodes used, whichever is the fuller
 * @param nowMs milliseconds since the epoch
 */
export const planBlind = (
  observation: BlindObservation,
  policy: NodeGroupPolicy | undefined,
  history: UsageHistory,
  mayReboot: Permission,
  nowMs: number,
): BlindPlan => {
  const blind = `${observation.instanceId} runs no command`;
  const stop = whyNotOurs(observation) ?? whyNoPolicy(observation, policy);
  if (stop !== undefined || policy === undefined) return escalate(stop ?? 'the node group has no policy');
  if (observation.state !== 'running') return escalate(`${blind}; the instance is ${observation.state}`);
  if (!history.known) return escalate(`${blind}; the use of / is unknown: ${history.why}`);
  const last = newest(history.value);
  if (last === undefined)
    return escalate(`${blind}; the use of / is unknown: CloudWatch has no measurement of the last hours`);

  const ago = inSeconds(Math.max(0, nowMs - last.atMs) / 1_000);
  const use = `${blind}; / was at ${inPercent(last.usedPercent)} ${ago} ago`;
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

  const latest = observation.modifications.value
    .filter(({ state, startedAtMs }) => state !== 'failed' && startedAtMs !== undefined)
    .map((each) => ({ ...each, startedAtMs: each.startedAtMs ?? 0 }))
    .reduce<{ startedAtMs: number; state: string; targetSizeGiB: number | undefined } | undefined>(
      (most, each) => (most === undefined || each.startedAtMs > most.startedAtMs ? each : most),
      undefined,
    );
  if (latest !== undefined && latest.startedAtMs > nowMs - TRIED_MS) {
    const since = `the volume was modified ${inSeconds(Math.max(0, nowMs - latest.startedAtMs) / 1_000)} ago`;
    if (latest.state === 'unknown') return escalate(`${over}; ${since}, with an unknown outcome`);
    return latest.startedAtMs > nowMs - UNFINISHED_MS
      ? {
          kind: 'extend',
          reason: `${over}; ${since}: a reboot puts to use what was bought, buy nothing`,
          targetSizeGiB: latest.targetSizeGiB ?? 0,
        }
      : escalate(`${over}; ${since} and that did not help: another reboot would not either`);
  }
  return withoutExtend(planPurchase(observation, policy, history, nowMs, last.usedPercent, over, 0));
};

const escalate = (reason: string): BlindPlan => ({ kind: 'escalate', reason });

/** Buying has no other outcomes than these; the compiler cannot know. */
const withoutExtend = (bought: Plan): BlindPlan =>
  bought.kind === 'grow' || bought.kind === 'wait' ? bought : escalate(bought.reason);

const newest = (samples: readonly UsageSample[]): UsageSample | undefined =>
  samples
    .filter(({ atMs, usedPercent }) => Number.isFinite(atMs) && usedPercent >= 0 && usedPercent <= 100)
    .reduce<UsageSample | undefined>(
      (most, sample) => (most === undefined || sample.atMs >= most.atMs ? sample : most),
      undefined,
    );
