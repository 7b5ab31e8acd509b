import { ssmClient } from '../aws/clients/ssm';
import { cancelExecution, getExecution, startExecution, type Execution } from '../aws/executions';
import type { SdkClient } from '../aws/sdk';

/** What `headroom run` needs of Systems Manager. */
export interface AutomationClient {
  /** @returns the execution's id. @throws what the SDK throws */
  start(
    documentName: string,
    parameters: Readonly<Record<string, readonly string[]>>,
    clientToken: string,
  ): Promise<string>;
  /** @throws AutomationExecutionNotFoundException, and what else the SDK throws */
  execution(executionId: string): Promise<Execution>;
  /** Cancels it; its steps may need a while to end. @throws what the SDK throws */
  stop(executionId: string): Promise<void>;
}

export const automationClient = (ssm: SdkClient): AutomationClient => ({
  async start(documentName, parameters, clientToken) {
    const executionId = await startExecution(ssm, { documentName, parameters, clientToken });
    if (executionId === undefined) throw new Error(`${documentName} was started, but has no id`);
    return executionId;
  },
  execution: (executionId) => getExecution(ssm, executionId),
  stop: (executionId) => cancelExecution(ssm, executionId),
});

/** With the credentials that the SDK finds itself. Starts are limited to one a second, hence the patience. */
export const awsAutomationClient = (region: string): AutomationClient =>
  automationClient(ssmClient({ region }));
