import { outputOf, type AutomationExecutionFacts } from '../outcome/automation-execution';
import type { PlanPayload } from './plan-payload';

/** The owner's modes kept a healing from being carried out. */
export interface OwnerDecision {
  readonly verdict: 'observed' | 'denied';
  readonly reason: string;
}

/** How long a node whose disk did not get worse causes no second question or message. Milliseconds. */
export const OWNER_BACK_OFF_MS = 24 * 3_600_000;

/** Steps of HealNode that wait for approval. */
const APPROVAL_STEPS: readonly string[] = ['approveReclaim', 'approvePlan', 'approvePlanOutOfBand'];

/** What a plan would do, and what that costs. */
export const describePlan = (plan: PlanPayload | null): string => {
  if (plan === null) return 'clean the disk';
  const cost =
    plan.usdPerMonth === null ? '' : `, about $${plan.usdPerMonth.toFixed(2)} a month, permanently`;
  const restart = plan.reboots ? `, then ${plan.drains ? 'drain and reboot' : 'reboot'} the node` : '';
  const first =
    plan.snapshotFirst?.take === true
      ? 'take a snapshot of the volume (billed until you delete it), then '
      : '';
  if (plan.action === 'grow')
    return `${first}grow ${plan.volumeId} from ${plan.volumeSizeGiB} to ${plan.targetSizeGiB} GiB${cost}${restart}`;
  return plan.action === 'extend' ? `use the space that was bought earlier${restart}` : 'do nothing more';
};

/** undefined: no mode stood in the way. */
export const ownerDecisionOf = (
  execution: AutomationExecutionFacts,
  plan: PlanPayload | null,
): OwnerDecision | undefined => {
  const asked = execution.steps.find(
    (step) =>
      APPROVAL_STEPS.includes(step.name) &&
      step.startedAtMs !== undefined &&
      outputOf(step, 'ApprovalStatus') !== 'Approved',
  );
  if (asked !== undefined) {
    const outcome = asked.status === 'TimedOut' ? 'no one answered in time' : 'it was not approved';
    // Before the plan was made, or when it was made again by another lane, there is none of this question.
    const about = asked.name === 'approveReclaim' ? null : plan;
    const why = about === null ? '' : `; ${about.reason}`;
    return { verdict: 'denied', reason: `${outcome}: ${describePlan(about)}${why}` };
  }
  if (plan?.mode !== 'observe') return undefined;
  return { verdict: 'observed', reason: `mode observe: healing would ${describePlan(plan)}; ${plan.reason}` };
};
