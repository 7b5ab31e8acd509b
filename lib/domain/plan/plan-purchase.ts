import { declaredSizeGiB, type NodeGroupPolicy } from './disk-policy';
import { ebsBudget } from './ebs-budget';
import { countedGiB, describeBudget, leftGiB, type GrowthBudget } from './growth-budget';
import { growthPerSecond } from '../sizing/growth-forecast';
import type { Known } from '../known';
import { CONTROL_PLANE_GROUP } from '../names/naming';
import type { Observation, UsageHistory } from './observation';
import type { Plan } from './plan';
import { GIB, formatPercent } from '../units';
import { MINIMUM_STEP_GIB, nextVolumeSize } from './volume-size';

/** What a purchase hangs on, besides the node's own figures. */
export interface PurchaseContext {
  readonly policy: NodeGroupPolicy;
  readonly history: UsageHistory;
  /** Milliseconds since the epoch. */
  readonly nowMs: number;
  /** The fuller of bytes and inodes, 0–100. */
  readonly needPercent: number;
  /** Begins the reason: the use and its level. */
  readonly over: string;
  /** Bytes that were bought before and that root can still take. */
  readonly unused: number;
  /** Bytes of disk that can be used at most; undefined: no such limit is known. */
  readonly maxDiskBytes: number | undefined;
}

/** When to retry if EBS gives no time: it does not say when a modification will complete. */
export const RETRY_AFTER_MS = 3_600_000;

/** Is in the reason of a purchase that the ledger does not have. */
export const NOT_COUNTED = 'not counted against the monthly growth limit';

type Purchase = Extract<Plan, { kind: 'grow' | 'wait' | 'escalate' }>;
type Grow = Extract<Plan, { kind: 'grow' }>;

/** Buying: `grow`, or why not (`wait`, `escalate`). */
export const planPurchase = (
  {
    volume,
    modifications,
    nodeGroup,
    growth,
  }: Pick<Observation, 'nodeGroup' | 'volume' | 'modifications' | 'growth'>,
  context: PurchaseContext,
): Purchase => {
  const { policy, history, nowMs, needPercent, over } = context;
  const escalate = (why: string) => ({ kind: 'escalate', reason: `${over}; ${why}` }) as const;
  if (!volume.known) return escalate(`the root volume is unknown: ${volume.why}`);
  if (!modifications.known) return escalate(`the volume's modifications are unknown: ${modifications.why}`);
  const { volumeId, sizeGiB } = volume.value;
  const diskLimitGiB = Math.floor((context.maxDiskBytes ?? Infinity) / GIB);
  const step = nextVolumeSize({
    currentGiB: sizeGiB,
    unusedGiB: context.unused / GIB,
    usedPercent: needPercent,
    targetPercent: policy.targetPercent,
    growthPercentPerSecond: history.known ? growthPerSecond(history.value) : undefined,
    maxSizeGiB: Math.min(policy.maxSizeGiB, diskLimitGiB),
    declaredSizeGiB: declaredSizeGiB(policy),
  });
  if (step.targetSizeGiB <= sizeGiB) {
    return escalate(
      diskLimitGiB < policy.maxSizeGiB
        ? `${volumeId} has ${sizeGiB} GiB, but its MBR partition table, or its ext4 without the feature 64bit, can use ${diskLimitGiB} GiB only: convert that, or replace the node`
        : `${volumeId} has ${sizeGiB} GiB and the cap (maxSizeGiB) is ${policy.maxSizeGiB} GiB; ` +
            `to allow more, raise ${capLine(nodeGroup)} in the environment file and deploy`,
    );
  }
  const budget = ebsBudget(modifications.value, nowMs);
  if (!budget.allowed) {
    const untilMs = budget.untilMs ?? nowMs + RETRY_AFTER_MS;
    const why = `${volumeId} cannot be modified now: ${budget.why}, next attempt at ${new Date(untilMs).toISOString()}`;
    const tooLate = whyTooLate(context, untilMs);
    return tooLate === undefined
      ? { kind: 'wait', reason: `${over}; ${why}`, untilMs }
      : escalate(`${why}; ${tooLate}`);
  }
  return withinBudget(
    {
      kind: 'grow',
      reason: `${over}; grow ${volumeId} from ${sizeGiB} to ${step.targetSizeGiB} GiB (${step.because})`,
      volumeId,
      currentSizeGiB: sizeGiB,
      targetSizeGiB: step.targetSizeGiB,
      mayWait: whyTooLate(context, nowMs + RETRY_AFTER_MS) === undefined,
    },
    growth,
    context,
  );
};

/** As much of a purchase as the month still allows. */
const withinBudget = (
  grow: Grow,
  growth: Known<GrowthBudget> | undefined,
  context: PurchaseContext,
): Purchase => {
  const { volumeId, currentSizeGiB, targetSizeGiB } = grow;
  const { policy, nowMs, over } = context;
  const wantedGiB = countedGiB(currentSizeGiB, targetSizeGiB, policy);
  if (growth === undefined || wantedGiB === 0) return grow;
  if (!growth.known) {
    // Whether it is within the limit is unknown: an operator must know, but no node is lost over it.
    const unsure = `what healing bought this month is unknown: ${growth.why}`;
    return whyTooLate(context, nowMs + RETRY_AFTER_MS) === undefined
      ? { kind: 'escalate', reason: `${over}; nothing is bought, since ${unsure}` }
      : { ...grow, reason: `${grow.reason}, ${NOT_COUNTED}: ${unsure}` };
  }
  const missingGiB = Math.ceil(wantedGiB - leftGiB(growth.value));
  if (missingGiB <= 0) return grow;
  const reachableGiB = targetSizeGiB - missingGiB;
  const budget = describeBudget(growth.value);
  // Less than a step uses up one of the volume's few modifications, and the next must wait for it.
  return reachableGiB >= currentSizeGiB + MINIMUM_STEP_GIB
    ? {
        ...grow,
        targetSizeGiB: reachableGiB,
        reason: `${over}; grow ${volumeId} from ${currentSizeGiB} to ${reachableGiB} GiB instead of the ${targetSizeGiB} GiB that it needs: ${budget}`,
      }
    : {
        kind: 'escalate',
        reason: `${over}; ${volumeId} needs ${targetSizeGiB} GiB, has ${currentSizeGiB} GiB, and nothing is bought: ${budget}`,
      };
};

/** Why the node cannot survive until `untilMs`; undefined: it can, as far as its growth is known. */
const whyTooLate = (
  { policy, history, nowMs, needPercent }: PurchaseContext,
  untilMs: number,
): string | undefined => {
  if (needPercent >= policy.emergencyPercent)
    return `the node is at or above the emergency level of ${policy.emergencyPercent} % and cannot wait`;
  const perSecond = (history.known ? growthPerSecond(history.value) : undefined) ?? 0;
  const then = needPercent + (perSecond * (untilMs - nowMs)) / 1_000;
  return then < 100
    ? undefined
    : `usage grows by ${formatPercent(perSecond * 3_600)} an hour, so the disk is full before then`;
};

/** Where an operator writes the cap. */
const capLine = (nodeGroup: string | undefined): string =>
  nodeGroup === undefined || nodeGroup === CONTROL_PLANE_GROUP
    ? 'controlPlane.rootVolume.maxSizeGiB'
    : `workerGroups.${nodeGroup}.rootVolume.maxSizeGiB`;
