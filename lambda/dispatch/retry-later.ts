import type { SQSRecord } from 'aws-lambda';
import type { Log } from '../shared/log';
import { describeError } from '../../lib/aws/errors';
import type { DispatchClient } from './dispatch.client';

/** Control-plane nodes take turns, and a healing takes a minute or two: the queue's own six would be most of the wait. */
const SOON_SECONDS = 60;
/** So often soon, then as the queue has it: a message's receives are numbered, and a healing may take two hours. */
const SOON_RECEIVES = 10;

/** Has messages that go back to the queue come again soon. Best effort: without it they come again later. Never rejects. */
export const retrySoon = async (
  records: readonly SQSRecord[],
  queueUrl: string,
  client: Pick<DispatchClient, 'retryIn'>,
  log: Log,
): Promise<void> => {
  // All of them: one message that is still hidden hides its whole group.
  const soon = records.filter(
    ({ attributes }) => Number(attributes.ApproximateReceiveCount) <= SOON_RECEIVES,
  );
  const shown = await Promise.allSettled(
    soon.map(({ receiptHandle }) => client.retryIn(SOON_SECONDS, queueUrl, receiptHandle)),
  );
  shown.forEach((result, index) => {
    if (result.status === 'fulfilled') return;
    const messageId = soon[index]?.messageId;
    log.warn('comes again later than it could', { messageId, why: describeError(result.reason) });
  });
};
