import { askSubject, askText } from '../../lib/domain/ask-message';
import { chatAsk } from '../../lib/domain/chat-message';
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

interface AskSettings {
  readonly environmentName: string;
  readonly topicArn: string;
  /** undefined: no chat is asked. */
  readonly chatTopicArn: string | undefined;
  readonly askSeconds: string;
}

/**
 * Asks a person before a node is changed: what would be done, what it costs, and until when.
 * @throws what the SDK throws
 */
export const ask = async (
  client: RecordClient,
  settings: AskSettings,
  execution: AutomationExecutionFacts,
  outputs: readonly HandedOutput[],
  nowMs: number,
): Promise<AskResult> => {
  const { environmentName: environment, topicArn, chatTopicArn, askSeconds } = settings;
  const until = new Date(nowMs + Number(askSeconds) * 1_000).toISOString();
  const plan = readPlanPayload(outputs.find(({ step }) => step === 'plan')?.text) ?? null;
  const question = {
    ...{ environment, instanceId: parameterOf(execution, 'InstanceId'), until, plan },
    ...{ nodeGroup: plan?.nodeGroup ?? '', executionId: execution.executionId },
  };
  const subject = askSubject(question);
  const attributes = { verdict: 'asks', environment };
  await client.publish(topicArn, subject, askText(question), attributes);
  if (chatTopicArn !== undefined)
    await client.publish(chatTopicArn, subject, JSON.stringify(chatAsk(question)), attributes);
  return { allowed: true, until };
};
