import { explainAgent } from './agent-answer';
import type { AutomationExecutionFacts, AutomationStepFacts } from '../outcome/automation-execution';
import { causeIn } from './cause-line';
import { functionError } from '../outcome/function-error';
import type { PlanPayload } from '../plan/plan-payload';
import type { ScriptReading } from './run-command-output';
import type { ScriptName, ScriptResults } from './script-result-schemas';
import { isFailure } from '../outcome/step-detail';
import { TOLERATED_STEPS } from '../outcome/tolerated-steps';

/** What each script said, by the name of its step. */
export type Readings = ReadonlyMap<string, ScriptReading<ScriptResults[ScriptName]>>;

/** Maximum length of one failure, characters; a command's answer is 2,500 characters, and most of it says nothing. */
const FAILURE_LENGTH = 600;

/** Failed steps with the script's own words or Automation's message, then what else Automation says. */
export const failuresOf = (
  execution: AutomationExecutionFacts,
  ran: readonly AutomationStepFacts[],
  readings: Readings,
): readonly string[] => {
  const failures = ran.flatMap((step) => {
    const thrown = functionError(step);
    if (!isFailure(step.status)) {
      return thrown === undefined ? [] : [`${step.name}: FunctionError: ${causeIn(thrown, FAILURE_LENGTH)}`];
    }
    const reading = readings.get(step.name);
    // Where the script could speak for itself, Automation's message only repeats its whole output.
    const own = reading?.ok === true ? reading.value.error : undefined;
    const said = reading?.ok === false ? reading.why : undefined;
    const words = own === undefined ? [explainAgent(step), said, step.failureMessage] : [own];
    const causes = words.flatMap((each) => (each ? [causeIn(each, FAILURE_LENGTH)] : []));
    return [`${step.name}: ${step.status}: ${causes.join('; ') || 'no message'}`];
  });
  return execution.failureMessage
    ? [...failures, `execution: ${causeIn(execution.failureMessage, FAILURE_LENGTH)}`]
    : failures;
};

/** The reason of the refusal or of the plan, where that ended the document; otherwise the last failure. */
export const whyUnfinished = (
  refusal: string | undefined,
  plan: PlanPayload | null,
  ran: readonly AutomationStepFacts[],
  failures: readonly string[],
): string | undefined => {
  const ended = ran.findLast((step) => isFailure(step.status) && !TOLERATED_STEPS.includes(step.name));
  if (ended === undefined && plan === null && refusal !== undefined) return refusal;
  if (
    ended === undefined &&
    plan !== null &&
    ['escalate', 'wait', 'rest', 'gone', 'paused'].includes(plan.action)
  ) {
    return plan.reason;
  }
  return failures.findLast((failure) => ended === undefined || failure.startsWith(`${ended.name}:`));
};
