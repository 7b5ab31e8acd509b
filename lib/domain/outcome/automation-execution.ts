import { presentText } from './automation-outputs';

/** What GetAutomationExecution says, as plain data. */
export interface AutomationExecutionFacts {
  readonly executionId: string;
  readonly documentName: string;
  /** Automation's own word, e.g. `InProgress`, `Success`, `Failed`, `TimedOut`, `Cancelled`. */
  readonly status: string;
  readonly startedAtMs: number | undefined;
  readonly parameters: Readonly<Record<string, readonly string[]>>;
  readonly steps: readonly AutomationStepFacts[];
  readonly failureMessage: string | undefined;
}

export interface AutomationStepFacts {
  readonly name: string;
  readonly status: string;
  /** undefined: the step did not start. Milliseconds since the epoch. */
  readonly startedAtMs: number | undefined;
  readonly endedAtMs: number | undefined;
  readonly outputs: Readonly<Record<string, readonly string[]>>;
  readonly failureMessage: string | undefined;
}

export const parameterOf = (execution: AutomationExecutionFacts, name: string): string =>
  execution.parameters[name]?.[0] ?? '';

export const stepOf = (execution: AutomationExecutionFacts, name: string): AutomationStepFacts | undefined =>
  execution.steps.find((step) => step.name === name && step.startedAtMs !== undefined);

/** The step that assessed the node: the second one if the first got no answer. undefined: neither ran. */
export const assessStepOf = (execution: AutomationExecutionFacts): AutomationStepFacts | undefined =>
  stepOf(execution, 'assessAgain') ?? stepOf(execution, 'assess');

/** The first value of an output; Automation keeps every output as a list. undefined: none, or a placeholder. */
export const outputOf = (step: AutomationStepFacts | undefined, name: string): string | undefined =>
  presentText(step?.outputs[name]?.[0]);

/** One output of a step as the document handed it over. */
export interface HandedOutput {
  readonly step: string;
  readonly output: string;
  readonly text: string;
}

/** The execution with handed outputs where they say more than what Automation kept: it may keep less than it passes on. */
export const withOutputs = (
  execution: AutomationExecutionFacts,
  handed: readonly HandedOutput[],
): AutomationExecutionFacts => ({
  ...execution,
  steps: execution.steps.map((step) => {
    const fuller = handed.filter(
      ({ step: name, output, text }) =>
        name === step.name &&
        presentText(text) !== undefined &&
        text.length > (outputOf(step, output)?.length ?? 0),
    );
    return {
      ...step,
      outputs: { ...step.outputs, ...Object.fromEntries(fuller.map(({ output, text }) => [output, [text]])) },
    };
  }),
});
