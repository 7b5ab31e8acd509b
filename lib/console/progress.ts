import type { AutomationStepFacts } from '../domain/outcome/automation-execution';
import { isFailure } from '../domain/outcome/step-detail';
import { formatSeconds } from '../domain/units';
import type { Execution } from '../aws/executions';
import { hasEnded } from './follow-execution';

const MARKS: Readonly<Record<string, string>> = {
  Success: '✔',
  InProgress: '▸',
  Waiting: '▸',
  Cancelling: '▸',
};

const markOf = (status: string): string => (isFailure(status) ? '✘' : (MARKS[status] ?? '·'));

const tookOf = ({ startedAtMs, endedAtMs }: AutomationStepFacts, nowMs: number): string =>
  startedAtMs === undefined
    ? ''
    : formatSeconds(Math.max(0, Math.round(((endedAtMs ?? nowMs) - startedAtMs) / 1_000)));

/** One line for each step that started, then how many may follow. */
export const progressLines = (execution: Execution, nowMs: number): string[] => {
  const started = execution.steps.filter(({ startedAtMs }) => startedAtMs !== undefined);
  const width = Math.max(0, ...started.map(({ name }) => name.length));
  const waiting = execution.steps.length - started.length;
  return [
    ...started.map((step) =>
      `  ${markOf(step.status)} ${step.name.padEnd(width)}  ${step.status.padEnd(10)} ${tookOf(step, nowMs)}`.trimEnd(),
    ),
    ...(hasEnded(execution.status) || waiting === 0 ? [] : [`  · at most ${waiting} more`]),
  ];
};

export interface ProgressTarget {
  readonly write: (text: string) => unknown;
  readonly isTTY?: boolean | undefined;
  /** Characters a line; longer ones would wrap, and the block could not be taken back. */
  readonly columns?: number | undefined;
}

/** Shows progress: on a terminal one block that is written anew, elsewhere a line for each change of a step. */
export const progressShower = (target: ProgressTarget): ((execution: Execution, nowMs: number) => void) => {
  if (target.isTTY !== true) return plainShower(target);
  let shown = 0;
  return (execution, nowMs) => {
    const width = (target.columns ?? 80) - 1;
    const lines = progressLines(execution, nowMs).map((line) => line.slice(0, width));
    target.write(
      `${shown > 0 ? `\u001b[${shown}A\u001b[J` : ''}${lines.map((line) => `${line}\n`).join('')}`,
    );
    shown = lines.length;
  };
};

const plainShower = (target: ProgressTarget): ((execution: Execution, nowMs: number) => void) => {
  const shown = new Map<string, string>();
  return ({ steps }, nowMs) => {
    steps.forEach((step, position) => {
      // A retried step keeps its name, and a document may pass it twice.
      const key = `${position} ${step.name}`;
      if (step.startedAtMs === undefined || shown.get(key) === step.status) return;
      shown.set(key, step.status);
      const took = step.endedAtMs === undefined ? '' : ` after ${tookOf(step, nowMs)}`;
      target.write(`${step.name}: ${step.status}${took}\n`);
    });
  };
};
