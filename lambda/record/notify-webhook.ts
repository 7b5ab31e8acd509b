import { webhookUnsent } from '../../lib/domain/names/heal-metrics';
import { METRIC_NAMESPACE } from '../../lib/domain/names/naming';
import { WEBHOOK_EVENT, type WebhookMessage } from '../../lib/domain/messages/webhook-message';
import type { Log } from '../shared/log';
import { describeError } from '../../lib/aws/errors';
import type { RecordClient } from './record.client';

/**
 * Hands a message to the webhook's bus; a failure is counted, since an alarm watches the count.
 * @throws what the SDK throws, or the entry's error
 */
export const notifyWebhook = async (
  client: RecordClient,
  busName: string,
  message: WebhookMessage,
  log: Pick<Log, 'error'>,
): Promise<void> => {
  try {
    await client.putEvent(busName, { ...WEBHOOK_EVENT, detail: JSON.stringify(message) });
  } catch (error) {
    await client
      .putMetrics(METRIC_NAMESPACE, new Date(message.at), [webhookUnsent(message.environment)])
      .catch((why: unknown) =>
        log.error('the failed webhook delivery could not be counted', { why: describeError(why) }),
      );
    throw error;
  }
};
