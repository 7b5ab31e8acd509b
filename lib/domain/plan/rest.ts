import { parameterOf, type AutomationExecutionFacts } from '../outcome/automation-execution';
import { boundLine, type HealingBounds } from './healing-bounds';
import { RATE_WINDOW_MS, restsUntilMs } from './healing-rate';
import { answersIn, type StepPermission } from './permission';
import type { Plan } from './plan';
import type { PlanPayload } from './plan-payload';
import { LONGEST_EXECUTION_MS } from '../sweep/sweep';

/** A node was healed as often as it may be: this execution only cleans its disk and notifies operators. */
export interface Rest {
  /** ISO 8601. */
  readonly until: string;
  readonly reason: string;
}

/**
 * @param until HealNode's RestUntil. Any principal that may start an execution chooses it: more than a day away it is none. One
 * that ended during the execution, while approval was pending, holds to the execution's end.
 */
export const restOf = (
  until: string,
  bounds: Pick<HealingBounds, 'healingsPerNodePerDay'>,
  environmentName: string,
  nowMs: number,
): Rest | undefined =>
  Date.parse(until) >= nowMs - LONGEST_EXECUTION_MS && Date.parse(until) <= nowMs + RATE_WINDOW_MS
    ? { until, reason: describeRest(until, bounds, environmentName) }
    : undefined;

/** In place of a plan: neither bought, rebooted nor drained. The kubelet of a node that runs commands is brought back. */
export interface RestingPlan {
  readonly kind: 'rest';
  readonly reason: string;
  readonly untilMs: number;
}

/** What is left of a plan at the bound. A node that is ending is still no one's concern. */
export const restingPlan = <P extends Pick<Plan, 'kind' | 'reason'>>(
  plan: P,
  { until, reason }: Rest,
): P | RestingPlan =>
  plan.kind === 'gone'
    ? plan
    : {
        ...{ kind: 'rest', untilMs: Date.parse(until) },
        reason: `${reason}; without the limit, the plan would be ${plan.kind}: ${plan.reason}`,
      };

/** The disk is cleaned as its mode says. The answer keeps the reason, for an execution that gets no further. */
export const restingPermission = (permission: StepPermission, { until, reason }: Rest): StepPermission => ({
  ...permission,
  until,
  reason: permission.allowed ? reason : `${reason}; ${permission.reason}`,
});

/**
 * The rest of an execution's node; undefined: it has none. Where a pause came before anything could answer, RestUntil alone says
 * so: dispatch counts this execution as the one that notifies.
 */
export const restIn = (execution: AutomationExecutionFacts, plan: PlanPayload | null): Rest | undefined => {
  const answer = plan?.action === 'rest' ? plan : answersIn(execution).find(isOfRest);
  if (answer !== undefined && answer.until !== null) return { until: answer.until, reason: answer.reason };
  const until = parameterOf(execution, 'RestUntil');
  return restsUntilMs(until, execution.startedAtMs ?? NaN) === undefined
    ? undefined
    : {
        until,
        reason: `the node has reached its limit of healings in 24 hours; no further healing starts before ${until}`,
      };
};

const isOfRest = ({ decision, until }: StepPermission): boolean => decision !== 'paused' && until !== null;

/** @param until ISO 8601 */
export const describeRest = (
  until: string,
  { healingsPerNodePerDay }: Pick<HealingBounds, 'healingsPerNodePerDay'>,
  environmentName: string,
): string =>
  `the node was healed ${healingsPerNodePerDay === 1 ? 'once' : `${healingsPerNodePerDay} times`} in 24 hours, which is the limit: now only its disk is cleaned, and no further healing starts before ${until}. ` +
  `A flapping metric or alarm can cause this. To allow more, raise ${boundLine('healingsPerNodePerDay', environmentName)} and deploy`;
