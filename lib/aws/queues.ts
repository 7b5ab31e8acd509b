import { ChangeMessageVisibilityCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { call, type SdkClient } from './sdk';

/** Of a FIFO queue. */
export interface QueueMessage {
  readonly body: string;
  readonly groupId: string;
  readonly deduplicationId: string;
}

/** @throws what the SDK throws */
export const sendMessage = async (
  sqs: SdkClient,
  queueUrl: string,
  { body, groupId, deduplicationId }: QueueMessage,
): Promise<void> => {
  await call(
    sqs,
    new SendMessageCommand({
      QueueUrl: queueUrl,
      MessageBody: body,
      MessageGroupId: groupId,
      MessageDeduplicationId: deduplicationId,
    }),
  );
};

/** When a received message that is not deleted comes again. @throws what the SDK throws */
export const retryMessageIn = async (
  sqs: SdkClient,
  queueUrl: string,
  receiptHandle: string,
  seconds: number,
): Promise<void> => {
  await call(
    sqs,
    new ChangeMessageVisibilityCommand({
      QueueUrl: queueUrl,
      ReceiptHandle: receiptHandle,
      VisibilityTimeout: seconds,
    }),
  );
};
