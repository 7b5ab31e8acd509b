import {
  DescribeAutomationExecutionsCommand,
  GetAutomationExecutionCommand,
  StartAutomationExecutionCommand,
  StopAutomationExecutionCommand,
  type AutomationExecutionFilter,
} from '@aws-sdk/client-ssm';
import type { AutomationExecutionFacts } from '../domain/outcome/automation-execution';
import type { AutomationOutputs } from '../domain/outcome/automation-outputs';
import { call, everyPage, type PagingOptions, type SdkClient } from './sdk';

/**
 * Statuses of an execution that has begun and not ended. Which one it has while `aws:approve` waits has no witness: the reference
 * knows both. https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_AutomationExecution.html
 */
export const RUNNING_STATUSES: readonly string[] = ['InProgress', 'Waiting', 'PendingApproval', 'Cancelling'];
/** Beyond those that run at a time, executions wait in a queue as `Pending`. */
export const IN_FLIGHT_STATUSES: readonly string[] = ['Pending', ...RUNNING_STATUSES];

/** What the list of executions says of one; it does not name the instance. */
export interface ListedExecution {
  readonly executionId: string;
  readonly status: string;
  readonly startedAtMs: number | undefined;
  /** undefined: it has not ended. */
  readonly endedAtMs: number | undefined;
  /** Every output that the document declares, whether or not its step ran: read them with `lib/domain/outcome/automation-outputs`. */
  readonly outputs: AutomationOutputs;
}

/** One execution, asked for by its id. */
export interface Execution extends AutomationExecutionFacts {
  /** undefined: it has not ended. Milliseconds since the epoch. */
  readonly endedAtMs: number | undefined;
  /** The document's outputs, e.g. `diagnosis.Payload`. */
  readonly outputs: AutomationOutputs;
}

/** Executions of the document, 50 a page. @throws what the SDK throws */
export const listExecutions = (
  ssm: SdkClient,
  documentName: string,
  filter: { readonly statuses: readonly string[] } | { readonly startedAfterMs: number },
  options: PagingOptions<ListedExecution> = {},
): Promise<readonly ListedExecution[]> =>
  everyPage(
    ssm,
    DescribeAutomationExecutionsCommand,
    { Filters: [{ Key: 'DocumentNamePrefix', Values: [documentName] }, sdkFilter(filter)], MaxResults: 50 },
    ({ AutomationExecutionMetadataList = [] }) =>
      AutomationExecutionMetadataList.flatMap((each) => {
        // The filter matches a prefix: another document's name may begin with ours.
        if (each.AutomationExecutionId === undefined || each.DocumentName !== documentName) return [];
        const status: string = each.AutomationExecutionStatus ?? '';
        const startedAtMs = each.ExecutionStartTime?.getTime();
        return {
          executionId: each.AutomationExecutionId,
          status,
          startedAtMs,
          endedAtMs: IN_FLIGHT_STATUSES.includes(status)
            ? undefined
            : (each.ExecutionEndTime?.getTime() ?? startedAtMs),
          outputs: each.Outputs ?? {},
        };
      }),
    options,
  );

const sdkFilter = (
  filter: { readonly statuses: readonly string[] } | { readonly startedAfterMs: number },
): AutomationExecutionFilter =>
  'statuses' in filter
    ? { Key: 'ExecutionStatus', Values: [...filter.statuses] }
    : {
        Key: 'StartTimeAfter',
        // The filter takes no fractions of a second.
        Values: [new Date(filter.startedAfterMs).toISOString().replace(/\.\d+Z$/, 'Z')],
      };

/** @throws AutomationExecutionNotFoundException, and what else the SDK throws */
export const getExecution = async (ssm: SdkClient, executionId: string): Promise<Execution> => {
  const { AutomationExecution: execution } = await call(
    ssm,
    new GetAutomationExecutionCommand({ AutomationExecutionId: executionId }),
  );
  if (execution === undefined) throw new Error(`Automation returned nothing for execution ${executionId}`);
  return {
    executionId,
    documentName: execution.DocumentName ?? '',
    status: execution.AutomationExecutionStatus ?? '',
    startedAtMs: execution.ExecutionStartTime?.getTime(),
    endedAtMs: execution.ExecutionEndTime?.getTime(),
    parameters: execution.Parameters ?? {},
    outputs: execution.Outputs ?? {},
    failureMessage: execution.FailureMessage,
    steps: (execution.StepExecutions ?? []).map((step) => ({
      name: step.StepName ?? '',
      status: step.StepStatus ?? '',
      startedAtMs: step.ExecutionStartTime?.getTime(),
      endedAtMs: step.ExecutionEndTime?.getTime(),
      outputs: step.Outputs ?? {},
      failureMessage: step.FailureMessage,
    })),
  };
};

export interface StartInput {
  readonly documentName: string;
  readonly parameters: Readonly<Record<string, readonly string[]>>;
  /** A second start with the same token and parameters starts nothing. */
  readonly clientToken: string;
  /** @default - none */
  readonly tags?: Readonly<Record<string, string>>;
}

/** @returns the execution's id; undefined: AWS did not say. @throws what the SDK throws */
export const startExecution = async (
  ssm: SdkClient,
  { documentName, parameters, clientToken, tags }: StartInput,
): Promise<string | undefined> => {
  const { AutomationExecutionId } = await call(
    ssm,
    new StartAutomationExecutionCommand({
      DocumentName: documentName,
      Parameters: Object.fromEntries(Object.entries(parameters).map(([name, values]) => [name, [...values]])),
      ClientToken: clientToken,
      ...(tags && { Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) }),
    }),
  );
  return AutomationExecutionId;
};

/** Cancels it; its steps may need a while to end. @throws what the SDK throws */
export const cancelExecution = async (ssm: SdkClient, executionId: string): Promise<void> => {
  await call(ssm, new StopAutomationExecutionCommand({ AutomationExecutionId: executionId, Type: 'Cancel' }));
};
