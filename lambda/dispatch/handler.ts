import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { readAlarmEvent, type AlarmEvent } from '../../lib/domain/sweep/alarm-event';
import { readHealingBounds } from '../../lib/domain/plan/healing-bounds';
import type { Pause } from '../../lib/domain/pause/pause';
import { healingOutcome, type HealingOutcome } from '../../lib/domain/outcome/healing-outcome';
import { WAIT_LOOK_BACK_MS } from '../../lib/domain/sweep/sweep';
import { systemClock, type Clock } from '../shared/clock';
import { ExecutionInstances } from '../shared/execution-instances';
import { consoleLog, type Log } from '../shared/log';
import { readEnvironment } from '../shared/read-environment';
import { quote } from '../shared/read-input';
import { describeError } from '../../lib/aws/errors';
import type { SdkClients } from '../../lib/aws/sdk';
import { connect, sdkClients } from './dispatch.client';
import { dispatchNode, type BatchContext } from './dispatch-node';
import { DISPATCH_ENVIRONMENT } from './environment';
import { HealingsOfTheDay } from './healings-of-the-day';
import { ExecutionsInFlight } from './in-flight';
import { NotNow } from './not-now';
import { retrySoon } from './retry-later';
import { StartPace } from './start-pace';

/** Pauses before a refused message is tried again, and how long a batch may spend on them. */
const PATIENCE = { pausesMs: [2_000, 4_000], perBatchMs: 20_000 } as const;
/**
 * Since the batch came, of the 60 seconds that the function has: what is in flight is read no longer than READ_MS, and no
 * message is started later than BEGIN_MS. A function that runs out of time loses what it has read, and would not get further
 * the next time either.
 */
const READ_MS = 30_000;
const BEGIN_MS = 45_000;

export interface DispatchOptions {
  readonly clock?: Clock;
  readonly log?: Log;
}

/**
 * Turns alarm events from the FIFO queue into healings, at most one start a second (reserved concurrency 1 makes that
 * hold for the function). A message that cannot be served now is reported back, and with it every later one of its
 * group, so that the order within a node group holds. An unreadable message goes to the dead-letter queue.
 */
export const createHandler = (
  clients: SdkClients<'ssm' | 'ec2' | 'sqs'>,
  { clock = systemClock, log = consoleLog }: DispatchOptions = {},
): ((event: unknown) => Promise<SQSBatchResponse>) => {
  const client = connect(clients);
  const instances = new ExecutionInstances(client.executions, clock);
  const executions = new ExecutionsInFlight(client, clock, instances);
  const healings = new HealingsOfTheDay(client.executions, clock, instances);
  const pace = new StartPace(clock);

  return async (event) => {
    pace.newBatch();
    const beganMs = clock.now();
    const { environmentName, healDocumentName, healQueueUrl, deadLetterQueueUrl, ...settings } =
      readEnvironment(DISPATCH_ENVIRONMENT);
    let recent: Promise<readonly HealingOutcome[]> | undefined;
    let listed: Promise<Set<string>> | undefined;
    let listedToday: Promise<void> | undefined;
    let pauses: Promise<readonly Pause[]> | undefined;
    const bounds = readHealingBounds(settings.healingBounds);
    const context: BatchContext = {
      client,
      log,
      environmentName,
      documentName: healDocumentName,
      executions,
      pace,
      clock,
      watchedGroups: JSON.parse(settings.watchedGroups) as readonly string[],
      bounds,
      healings,
      recent: () =>
        (recent ??= client.executions
          .since(healDocumentName, beganMs - WAIT_LOOK_BACK_MS)
          .then((listed) => listed.map(({ outputs }) => healingOutcome(outputs)))),
      pauses: () => (pauses ??= client.pauses(environmentName, log)),
      startsOf: async (instanceId) => {
        await (listedToday ??= healings.list(healDocumentName, beganMs + READ_MS));
        return healings.startsOf(instanceId, bounds.healingsPerNodePerDay);
      },
      inFlight: () => (listed ??= executions.instances(healDocumentName, beganMs + READ_MS)),
    };

    let patienceMs: number = PATIENCE.perBatchMs;
    // Back in the queue, a message holds up its whole node group for a minute or more: in a storm, a refusal that is over
    // in seconds is better waited for here.
    const patiently = async (work: () => Promise<void>): Promise<void> => {
      if (clock.now() > beganMs + BEGIN_MS) throw new NotNow('the batch has taken too long');
      for (const pauseMs of PATIENCE.pausesMs) {
        try {
          return await work();
        } catch (error) {
          if (error instanceof NotNow || patienceMs < pauseMs) throw error;
          patienceMs -= pauseMs;
          listed = undefined;
          listedToday = undefined;
          pauses = undefined;
          recent = undefined;
          log.warn('retrying', { pauseMs, why: describeError(error) });
          await clock.sleep(pauseMs);
        }
      }
      return work();
    };

    const failedGroups = new Set<string>();
    const failed: SQSRecord[] = [];
    for (const record of recordsOf(event)) {
      const group = record.attributes.MessageGroupId ?? '';
      if (!failedGroups.has(group)) {
        try {
          await patiently(() => handle(record, context, deadLetterQueueUrl));
          continue;
        } catch (error) {
          failedGroups.add(group);
          log.warn('returned to the queue', {
            messageId: record.messageId,
            group,
            why: describeError(error),
          });
        }
      }
      failed.push(record);
    }
    await retrySoon(failed, healQueueUrl, client, log);
    return { batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })) };
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
      return context.log.error('unreadable message sent unchanged to the dead-letter queue', {
        messageId,
        why: alarm.why,
      });
  }
};

/** Lambda's own shape of a batch. @throws Error for anything else: a call by hand must not look like an empty batch */
const recordsOf = (event: unknown): readonly SQSRecord[] => {
  const records = typeof event === 'object' && event !== null && (event as Partial<SQSEvent>).Records;
  if (Array.isArray(records) && records.every(isRecord)) return records;
  throw new Error(
    `event must be an SQS batch with Records of messageId, body and attributes, got ${quote(event)}`,
  );
};

const isRecord = (record: unknown): record is SQSRecord => {
  const { messageId, body, attributes } = (record ?? {}) as Partial<SQSRecord>;
  return typeof messageId === 'string' && typeof body === 'string' && typeof attributes === 'object';
};

const readBody = (body: string): AlarmEvent => {
  try {
    return readAlarmEvent(JSON.parse(body));
  } catch (error) {
    return { kind: 'unreadable', why: `the body is not JSON: ${describeError(error).slice(0, 200)}` };
  }
};

export const handler = createHandler(sdkClients());
