import {
  IN_FLIGHT_STATUSES,
  RUNNING_STATUSES,
  getExecution,
  listExecutions,
  type ListedExecution,
} from '../../lib/aws/executions';
import type { SdkClient } from '../../lib/aws/sdk';
import { parameterOf } from '../../lib/domain/outcome/automation-execution';
import { presentText } from '../../lib/domain/outcome/automation-outputs';
import { healingPurpose, type HealingPurpose } from '../../lib/domain/plan/healing-rate';

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

export const connectExecutions = (ssm: SdkClient): ExecutionsClient => ({
  inFlight: (documentName) => listExecutions(ssm, documentName, { statuses: IN_FLIGHT_STATUSES }),
  running: (documentName) => listExecutions(ssm, documentName, { statuses: RUNNING_STATUSES }),
  since: (documentName, startedAfterMs, goesOn) =>
    listExecutions(ssm, documentName, { startedAfterMs }, goesOn && { goesOn }),

  async execution(executionId) {
    const found = await getExecution(ssm, executionId);
    return {
      instanceId: parameterOf(found, 'InstanceId'),
      inFlight: IN_FLIGHT_STATUSES.includes(found.status),
      startedAtMs: found.startedAtMs,
      purpose: healingPurpose(found.parameters, found.startedAtMs),
    };
  },
  instanceOf: async (executionId) => parameterOf(await getExecution(ssm, executionId), 'InstanceId'),
  startedAtMs: async (executionId) => (await getExecution(ssm, executionId)).startedAtMs,
  async outputOf(executionId, name, output) {
    const { steps } = await getExecution(ssm, executionId);
    return presentText(steps.find((step) => step.name === name)?.outputs[output]?.[0]);
  },
});
