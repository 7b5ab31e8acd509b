import {
  GetAutomationExecutionCommand,
  SSMClient,
  StartAutomationExecutionCommand,
  StopAutomationExecutionCommand,
  type GetAutomationExecutionCommandOutput,
  type StartAutomationExecutionCommandOutput,
} from '@aws-sdk/client-ssm';
import type { AutomationExecutionFacts } from '../domain/outcome/automation-execution';
import type { SdkShapedClient } from './sdk-shape';

/** An execution as it is followed. */
export interface FollowedExecution extends AutomationExecutionFacts {
  /** undefined: it has not ended. Milliseconds since the epoch. */
  readonly endedAtMs: number | undefined;
  /** The document's outputs, e.g. `diagnosis.Payload`. */
  readonly outputs: Readonly<Record<string, readonly string[]>>;
}

/** What `headroom run` needs of Systems Manager. */
export interface AutomationClient {
  /** @returns the execution's id. @throws what the SDK throws */
  start(
    documentName: string,
    parameters: Readonly<Record<string, readonly string[]>>,
    clientToken: string,
  ): Promise<string>;
  /** @throws AutomationExecutionNotFoundException, and what else the SDK throws */
  execution(executionId: string): Promise<FollowedExecution>;
  /** Cancels it; its steps may need a while to end. @throws what the SDK throws */
  stop(executionId: string): Promise<void>;
}

export const automationClient = (ssm: SdkShapedClient): AutomationClient => ({
  async start(documentName, parameters, clientToken) {
    const { AutomationExecutionId } = (await ssm.send(
      new StartAutomationExecutionCommand({
        DocumentName: documentName,
        Parameters: Object.fromEntries(
          Object.entries(parameters).map(([name, values]) => [name, [...values]]),
        ),
        ClientToken: clientToken,
      }),
    )) as StartAutomationExecutionCommandOutput;
    if (AutomationExecutionId === undefined) throw new Error(`${documentName} was started, but has no id`);
    return AutomationExecutionId;
  },

  async execution(executionId) {
    const { AutomationExecution: execution } = (await ssm.send(
      new GetAutomationExecutionCommand({ AutomationExecutionId: executionId }),
    )) as GetAutomationExecutionCommandOutput;
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
  },

  async stop(executionId) {
    await ssm.send(
      new StopAutomationExecutionCommand({ AutomationExecutionId: executionId, Type: 'Cancel' }),
    );
  },
});

/** With the credentials that the SDK finds itself. Starts are limited to one a second, hence the patience. */
export const awsAutomationClient = (region: string): AutomationClient =>
  automationClient(new SSMClient({ region, maxAttempts: 6 }));
