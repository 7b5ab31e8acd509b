import type { Fields } from '../values/fields';
import { uuidFrom } from '../values/ids';
import type { Execution } from './execution';
import { shownList, shownText } from './outputs';
import type { StepDefinition, StepStatus } from './types';

/** A step as it ran; turned into the SDK's shape by {@link stepFields}. */
export interface StepRecord {
  readonly id: string;
  readonly name: string;
  readonly definition: StepDefinition;
  readonly startedAt: Date;
  endedAt: Date | undefined;
  status: StepStatus;
  inputs: Fields;
  outputs: Fields;
  attempts: number;
  responseCode: string;
  branchedTo: string | undefined;
  failureMessage: string | undefined;
  failureStage: string | undefined;
  failureType: string | undefined;
}

export const newStepRecord = (seed: string, definition: StepDefinition, startedAt: Date): StepRecord => ({
  id: uuidFrom(seed),
  name: definition.name,
  definition,
  startedAt,
  endedAt: undefined,
  status: 'InProgress',
  inputs: {},
  outputs: {},
  attempts: 0,
  responseCode: '',
  branchedTo: undefined,
  failureMessage: undefined,
  failureStage: undefined,
  failureType: undefined,
});

const lists = (outputs: Fields): Fields =>
  Object.fromEntries(Object.entries(outputs).map(([name, value]) => [name, shownList(value)]));

const definitionFields = (definition: StepDefinition): Fields => ({
  StepName: definition.name,
  Action: definition.action,
  OnFailure: definition.onFailure,
  MaxAttempts: definition.maxAttempts,
  IsEnd: definition.isEnd,
  IsCritical: definition.isCritical,
  ...(definition.nextStep === undefined ? {} : { NextStep: definition.nextStep }),
  ...(definition.timeoutSeconds === undefined ? {} : { TimeoutSeconds: definition.timeoutSeconds }),
});

/** A StepExecution of GetAutomationExecution. Inputs are texts, outputs lists of texts. */
export const stepFields = (step: StepRecord): Fields => ({
  ...definitionFields(step.definition),
  StepExecutionId: step.id,
  StepStatus: step.status,
  ExecutionStartTime: step.startedAt,
  ...(step.endedAt ? { ExecutionEndTime: step.endedAt } : {}),
  ...(step.responseCode === '' ? {} : { ResponseCode: step.responseCode }),
  Inputs: Object.fromEntries(Object.entries(step.inputs).map(([name, value]) => [name, shownText(value)])),
  Outputs: lists(step.outputs),
  ...(step.failureMessage === undefined
    ? {}
    : {
        FailureMessage: step.failureMessage,
        FailureDetails: {
          FailureStage: step.failureStage,
          FailureType: step.failureType,
          Details: { Attempts: [String(step.attempts)] },
        },
      }),
});

const summary = (execution: Execution): Fields => {
  const current = execution.steps.at(-1);
  return {
    AutomationExecutionId: execution.id,
    DocumentName: execution.document.name,
    DocumentVersion: '1',
    AutomationExecutionStatus: execution.status,
    ExecutionStartTime: execution.startedAt,
    ...(execution.endedAt ? { ExecutionEndTime: execution.endedAt } : {}),
    ExecutedBy: execution.executedBy,
    Mode: 'Auto',
    Targets: [],
    ResolvedTargets: { ParameterValues: [], Truncated: false },
    Outputs: lists(execution.outputs),
    ...(execution.failureMessage === undefined ? {} : { FailureMessage: execution.failureMessage }),
    ...(current && !execution.ended
      ? { CurrentStepName: current.name, CurrentAction: current.definition.action }
      : {}),
  };
};

/** One item of DescribeAutomationExecutions: it has no Parameters, as in AWS. */
export const metadataFields = (execution: Execution): Fields => ({
  ...summary(execution),
  AutomationType: 'Local',
});

/** AutomationExecution of GetAutomationExecution; steps that have not run yet are Pending. */
export const executionFields = (execution: Execution): Fields => {
  const ran = new Set(execution.steps.map(({ name }) => name));
  const waiting = execution.document.steps.filter(({ name }) => !ran.has(name));
  return {
    ...summary(execution),
    Parameters: execution.parameters,
    StepExecutions: [
      ...execution.steps.map(stepFields),
      ...waiting.map((step) => ({
        ...definitionFields(step),
        StepExecutionId: uuidFrom(`${execution.id}/${step.name}`),
        // Neither Inputs nor Outputs: aws/aws-cli@b196641 awscli/examples/ssm/get-automation-execution.rst
        StepStatus: 'Pending',
      })),
    ],
    StepExecutionsTruncated: false,
  };
};
