import type { NodeGroupPolicy } from '../../lib/domain/plan/disk-policy';
import { growthPerSecond } from '../../lib/domain/sizing/growth-forecast';
import type { Observation, UsageHistory } from '../../lib/domain/plan/observation';
import { describePause, type Pause } from '../../lib/domain/pause/pause';
import type { Plan } from '../../lib/domain/plan/plan';
import { isEmergency, planMode } from '../../lib/domain/plan/plan-mode';
import type { PlanPayload } from '../../lib/domain/plan/plan-payload';
import type { RestingPlan } from '../../lib/domain/plan/rest';

/** In place of a plan: an operator has paused healing. */
export interface PausedPlan {
  readonly kind: 'paused';
  readonly reason: string;
  readonly untilMs: number;
}

export const pausedPlan = (pause: Pause): PausedPlan => ({
  kind: 'paused',
  reason: describePause(pause),
  untilMs: Date.parse(pause.until),
});

/** A decision as Automation gets it, whichever lane made it. */
export const payloadOf = (
  decided: Plan | PausedPlan | RestingPlan,
  facts: Pick<Observation, 'nodeGroup' | 'volume'> & {
    readonly policy: NodeGroupPolicy | undefined;
    readonly history: UsageHistory;
    /** 0–100; null when unknown. */
    readonly usedPercent: number | null;
    readonly inodesUsedPercent: number | null;
    /** Where the plan is carried out. */
    readonly lane: { readonly outOfBand: boolean; readonly drains: boolean };
    readonly usdPerGiBMonth: number | null;
  },
): PlanPayload => {
  const { volume, policy, history } = facts;
  const growth = history.known ? growthPerSecond(history.value) : undefined;
  const action = decided.kind;
  const boughtGiB = decided.kind === 'grow' ? decided.targetSizeGiB - decided.currentSizeGiB : 0;
  const emergency = isEmergency([facts.usedPercent, facts.inodesUsedPercent], policy?.emergencyPercent);
  const reboots = facts.lane.outOfBand && (action === 'grow' || action === 'extend');
  const restarts = { reboots, drains: reboots && facts.lane.drains };
  return {
    action,
    reason: decided.reason,
    volumeId: volume.known ? volume.value.volumeId : '',
    targetSizeGiB: decided.kind === 'grow' || decided.kind === 'extend' ? decided.targetSizeGiB : 0,
    volumeSizeGiB: volume.known ? volume.value.sizeGiB : 0,
    nodeGroup: facts.nodeGroup ?? '',
    warningPercent: policy?.warningPercent ?? null,
    targetPercent: policy?.targetPercent ?? null,
    maxSizeGiB: policy?.maxSizeGiB ?? null,
    usedPercent: facts.usedPercent,
    inodesUsedPercent: facts.inodesUsedPercent,
    growthPercentPerDay: growth === undefined ? null : Number((growth * 86_400).toFixed(2)),
    until:
      'untilMs' in decided && decided.untilMs !== undefined ? new Date(decided.untilMs).toISOString() : null,
    mode: planMode({ action, ...restarts }, policy?.modes, emergency),
    ...restarts,
    usdPerMonth:
      boughtGiB > 0 && facts.usdPerGiBMonth !== null
        ? Number((boughtGiB * facts.usdPerGiBMonth).toFixed(2))
        : null,
    mayWait: decided.kind === 'grow' && decided.mayWait,
  };
};
