import { stepOf, type AutomationExecutionFacts } from '../outcome/automation-execution';
import type { VerifyResult } from '../node/node-figures';
import type { PlanPayload } from './plan-payload';
import { RETRY_AFTER_MS } from './plan-purchase';
import type { ScriptReading } from '../node/run-command-output';
import { isFailure } from '../outcome/step-detail';

/** A node below the emergency level that gets its bytes later. */
export interface Waiting {
  readonly reason: string;
  /** ISO 8601; when to try again. */
  readonly until: string;
}

/**
 * Answers of ModifyVolume that time cures.
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html; VolumeModificationRateExceeded is not in that list:
 * https://github.com/sodafoundation/strato/issues/1094
 */
const REFUSED_FOR_NOW =
  /\b(VolumeModificationRateExceeded|VolumeModificationSizeLimitExceeded|IncorrectModificationState|RequestLimitExceeded)\b/;

/** Checks of verify-node that only more disk cures. */
const DISK_CHECKS: readonly string[] = [
  'disk-below-ceiling',
  'inodes-below-ceiling',
  'disk-pressure-cleared',
];

/** Whether an execution ended because nothing can be bought yet, as the plan allowed; undefined: it did not. */
export const waitingOf = (
  execution: AutomationExecutionFacts,
  plan: PlanPayload | null,
  verify: ScriptReading<VerifyResult>,
  nowMs: number,
): Waiting | undefined => {
  if (plan === null) return undefined;
  const again = new Date(nowMs + RETRY_AFTER_MS).toISOString();
  if (plan.action === 'wait') return { reason: plan.reason, until: plan.until ?? again };

  const modify = stepOf(execution, 'modify') ?? stepOf(execution, 'modifyOutOfBand');
  const refusal = REFUSED_FOR_NOW.exec(modify?.failureMessage ?? '')?.[1];
  if (plan.mayWait && modify !== undefined && isFailure(modify.status) && refusal !== undefined) {
    return {
      reason: `${plan.reason}; EBS refuses the modification for now (${refusal}), next attempt at ${again}`,
      until: again,
    };
  }
  // What was half-grown is root's, which is not enough, and more is sold later.
  const failed = verify.ok ? verify.value.checks.filter(({ ok }) => !ok) : [];
  const onlyDisk = failed.length > 0 && failed.every(({ name }) => DISK_CHECKS.includes(name));
  return plan.until !== null && onlyDisk ? { reason: plan.reason, until: plan.until } : undefined;
};
