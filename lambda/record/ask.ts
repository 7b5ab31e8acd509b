import { askSubject, askText } from '../../lib/domain/messages/ask-message';
import { chatAsk } from '../../lib/domain/messages/chat-message';
import { webhookAsk } from '../../lib/domain/messages/webhook-message';
import {
  parameterOf,
  type AutomationExecutionFacts,
  type HandedOutput,
} from '../../lib/domain/outcome/automation-execution';
import { readPlanPayload } from '../../lib/domain/plan/plan-payload';
import type { Log } from '../shared/log';
import { describeError } from '../../lib/aws/errors';
import type { RecordClient } from './record.client';
import { notifyWebhook } from './notify-webhook';

export interface AskResult {
  /** The question was sent: what HealNode's gate reads. */
  readonly allowed: true;
  /** ISO 8601. */
  readonly until: string;
}

interface AskSettings {
  readonly environmentName: string;
  readonly topicArn: string;
  /** undefined: there is no chat. */
  readonly chatTopicArn: string | undefined;
  /** undefined: there is no webhook. */
  readonly webhookBusName: string | undefined;
  /** '': unknown. */
  readonly region: string;
  readonly askSeconds: string;
}

/**
 * Requests approval before a node is changed, with the plan, its cost and the deadline. One channel that works is enough.
 * @throws what the SDK throws, if no channel worked
 */
export const ask = async (
  client: RecordClient,
  settings: AskSettings,
  execution: AutomationExecutionFacts,
  outputs: readonly HandedOutput[],
  nowMs: number,
  log: Pick<Log, 'error'>,
): Promise<AskResult> => {
  const {
    environmentName: environment,
    topicArn,
    chatTopicArn,
    webhookBusName,
    region,
    askSeconds,
  } = settings;
  const until = iso(nowMs + Number(askSeconds) * 1_000);
  const plan = readPlanPayload(outputs.find(({ step }) => step === 'plan')?.text) ?? null;
  const question = {
    ...{ environment, region, instanceId: parameterOf(execution, 'InstanceId'), until, plan },
    ...{ nodeGroup: plan?.nodeGroup ?? '', executionId: execution.executionId },
  };
  const subject = askSubject(question);
  const attributes = { verdict: 'asks', environment };
  const ways: readonly (readonly [string, Promise<void>])[] = [
    ['message', client.publish(topicArn, subject, askText(question), attributes)],
    ...(chatTopicArn === undefined
      ? []
      : [
          [
            'chat',
            client.publish(chatTopicArn, subject, JSON.stringify(chatAsk(question)), attributes),
          ] as const,
        ]),
    ...(webhookBusName === undefined
      ? []
      : [
          [
            'webhook',
            notifyWebhook(client, webhookBusName, webhookAsk(question, iso(nowMs), region), log),
          ] as const,
        ]),
  ];
  const sent = await Promise.allSettled(ways.map(([, way]) => way));
  const failures = sent.flatMap((each, way) =>
    each.status === 'rejected' ? [{ what: ways[way]?.[0], reason: each.reason as unknown }] : [],
  );
  if (failures.length === sent.length) throw failures[0]?.reason;
  for (const { what, reason } of failures) {
    const { executionId } = execution;
    log.error('a request for approval was not sent', { executionId, what, why: describeError(reason) });
  }
  return { allowed: true, until };
};

const iso = (milliseconds: number): string => new Date(milliseconds).toISOString();
