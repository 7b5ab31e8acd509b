import { PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { call, type SdkClient } from './sdk';

export interface BusEvent {
  readonly source: string;
  readonly detailType: string;
  /** JSON. */
  readonly detail: string;
}

/** @throws Error with the entry's code as its name when EventBridge took the call, and not the event */
export const putEvent = async (
  events: SdkClient,
  busName: string,
  { source, detailType, detail }: BusEvent,
): Promise<void> => {
  const { FailedEntryCount, Entries } = await call(
    events,
    new PutEventsCommand({
      Entries: [{ EventBusName: busName, Source: source, DetailType: detailType, Detail: detail }],
    }),
  );
  // A call that succeeds may have an entry that does not: an id is what says that it did.
  // https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html
  const [entry] = Entries ?? [];
  if (!FailedEntryCount && entry?.EventId !== undefined) return;
  const refused = new Error(entry?.ErrorMessage ?? 'EventBridge returned neither an event id nor an error');
  refused.name = entry?.ErrorCode ?? 'UnknownError';
  throw refused;
};
