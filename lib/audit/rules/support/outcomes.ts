import type { AlarmFacts, Fact, NodeGroupFacts, Place } from '../../facts';
import type { Fix, Outcome, Severity, Subject } from '../../rule';

export type Finding = Extract<Outcome, { kind: 'finding' }>;

export const groupSubject = ({ place, id, name }: NodeGroupFacts): Subject => ({
  place,
  nodeGroup: id,
  name,
});

/** Any resource, by the name that it has or else by its logical id. */
export const placeSubject = (place: Place, name?: Fact<string>): Subject => ({
  place,
  name: name?.state === 'known' && name.value !== '' ? name.value : place.logicalId,
});

export const alarmSubject = ({ place, name }: AlarmFacts): Subject => placeSubject(place, name);

export const pass = (subject: Subject): Outcome => ({ kind: 'pass', subject });

export const cannotTell = (subject: Subject, why: string): Outcome => ({ kind: 'cannot-tell', subject, why });

export const finding = (
  subject: Subject,
  message: string,
  more: {
    readonly remediation?: string | undefined;
    readonly severity?: Severity | undefined;
    readonly fix?: Fix | undefined;
  } = {},
): Outcome => ({
  kind: 'finding',
  subject,
  message,
  ...(more.remediation !== undefined && { remediation: more.remediation }),
  ...(more.severity !== undefined && { severity: more.severity }),
  ...(more.fix !== undefined && { fix: more.fix }),
});

/** e.g. `a, b and c`. */
export const listed = (words: readonly string[]): string =>
  words.length < 2 ? (words[0] ?? 'none') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;

/** At most two decimals, e.g. `8`, `12.5`. */
export const figure = (value: number): string => String(Number(value.toFixed(2)));

/** Clauses as one sentence: `the volume Data is gp2` → `The volume Data is gp2.` */
export const sentence = (clauses: string): string => `${clauses.charAt(0).toUpperCase()}${clauses.slice(1)}.`;
