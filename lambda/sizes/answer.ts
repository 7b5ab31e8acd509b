import type { Clock } from '../shared/clock';
import type { CustomResourceRequest } from './custom-resource-event';

export interface Answer {
  readonly status: 'SUCCESS' | 'FAILED';
  readonly resourceId: string;
  /** What the deploy shows when it failed. */
  readonly reason: string;
  readonly data?: Readonly<Record<string, string>>;
}

/** A response may have 4,096 bytes. https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-responses.html */
const TEXT_LENGTH = 1_500;
const TRIES = 4;
const PAUSE_MS = 2_000;
const TIMEOUT_MS = 10_000;

const cut = (text: string): string =>
  text.length <= TEXT_LENGTH ? text : `${text.slice(0, TEXT_LENGTH - 2)} …`;

/** Tells CloudFormation. An answer that is lost holds the deploy up until its time is over, so it is tried again. */
export const answer = async (
  request: CustomResourceRequest,
  { status, resourceId, reason, data = {} }: Answer,
  clock: Pick<Clock, 'sleep'>,
): Promise<void> => {
  const { StackId, RequestId, LogicalResourceId } = request;
  const body = JSON.stringify({
    ...{ Status: status, Reason: cut(reason), PhysicalResourceId: resourceId },
    ...{ StackId, RequestId, LogicalResourceId },
    Data: Object.fromEntries(Object.entries(data).map(([key, value]) => [key, cut(value)])),
  });
  for (let tries = 1; ; tries += 1) {
    try {
      await put(request.ResponseURL, body);
      return;
    } catch (error) {
      if (tries === TRIES) throw error;
      await clock.sleep(PAUSE_MS * tries);
    }
  }
};

const put = async (url: string, body: string): Promise<void> => {
  // As bytes: for text, fetch adds a content type, which the URL's signature does not have.
  const response = await fetch(url, {
    method: 'PUT',
    body: Buffer.from(body),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  if (!response.ok) throw new Error(`CloudFormation's response URL answered ${response.status}`);
};
