import type { SQSRecord } from 'aws-lambda';
import type { Log } from '../shared/log';
import { describeError } from '../../lib/aws/errors';
import type { DispatchClient } from './dispatch.client';

/** Control-plane nodes take turns, and a healing takes a minute or two: the queue's own six minutes would be most of the wait. */
const SOON_SECONDS = 60;
/** Retry after SOON_SECONDS for this many receives, then use the queue's visibility timeout: receives are limited, and a healing may take two hours. */
const SOON_RECEIVES = 10;

/** Shortens the visibility timeout of returned messages. Best effort: otherwise they return later. Never rejects. */
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
    log.warn('the visibility timeout was not shortened', { messageId, why: describeError(result.reason) });
  });
};
