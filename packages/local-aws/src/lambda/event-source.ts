import type { Assembly, AssemblyResource } from '../template/assembly';
import type { Clock } from '../time/clock';
import {
  fields,
  flag,
  isFields,
  list,
  number,
  optional,
  parseJson,
  text,
  texts,
  type Fields,
} from '../values/fields';
import type { LambdaRuntime } from './lambda-runtime';
import type { Principal } from '../api/local-aws';
import type { MessageQueue, QueueMessage } from '../queues/message-queue';
import { md5 } from '../services/sqs';
import type { AccessRequest } from '../iam/iam-policy';

export interface EventSourceOptions {
  readonly assembly: Assembly;
  readonly clock: Clock;
  readonly queues: readonly MessageQueue[];
  readonly lambda: Pick<LambdaRuntime, 'find' | 'invoke'>;
  authorize(principal: Principal, request: AccessRequest): void;
}

const DEFAULT_BATCH_SIZE = 10;

const record = (message: QueueMessage, queue: MessageQueue, region: string): Fields => ({
  messageId: message.messageId,
  receiptHandle: message.receiptHandle,
  body: message.body,
  attributes: {
    ApproximateReceiveCount: String(message.receiveCount),
    SentTimestamp: String(message.sentAt.getTime()),
    SenderId: 'events.amazonaws.com',
    ApproximateFirstReceiveTimestamp: String(message.firstReceivedAt?.getTime() ?? ''),
    ...(queue.settings.fifo
      ? {
          SequenceNumber: message.sequenceNumber,
          MessageGroupId: message.groupId,
          MessageDeduplicationId: message.deduplicationId,
        }
      : {}),
  },
  messageAttributes: {},
  md5OfBody: md5(message.body),
  eventSource: 'aws:sqs',
  eventSourceARN: queue.settings.arn,
  awsRegion: region,
});

/** The synthesized event source mappings: they hand the queues' messages to the functions. */
export class EventSources {
  constructor(private readonly options: EventSourceOptions) {}

  private queueOf(mapping: AssemblyResource): MessageQueue | undefined {
    return this.options.queues.find(({ settings }) => settings.arn === mapping.properties.EventSourceArn);
  }

  private get mappings(): readonly AssemblyResource[] {
    return this.options.assembly
      .ofType('AWS::Lambda::EventSourceMapping')
      .filter(({ properties, logicalId }) => optional(properties.Enabled, logicalId, flag, true));
  }

  /** Whether a mapped queue has a message that could be delivered now. */
  get hasWork(): boolean {
    const now = this.options.clock.now();
    return this.mappings.some((mapping) => this.queueOf(mapping)?.hasVisible(now) ?? false);
  }

  /** Delivers batch after batch until no queue has a visible message. Failed items wait for their visibility timeout. */
  async deliver(): Promise<void> {
    for (const mapping of this.mappings) {
      const queue = this.queueOf(mapping);
      if (!queue)
        throw new Error(
          `${mapping.logicalId}: there is no queue ${String(mapping.properties.EventSourceArn)}`,
        );
      const size = optional(mapping.properties.BatchSize, mapping.logicalId, number, DEFAULT_BATCH_SIZE);
      this.checkAccess(mapping, queue);
      for (;;) {
        const batch = queue.receive(size, this.options.clock.now());
        if (batch.length === 0) break;
        await this.invoke(mapping, queue, batch);
      }
    }
  }

  private checkAccess(mapping: AssemblyResource, queue: MessageQueue): void {
    const name = text(mapping.properties.FunctionName, mapping.logicalId);
    const roleArn = text(this.options.lambda.find(name).properties.Role, `${name} Role`);
    for (const action of ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes']) {
      this.options.authorize({ roleArn }, { action, resource: queue.settings.arn, context: {} });
    }
  }

  private async invoke(
    mapping: AssemblyResource,
    queue: MessageQueue,
    batch: readonly QueueMessage[],
  ): Promise<void> {
    const { properties, logicalId } = mapping;
    const { region } = this.options.assembly.place;
    const payload = JSON.stringify({ Records: batch.map((message) => record(message, queue, region)) });
    const answer = await this.options.lambda.invoke(text(properties.FunctionName, logicalId), payload);
    if (answer.functionError !== undefined) return;
    const partial = optional(properties.FunctionResponseTypes, logicalId, texts, []).includes(
      'ReportBatchItemFailures',
    );
    const failed = partial ? failedItems(answer.payload, batch) : new Set<string>();
    for (const { messageId } of batch) {
      if (!failed.has(messageId)) queue.remove(messageId);
    }
  }
}

/** Ids to keep. As in Lambda, an answer that can't be read or an unknown id fails the whole batch. */
function failedItems(payload: string, batch: readonly QueueMessage[]): ReadonlySet<string> {
  const answer = parseJson(payload, 'the answer of the function');
  const all = new Set(batch.map(({ messageId }) => messageId));
  if (!isFields(answer) || answer.batchItemFailures === undefined || answer.batchItemFailures === null)
    return new Set();
  const ids = list(answer.batchItemFailures, 'batchItemFailures').map(
    (item) => fields(item, 'batchItemFailures').itemIdentifier,
  );
  const known = ids.every((id) => typeof id === 'string' && all.has(id));
  return known ? new Set(ids as string[]) : all;
}
