import type { Clock } from '../time/clock';
import type { EventSink } from '../account-event';
import { fields, isFields, list, type Fields } from '../values/fields';
import { uuidFrom } from '../values/ids';
import type { Service } from '../api/local-aws';

/** A bus of the account other than the default one. */
export interface LocalBus {
  readonly name: string;
  readonly arn: string;
}

/** Events to a bus of our own are taken and shown. What a rule of that bus does with them leaves the account. */
export const eventsService = (clock: Clock, buses: readonly LocalBus[], onEvent: EventSink): Service => {
  let taken = 0;
  const entriesOf = (input: Fields): readonly Fields[] =>
    list(input.Entries, 'Entries').map((entry) => fields(entry, 'entry'));
  const busOf = ({ EventBusName: name }: Fields): LocalBus => {
    const found = buses.find((bus) => bus.name === name || bus.arn === name);
    // What EventBridge answers for a bus that is not there has no witness.
    if (!found) throw new Error(`the local cloud has no event bus ${String(name)}`);
    return found;
  };
  return {
    PutEvents: {
      input: { Entries: 'list!', EndpointId: 'string' },
      access: (input) =>
        entriesOf(input).map((entry) => ({
          action: 'events:PutEvents',
          resource: busOf(entry).arn,
          context: {
            'events:source': [String(entry.Source)],
            'events:detail-type': String(entry.DetailType),
          },
        })),
      run: (input) => {
        const answers = entriesOf(input).map((entry): Fields => {
          const refused = refusalOf(entry);
          if (refused) return refused;
          taken += 1;
          const { name } = busOf(entry);
          onEvent({
            at: clock.now(),
            kind: 'event',
            summary: `${String(entry.DetailType)} → bus ${name}`,
            data: { event: entry },
          });
          return { EventId: uuidFrom(`${name}/${taken}`) };
        });
        return { FailedEntryCount: answers.filter((each) => 'ErrorCode' in each).length, Entries: answers };
      },
    },
  };
};

/** One entry's error is no error of the call. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsResultEntry.html */
const refusalOf = (entry: Fields): Fields | undefined => {
  const absent = ['Source', 'DetailType', 'Detail'].find((name) => typeof entry[name] !== 'string');
  if (absent !== undefined)
    return { ErrorCode: 'InvalidArgument', ErrorMessage: `${absent} is a required argument` };
  return isJsonObject(entry.Detail)
    ? undefined
    : { ErrorCode: 'MalformedDetail', ErrorMessage: 'Detail is malformed' };
};

const isJsonObject = (detail: unknown): boolean => {
  try {
    return isFields(JSON.parse(String(detail)));
  } catch {
    return false;
  }
};
