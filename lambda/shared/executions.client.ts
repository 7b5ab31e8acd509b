import { healingPurpose, type HealingPurpose } from '../../lib/domain/plan/healing-rate';
import {
  DescribeAutomationExecutionsCommand,
  GetAutomationExecutionCommand,
  type AutomationExecution,
  type AutomationExecutionFilter,
  type DescribeAutomationExecutionsCommandOutput,
  type GetAutomationExecutionCommandOutput,
} from '@aws-sdk/client-ssm';
import { presentText, type AutomationOutputs } from '../../lib/domain/outcome/automation-outputs';
import type { SdkShapedClient } from './sdk-shape';

/**
 * Statuses of an execution that has begun and not ended. Which one it has while `aws:approve` waits has no witness: the reference
 * knows both. https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_AutomationExecution.html
 */
const RUNNING_STATUSES = ['InProgress', 'Waiting', 'PendingApproval', 'Cancelling'] as const;
/** Beyond those that run at a time, executions wait in a queue as `Pending`. */
const IN_FLIGHT_STATUSES = ['Pending', ...RUNNING_STATUSES] as const;
const isInFlight = (status: string): boolean => (IN_FLIGHT_STATUSES as readonly string[]).includes(status);

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
export interface DescribedExecution {
  /** '' when the execution has no such parameter. */
  readonly instanceId: string;
  /** It has not ended. */
  readonly inFlight: boolean;
  /** Milliseconds since the epoch; undefined: unknown. */
  readonly startedAtMs: number | undefined;
  /** Of HealNode: `tell`, that the node has had its healings of the day; `by-hand`, a person or a deploy started it. */
  readonly purpose: HealingPurpose;
}

export interface ExecutionsClient {
  /** Executions of the document that have not ended: in a storm, thousands. */
  inFlight(documentName: string): Promise<readonly ListedExecution[]>;
  /**
   * Those that have begun and not ended: no more than the account runs at a time, 100 unless it has adaptive concurrency
   * (500). https://docs.aws.amazon.com/general/latest/gr/ssm.html
   */
  running(documentName: string): Promise<readonly ListedExecution[]>;
  /**
   * Executions of the document that began after this, milliseconds since the epoch.
   * @param goesOn asked before each further page of 50. @default always
   */
  since(
    documentName: string,
    startedAfterMs: number,
    goesOn?: () => boolean,
  ): Promise<readonly ListedExecution[]>;
  /** '' when the execution has no such parameter. An execution never changes its instance. */
  instanceOf(executionId: string): Promise<string>;
  execution(executionId: string): Promise<DescribedExecution>;
  /** When it began, milliseconds since the epoch; undefined: unknown. */
  startedAtMs(executionId: string): Promise<number | undefined>;
  /** The first value of a step's output; undefined: the step has none, or did not run. */
  outputOf(executionId: string, step: string, output: string): Promise<string | undefined>;
}

export const connectExecutions = (ssm: SdkShapedClient): ExecutionsClient => {
  const list = async (
    documentName: string,
    filter: AutomationExecutionFilter,
    goesOn = (): boolean => true,
  ): Promise<readonly ListedExecution[]> => {
    const found: ListedExecution[] = [];
    let nextToken: string | undefined;
    do {
      const page = (await ssm.send(
        new DescribeAutomationExecutionsCommand({
          Filters: [{ Key: 'DocumentNamePrefix', Values: [documentName] }, filter],
          MaxResults: 50,
          ...(nextToken !== undefined && { NextToken: nextToken }),
        }),
      )) as DescribeAutomationExecutionsCommandOutput;
      for (const each of page.AutomationExecutionMetadataList ?? []) {
        // The filter matches a prefix: another document's name may begin with ours.
        if (each.AutomationExecutionId === undefined || each.DocumentName !== documentName) continue;
        const status: string = each.AutomationExecutionStatus ?? '';
        const ended = !isInFlight(status);
        const startedAtMs = each.ExecutionStartTime?.getTime();
        found.push({
          executionId: each.AutomationExecutionId,
          status,
          startedAtMs,
          endedAtMs: ended ? (each.ExecutionEndTime?.getTime() ?? startedAtMs) : undefined,
          outputs: each.Outputs ?? {},
        });
      }
      nextToken = page.NextToken;
    } while (nextToken !== undefined && nextToken !== '' && goesOn());
    return found;
  };

  const get = async (executionId: string): Promise<AutomationExecution | undefined> => {
    const { AutomationExecution: execution } = (await ssm.send(
      new GetAutomationExecutionCommand({ AutomationExecutionId: executionId }),
    )) as GetAutomationExecutionCommandOutput;
    return execution;
  };

  const execution: ExecutionsClient['execution'] = async (executionId) => {
    const found = await get(executionId);
    return {
      instanceId: found?.Parameters?.['InstanceId']?.[0] ?? '',
      inFlight: isInFlight(found?.AutomationExecutionStatus ?? ''),
      startedAtMs: found?.ExecutionStartTime?.getTime(),
      purpose: healingPurpose(found?.Parameters ?? {}, found?.ExecutionStartTime?.getTime()),
    };
  };

  return {
    inFlight: (documentName) =>
      list(documentName, { Key: 'ExecutionStatus', Values: [...IN_FLIGHT_STATUSES] }),
    running: (documentName) => list(documentName, { Key: 'ExecutionStatus', Values: [...RUNNING_STATUSES] }),
    since: (documentName, startedAfterMs, goesOn) =>
      list(documentName, { Key: 'StartTimeAfter', Values: [isoSeconds(startedAfterMs)] }, goesOn),
    execution,
    instanceOf: async (executionId) => (await execution(executionId)).instanceId,
    startedAtMs: async (executionId) => (await execution(executionId)).startedAtMs,
    async outputOf(executionId, step, output) {
      const ran = (await get(executionId))?.StepExecutions?.find(({ StepName }) => StepName === step);
      return presentText(ran?.Outputs?.[output]?.[0]);
    },
  };
};

/** The filter takes no fractions of a second. */
const isoSeconds = (milliseconds: number): string =>
  new Date(milliseconds).toISOString().replace(/\.\d+Z$/, 'Z');
