import { createHash } from 'node:crypto';
import { AwsError } from '../api/aws-error';
import { secondsBetween } from '../time/clock';
import { uuidFrom } from '../values/ids';

export interface QueueSettings {
  readonly name: string;
  readonly url: string;
  readonly arn: string;
  readonly fifo: boolean;
  readonly contentBasedDeduplication: boolean;
  /** Seconds. */
  readonly visibilityTimeoutSeconds: number;
  readonly redrive?: { readonly deadLetterArn: string; readonly maxReceiveCount: number };
}

export interface QueueMessage {
  readonly messageId: string;
  readonly body: string;
  readonly groupId: string;
  readonly deduplicationId: string;
  readonly sequenceNumber: string;
  readonly sentAt: Date;
  readonly attributes: Readonly<Record<string, unknown>>;
  receiveCount: number;
  firstReceivedAt?: Date;
  visibleAt: Date;
  receiptHandle?: string;
}

/** Five minutes: what SQS documents for FIFO deduplication. */
const DEDUPLICATION_SECONDS = 300;

/** An SQS queue: visibility, receive count, dead letters; for FIFO also deduplication and message groups. */
export class MessageQueue {
  private readonly waiting: QueueMessage[] = [];
  private readonly sent = new Map<string, { readonly at: Date; readonly message: QueueMessage }>();
  private sequence = 0;

  constructor(
    readonly settings: QueueSettings,
    private readonly deadLetters: () => MessageQueue | undefined,
  ) {}

  /** @throws AwsError for a FIFO queue without group or deduplication id */
  send(
    body: string,
    now: Date,
    ids: { readonly groupId?: string | undefined; readonly deduplicationId?: string | undefined } = {},
    attributes: Readonly<Record<string, unknown>> = {},
  ): { readonly message: QueueMessage; readonly duplicate: boolean } {
    const { fifo, contentBasedDeduplication, name } = this.settings;
    if (fifo && ids.groupId === undefined) {
      throw new AwsError('MissingParameter', 'The request must contain the parameter MessageGroupId.');
    }
    if (fifo && ids.deduplicationId === undefined && !contentBasedDeduplication) {
      throw new AwsError(
        'InvalidParameterValue',
        'The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly',
      );
    }
    const deduplicationId = ids.deduplicationId ?? createHash('sha256').update(body).digest('hex');
    const earlier = fifo ? this.sent.get(deduplicationId) : undefined;
    if (earlier && secondsBetween(earlier.at, now) < DEDUPLICATION_SECONDS) {
      return { message: earlier.message, duplicate: true };
    }
    this.sequence += 1;
    const message: QueueMessage = {
      messageId: uuidFrom(`${name}/${this.sequence}`),
      body,
      groupId: ids.groupId ?? '',
      deduplicationId,
      sequenceNumber: String(this.sequence).padStart(20, '0'),
      sentAt: now,
      attributes,
      receiveCount: 0,
      visibleAt: now,
    };
    this.waiting.push(message);
    this.sent.set(deduplicationId, { at: now, message });
    return { message, duplicate: false };
  }

  /**
   * At most `limit` visible messages, in order. In a FIFO queue a group with a message in flight gives none.
   * A message received more often than the redrive policy allows goes to the dead-letter queue instead.
   */
  receive(limit: number, now: Date): readonly QueueMessage[] {
    const blocked = new Set(this.inFlight(now).map(({ groupId }) => groupId));
    const received: QueueMessage[] = [];
    for (const message of [...this.waiting]) {
      if (received.length >= limit) break;
      if (message.visibleAt > now || (this.settings.fifo && blocked.has(message.groupId))) continue;
      if (this.bury(message, now)) continue;
      message.receiveCount += 1;
      message.firstReceivedAt ??= now;
      message.receiptHandle = `${message.messageId}#${message.receiveCount}`;
      message.visibleAt = new Date(now.getTime() + this.settings.visibilityTimeoutSeconds * 1000);
      received.push(message);
    }
    return received;
  }

  /** @throws AwsError for a handle of no message, and for a message that is visible already */
  changeVisibility(receiptHandle: string, seconds: number, now: Date): void {
    const message = this.waiting.find((each) => each.receiptHandle === receiptHandle);
    if (!message) throw new AwsError('ReceiptHandleIsInvalid', 'The input receipt handle is invalid.');
    if (message.visibleAt <= now) {
      throw new AwsError('MessageNotInflight', 'The message is not in flight.');
    }
    message.visibleAt = new Date(now.getTime() + seconds * 1000);
  }

  private bury(message: QueueMessage, now: Date): boolean {
    const { redrive } = this.settings;
    if (!redrive || message.receiveCount < redrive.maxReceiveCount) return false;
    this.remove(message.messageId);
    const ids = { groupId: message.groupId, deduplicationId: message.deduplicationId };
    this.deadLetters()?.send(message.body, now, ids, message.attributes);
    return true;
  }

  private inFlight(now: Date): readonly QueueMessage[] {
    return this.waiting.filter((message) => message.receiveCount > 0 && message.visibleAt > now);
  }

  remove(messageId: string): void {
    const index = this.waiting.findIndex((message) => message.messageId === messageId);
    if (index >= 0) this.waiting.splice(index, 1);
  }

  /** Messages that no consumer has deleted, in order. */
  get messages(): readonly QueueMessage[] {
    return this.waiting;
  }

  /** Whether `receive` would give (or bury) one now. */
  hasVisible(now: Date): boolean {
    const blocked = new Set(this.inFlight(now).map(({ groupId }) => groupId));
    return this.waiting.some(
      (message) => message.visibleAt <= now && !(this.settings.fifo && blocked.has(message.groupId)),
    );
  }
}
