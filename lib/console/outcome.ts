import type { AutomationStepFacts } from '../domain/automation-execution';
import { isJson, presentOutputs, readJson } from '../domain/automation-outputs';
import { healingOutcome, type HealingOutcome } from '../domain/healing-outcome';
import { isFailure } from '../domain/step-detail';
import { inSeconds } from '../domain/units';
import type { FollowedExecution } from './automation.client';

/** What an execution came to, for a person and for an exit code. */
export interface Outcome {
  /** Automation's status is a success, and no output says otherwise: HealNode ends well when it has called a person. */
  readonly ok: boolean;
  /** e.g. `headroom-prod-HealNode: Success after 2 min 3 s`. */
  readonly headline: string;
  /** The failed step's own words; undefined: none failed, or none says why. */
  readonly failure: string | undefined;
  /** Name and text of each output of the document that has one. */
  readonly outputs: readonly (readonly [string, string])[];
  /** What to type next; empty: nothing. */
  readonly next: readonly string[];
}

type Json = ReturnType<typeof readJson>;

const saysNo = (json: Json): boolean => json?.['verdict'] === 'escalated' || json?.['ok'] === false;

/** What Automation's own status does not say of a healing. */
const endOf = ({ verdict, waitsUntilMs }: HealingOutcome): string => {
  if (verdict === 'gone') return ', the node is ending';
  if (verdict === 'paused') return ', healing is paused';
  if (verdict === 'observed') return ', the node is only observed';
  if (verdict === 'denied') return ', it was not approved';
  if (verdict !== 'waiting') return '';
  return `, the node waits${waitsUntilMs === undefined ? '' : ` until ${new Date(waitsUntilMs).toISOString()}`}`;
};

const strings = (value: unknown): string[] => (typeof value === 'string' && value !== '' ? [value] : []);

/** The next commands that our own outputs name. */
const nextOf = (json: Json): string[] => {
  if (json === undefined) return [];
  const findings = Array.isArray(json['findings']) ? (json['findings'] as unknown[]) : [];
  return [
    ...strings(json['next']),
    ...strings(json['nextCommand']),
    ...findings.flatMap((finding) => (isJson(finding) ? strings(finding['next']) : [])),
  ];
};

export const failedStepOf = (execution: FollowedExecution): AutomationStepFacts | undefined =>
  execution.steps.filter(({ status }) => isFailure(status)).at(-1);

const SUCCESSES = ['Success', 'CompletedWithSuccess'];

/** @param region for the commands that look further */
export const outcomeOf = (execution: FollowedExecution, region: string): Outcome => {
  const outputs = presentOutputs(execution.outputs);
  const told = outputs.map(([, text]) => readJson(text));
  const ok = SUCCESSES.includes(execution.status) && !told.some(saysNo);
  const step = ok ? undefined : failedStepOf(execution);
  const { startedAtMs, endedAtMs, executionId } = execution;
  const took =
    startedAtMs !== undefined && endedAtMs !== undefined
      ? ` after ${inSeconds((endedAtMs - startedAtMs) / 1_000)}`
      : '';
  const message = step?.failureMessage ?? (ok ? undefined : execution.failureMessage);
  const end =
    !ok && SUCCESSES.includes(execution.status)
      ? ', but a person must look'
      : endOf(healingOutcome(execution.outputs));
  const own = [...new Set(told.flatMap(nextOf))];
  return {
    ok,
    headline: `${execution.documentName}: ${execution.status}${took}${end}`,
    failure:
      message === undefined
        ? undefined
        : `${step === undefined ? '' : `step ${step.name}: `}${message.trim()}`,
    outputs,
    next:
      ok || own.length > 0
        ? own
        : [`aws ssm get-automation-execution --region ${region} --automation-execution-id ${executionId}`],
  };
};

/** The outcome as text, JSON outputs indented. */
export const outcomeText = (outcome: Outcome): string => {
  const shown = outcome.outputs.map(([name, text]) => {
    const json = readJson(text);
    return `${name}:\n${indent(json === undefined ? text : JSON.stringify(json, null, 2))}`;
  });
  return [
    ...shown,
    outcome.headline,
    ...(outcome.failure === undefined ? [] : [`  ${outcome.failure}`]),
    ...outcome.next.map((command) => `next: ${command}`),
  ].join('\n');
};

const indent = (text: string): string =>
  text
    .split('\n')
    .map((line) => `  ${line}`)
    .join('\n');
