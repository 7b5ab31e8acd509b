import { askSubject, askText } from '../../lib/domain/ask-message';
import {
  parameterOf,
  type AutomationExecutionFacts,
  type HandedOutput,
} from '../../lib/domain/automation-execution';
import { readPlanPayload } from '../../lib/domain/plan-payload';
import type { RecordClient } from './record.client';

export interface AskResult {
  /** The question was sent: what HealNode's gate reads. */
  readonly allowed: true;
  /** ISO 8601. */
  readonly until: string;
}

/**
 * Asks a person before a node is changed: what would be done, what it costs, and until when.
 * @throws what the SDK throws
 */
export const ask = async (
  client: RecordClient,
  settings: { readonly environmentName: string; readonly topicArn: string; readonly askSeconds: string },
  execution: AutomationExecutionFacts,
  outputs: readonly HandedOutput[],
  nowMs: number,
): Promise<AskResult> => {
  const { environmentName: environment, topicArn, askSeconds } = settings;
  const until = new Date(nowMs + Number(askSeconds) * 1_000).toISOString();
  const plan = readPlanPayload(outputs.find(({ step }) => step === 'plan')?.text) ?? null;
  const question = {
    ...{ environment, instanceId: parameterOf(execution, 'InstanceId'), until, plan },
    ...{ nodeGroup: plan?.nodeGroup ?? '', executionId: execution.executionId },
  };
  await client.publish(topicArn, askSubject(question), askText(question), {
    verdict: 'asks',
    environment,
  });
  return { allowed: true, until };
};
