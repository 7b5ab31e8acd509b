import type { AutomationStepFacts } from '../domain/outcome/automation-execution';
import { awsCommand } from '../domain/messages/aws-command';
import { isJson, presentOutputs, readJson } from '../domain/outcome/automation-outputs';
import { causeIn } from '../domain/node/cause-line';
import { healingOutcome, type HealingOutcome } from '../domain/outcome/healing-outcome';
import { plainBlock, plainText } from '../domain/messages/plain-text';
import { isFailure } from '../domain/outcome/step-detail';
import { formatSeconds } from '../domain/units';
import type { Execution } from '../aws/executions';

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
  /** What a node suggests to type next. A compromised node may suggest anything. */
  readonly suggested: readonly string[];
}

type Json = ReturnType<typeof readJson>;

const saysNo = (json: Json): boolean => json?.['verdict'] === 'escalated' || json?.['ok'] === false;

/** What Automation's own status does not say of a healing. */
const endOf = ({ verdict, waitsUntilMs }: HealingOutcome): string => {
  if (verdict === 'gone') return ', the node is terminating';
  if (verdict === 'paused') return ', healing is paused';
  if (verdict === 'observed') return ', healing only observes this node';
  if (verdict === 'denied') return ', it was not approved';
  if (verdict !== 'waiting') return '';
  return `, the node waits${waitsUntilMs === undefined ? '' : ` until ${new Date(waitsUntilMs).toISOString()}`}`;
};

const strings = (value: unknown): string[] => (typeof value === 'string' && value !== '' ? [value] : []);

interface NextCommands {
  readonly own: readonly string[];
  readonly nodes: readonly string[];
}

/** `STEP.Payload` is what a function answers; `STEP.Output` is what a node printed (systems-manager/latest/userguide/automation-actions.html). */
const isOfAFunction = (output: string): boolean => output.endsWith('.Payload');

/** The next commands that an output names: our own functions', or a node's, which a function may pass on in a finding. */
const nextOf = (output: string, json: Json): NextCommands => {
  if (json === undefined) return { own: [], nodes: [] };
  const findings = Array.isArray(json['findings']) ? (json['findings'] as unknown[]).filter(isJson) : [];
  const all = (from: readonly Readonly<Record<string, unknown>>[]) =>
    from.flatMap(({ next }) => strings(next));
  if (!isOfAFunction(output)) return { own: [], nodes: [...strings(json['next']), ...all(findings)] };
  return {
    own: [
      ...strings(json['next']),
      ...strings(json['nextCommand']),
      ...all(findings.filter(({ saidBy }) => saidBy !== 'node')),
    ],
    nodes: all(findings.filter(({ saidBy }) => saidBy === 'node')),
  };
};

export const failedStepOf = (execution: Execution): AutomationStepFacts | undefined =>
  execution.steps.filter(({ status }) => isFailure(status)).at(-1);

/** Automation's message repeats a command's whole answer. */
const FAILURE_LENGTH = 600;
const SUCCESSES = ['Success', 'CompletedWithSuccess'];

/** @param region for the next commands */
export const outcomeOf = (execution: Execution, region: string): Outcome => {
  const outputs = presentOutputs(execution.outputs);
  const answers = outputs.map(([, text]) => readJson(text));
  const ok = SUCCESSES.includes(execution.status) && !answers.some(saysNo);
  const step = ok ? undefined : failedStepOf(execution);
  const { startedAtMs, endedAtMs, executionId } = execution;
  const took =
    startedAtMs !== undefined && endedAtMs !== undefined
      ? ` after ${formatSeconds((endedAtMs - startedAtMs) / 1_000)}`
      : '';
  const message = step?.failureMessage ?? (ok ? undefined : execution.failureMessage);
  const end =
    !ok && SUCCESSES.includes(execution.status)
      ? ', but a person must check'
      : endOf(healingOutcome(execution.outputs));
  const named = outputs.map(([name], at) => nextOf(name, answers[at]));
  const own = [...new Set(named.flatMap((each) => each.own))];
  const suggested = [...new Set(named.flatMap((each) => each.nodes))];
  return {
    ok,
    headline: `${execution.documentName}: ${execution.status}${took}${end}`,
    failure:
      message === undefined
        ? undefined
        : `${step === undefined ? '' : `step ${step.name}: `}${causeIn(message, FAILURE_LENGTH)}`,
    outputs,
    suggested,
    next:
      ok || own.length + suggested.length > 0
        ? own
        : [awsCommand(`ssm get-automation-execution --automation-execution-id ${executionId}`, region)],
  };
};

/** The outcome as text, JSON outputs indented. */
export const outcomeText = (outcome: Outcome): string => {
  const shown = outcome.outputs.map(([name, text]) => {
    const json = readJson(text);
    return `${name}:\n${indent(plainBlock(json === undefined ? text : JSON.stringify(json, null, 2)))}`;
  });
  return [
    ...shown,
    outcome.headline,
    ...(outcome.failure === undefined ? [] : [`  ${outcome.failure}`]),
    ...outcome.next.map((command) => `next: ${plainText(command)}`),
    ...(outcome.suggested.length === 0 ? [] : ['The node suggests this; read it before you run it:']),
    ...outcome.suggested.map((command) => `  ${plainText(command)}`),
  ].join('\n');
};

const indent = (text: string): string =>
  text
    .split('\n')
    .map((line) => `  ${line}`)
    .join('\n');
