import { z } from 'zod';
import {
  outputOf,
  type AutomationExecutionFacts,
  type AutomationStepFacts,
} from '../outcome/automation-execution';
import type { HealingMode } from './healing-mode';
import { describePause, type Pause } from '../pause/pause';
import type { PlanPayload } from './plan-payload';

/** What HealNode asks the plan function before each step that changes a node. It goes on only with `allowed: true`. */
const permission = z.object({
  allowed: z.boolean(),
  decision: z.enum(['act', 'ask', 'observe', 'paused', 'refused']),
  reason: z.string(),
  /** ISO 8601; when a pause ends, or when a node that was healed too often may be healed again. null: neither. */
  until: z.string().nullable(),
});
export type StepPermission = z.infer<typeof permission>;

export const pausedPermission = (pause: Pause): StepPermission => ({
  allowed: false,
  decision: 'paused',
  reason: describePause(pause),
  until: pause.until,
});

export const refused = (reason: string): StepPermission => ({
  ...{ allowed: false, decision: 'refused', until: null },
  reason,
});

/** What the mode of an action allows, with the reason for the log and the report. */
export const modePermission = (mode: HealingMode, what: string): StepPermission => {
  if (mode === 'act') return ALLOWED;
  const reason =
    mode === 'ask' ? `the environment file requires approval before ${what}` : `${what} is in mode observe`;
  return { allowed: false, decision: mode, reason, until: null };
};

export const ALLOWED: StepPermission = {
  ...{ allowed: true, decision: 'act', until: null },
  reason: 'nothing prevents it',
};

const readPermission = (text: string | undefined): StepPermission | undefined => {
  try {
    const parsed = permission.safeParse(JSON.parse(text ?? ''));
    return parsed.success ? parsed.data : undefined;
  } catch {
    // Cut, or the error of a function that threw: the document stopped there, and its failures say why.
    return undefined;
  }
};

/** What the plan function answered in this step; undefined: it is not such a step, or gave no answer. */
export const permissionIn = (step: AutomationStepFacts): StepPermission | undefined =>
  readPermission(outputOf(step, 'Payload'));

/** What the plan function answered when it was asked, in the order of the steps. No other function of HealNode answers in this shape. */
export const answersIn = (execution: AutomationExecutionFacts): readonly StepPermission[] =>
  execution.steps
    .filter(({ startedAtMs }) => startedAtMs !== undefined)
    .flatMap((step) => permissionIn(step) ?? []);

/** Why the plan function did not let an execution go on, a pause aside; undefined: it did. */
export const refusalOf = (execution: AutomationExecutionFacts): StepPermission | undefined =>
  answersIn(execution).findLast(({ decision }) => decision === 'refused');

/** The pause that stopped an execution; undefined: none did. */
export const pausedOf = (
  execution: AutomationExecutionFacts,
  plan: PlanPayload | null,
): { readonly reason: string; readonly until: string } | undefined => {
  const pause = answersIn(execution).find(({ decision }) => decision === 'paused');
  if (pause !== undefined) return { reason: pause.reason, until: pause.until ?? '' };
  return plan?.action === 'paused' ? { reason: plan.reason, until: plan.until ?? '' } : undefined;
};
