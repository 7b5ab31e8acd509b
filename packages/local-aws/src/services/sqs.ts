import { createHash } from 'node:crypto';
import { AwsError } from '../api/aws-error';
import type { Clock } from '../time/clock';
import { number, optional, text } from '../values/fields';
import type { Service } from '../api/local-aws';
import type { MessageQueue } from '../queues/message-queue';

const MAX_BODY_BYTES = 1_048_576;
/** Twelve hours. */
const MAX_VISIBILITY_SECONDS = 43_200;

export const md5 = (body: string): string => createHash('md5').update(body).digest('hex');

export function sqsService(clock: Clock, queues: readonly MessageQueue[]): Service {
  const queue = (url: unknown): MessageQueue => {
    const found = queues.find(({ settings }) => settings.url === url);
    if (!found) throw new AwsError('QueueDoesNotExist', 'The specified queue does not exist.');
    return found;
  };
  return {
    ChangeMessageVisibility: {
      input: { QueueUrl: 'string!', ReceiptHandle: 'string!', VisibilityTimeout: 'number!' },
      access: ({ QueueUrl: url }) => [
        { action: 'sqs:ChangeMessageVisibility', resource: queue(url).settings.arn, context: {} },
      ],
      run: (input) => {
        const seconds = number(input.VisibilityTimeout, 'VisibilityTimeout');
        if (seconds < 0 || seconds > MAX_VISIBILITY_SECONDS) {
          const rule = `VisibilityTimeout must be between 0 and ${MAX_VISIBILITY_SECONDS}`;
          throw new AwsError('InvalidParameterValue', `${rule}, got ${seconds}`);
        }
        const handle = text(input.ReceiptHandle, 'ReceiptHandle');
        queue(input.QueueUrl).changeVisibility(handle, seconds, clock.now());
        return {};
      },
    },
    SendMessage: {
      input: {
        QueueUrl: 'string!',
        MessageBody: 'string!',
        DelaySeconds: 'number',
        MessageAttributes: 'map',
        MessageGroupId: 'string',
        MessageDeduplicationId: 'string',
      },
      access: ({ QueueUrl: url }) => [
        { action: 'sqs:SendMessage', resource: queue(url).settings.arn, context: {} },
      ],
      run: (input) => {
        const target = queue(input.QueueUrl);
        const body = text(input.MessageBody, 'MessageBody');
        if (body === '' || Buffer.byteLength(body) > MAX_BODY_BYTES) {
          throw new AwsError(
            'InvalidParameterValue',
            `The message must be 1 to ${MAX_BODY_BYTES} bytes long`,
          );
        }
        if (target.settings.fifo && input.DelaySeconds !== undefined) {
          throw new AwsError(
            'InvalidParameterValue',
            'DelaySeconds can not be set per message on a FIFO queue',
          );
        }
        const groupId = optional(input.MessageGroupId, 'MessageGroupId', text, undefined);
        const deduplicationId = optional(
          input.MessageDeduplicationId,
          'MessageDeduplicationId',
          text,
          undefined,
        );
        for (const [name, id] of Object.entries({
          MessageGroupId: groupId,
          MessageDeduplicationId: deduplicationId,
        })) {
          if (id !== undefined && !/^[\x21-\x7e]{1,128}$/.test(id)) {
            throw new AwsError(
              'InvalidParameterValue',
              `${name} can only include 1 to 128 printable characters`,
            );
          }
        }
        const { message } = target.send(body, clock.now(), { groupId, deduplicationId });
        return {
          MessageId: message.messageId,
          MD5OfMessageBody: md5(body),
          ...(target.settings.fifo ? { SequenceNumber: message.sequenceNumber } : {}),
        };
      },
    },
  };
}
