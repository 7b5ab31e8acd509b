import type { AutomationStepFacts } from '../domain/automation-execution';
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

type Json = Readonly<Record<string, unknown>>;

const isJson = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** An output is text; ours are JSON objects, perhaps in a string, perhaps the last of several lines. */
export const readJson = (text: string): Json | undefined => {
  for (const candidate of [text, text.trim().split('\n').at(-1) ?? '']) {
    try {
      const value: unknown = JSON.parse(candidate);
      if (isJson(value)) return value;
      if (typeof value === 'string') return readJson(value);
    } catch {
      continue; // Not JSON: it is shown as it is.
    }
  }
  return undefined;
};

/** Automation leaves the name of an output whose step did not run in place of its value. */
const isAbsent = (text: string): boolean =>
  text === '' ||
  /^\{\{.*\}\}$/.test(text) ||
  text === 'No output available yet because the step is not successfully executed';

const presentOutputs = (execution: FollowedExecution): [string, string][] =>
  Object.entries(execution.outputs).flatMap(([name, values]): [string, string][] => {
    const text = values.join('\n').trim();
    return isAbsent(text) ? [] : [[name, text]];
  });

const saysNo = (json: Json | undefined): boolean =>
  json?.['verdict'] === 'escalated' || json?.['ok'] === false;

const strings = (value: unknown): string[] => (typeof value === 'string' && value !== '' ? [value] : []);

/** The next commands that our own outputs name. */
const nextOf = (json: Json | undefined): string[] => {
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
  const outputs = presentOutputs(execution);
  const told = outputs.map(([, text]) => readJson(text));
  const ok = SUCCESSES.includes(execution.status) && !told.some(saysNo);
  const step = ok ? undefined : failedStepOf(execution);
  const { startedAtMs, endedAtMs, executionId } = execution;
  const took =
    startedAtMs !== undefined && endedAtMs !== undefined
      ? ` after ${inSeconds((endedAtMs - startedAtMs) / 1_000)}`
      : '';
  const message = step?.failureMessage ?? (ok ? undefined : execution.failureMessage);
  const escalated = !ok && SUCCESSES.includes(execution.status) ? ', but a person must look' : '';
  const own = [...new Set(told.flatMap(nextOf))];
  return {
    ok,
    headline: `${execution.documentName}: ${execution.status}${took}${escalated}`,
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
