import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { readAlarmEvent, type AlarmEvent } from '../../lib/domain/alarm-event';
import { systemClock, type Clock } from '../shared/clock';
import { consoleLog, type Log } from '../shared/log';
import { readEnvironment } from '../shared/read-environment';
import { describeError, type SdkClients } from '../shared/sdk-shape';
import { connect, sdkClients } from './dispatch.client';
import { dispatchNode, type BatchContext } from './dispatch-node';
import { DISPATCH_ENVIRONMENT } from './environment';
import { ExecutionsInFlight } from './in-flight';

export interface DispatchOptions {
  readonly clock?: Clock;
  readonly log?: Log;
}

/**
 * Turns alarm events from the FIFO queue into healings, at most one start a second (reserved concurrency 1 makes that
 * hold for the function). A message that cannot be served now is reported back, and with it every later one of its
 * group, so that the order within a node group holds. A message that nobody can read goes to the dead-letter queue.
 */
export const createHandler = (
  clients: SdkClients<'ssm' | 'ec2' | 'sqs'>,
  { clock = systemClock, log = consoleLog }: DispatchOptions = {},
): ((event: SQSEvent) => Promise<SQSBatchResponse>) => {
  const client = connect(clients);
  const executions = new ExecutionsInFlight(client, clock);

  return async (event) => {
    const { environmentName, healDocumentName, deadLetterQueueUrl } = readEnvironment(DISPATCH_ENVIRONMENT);
    let listed: Promise<Set<string>> | undefined;
    const context: BatchContext = {
      client,
      clock,
      log,
      environmentName,
      documentName: healDocumentName,
      executions,
      inFlight: () => (listed ??= executions.instances(healDocumentName)),
    };

    const failedGroups = new Set<string>();
    const batchItemFailures: SQSBatchResponse['batchItemFailures'] = [];
    for (const record of event.Records) {
      const group = record.attributes.MessageGroupId ?? '';
      if (!failedGroups.has(group)) {
        try {
          await handle(record, context, deadLetterQueueUrl);
          continue;
        } catch (error) {
          failedGroups.add(group);
          log.warn('back to the queue', { messageId: record.messageId, group, why: describeError(error) });
        }
      }
      batchItemFailures.push({ itemIdentifier: record.messageId });
    }
    return { batchItemFailures };
  };
};

const handle = async (
  record: SQSRecord,
  context: BatchContext,
  deadLetterQueueUrl: string,
): Promise<void> => {
  const { messageId, body } = record;
  const alarm = readBody(body);
  switch (alarm.kind) {
    case 'node-in-alarm':
      return dispatchNode(alarm, context);
    case 'ignored':
      return context.log.info('ignored', { messageId, why: alarm.why });
    case 'unreadable':
      await context.client.sendToDeadLetterQueue(deadLetterQueueUrl, body, messageId);
      return context.log.error('unreadable message, sent to the dead-letter queue whole', {
        messageId,
        why: alarm.why,
      });
  }
};

const readBody = (body: string): AlarmEvent => {
  try {
    return readAlarmEvent(JSON.parse(body));
  } catch (error) {
    return { kind: 'unreadable', why: `the body is not JSON: ${describeError(error).slice(0, 200)}` };
  }
};

export const handler = createHandler(sdkClients());
