import type { Facts, NodeGroupFacts, Place, Suppression } from './facts';
import type { JudgedSuppression, Outcome, Rule, Subject } from './rule';
import { RULES } from './rules';

export { SUPPRESSION_FILE, SuppressionFileError, loadSuppressions } from './suppression-file';

/** A rule's finding. */
export interface Found {
  readonly rule: Rule;
  readonly outcome: Extract<Outcome, { kind: 'finding' }>;
}

export interface Suppressed {
  /** Not suppressed. */
  readonly kept: readonly Found[];
  readonly suppressed: readonly { readonly found: Found; readonly suppression: Suppression }[];
  /** About the suppressions themselves; nothing suppresses these. */
  readonly about: readonly Found[];
}

export interface SuppressionContext {
  /** Has the node groups whose launch template or instance declares a suppression. @default - only its own logical id counts */
  readonly head?: Facts;
  /**
   * Every outcome of every rule. A rule that had none, or could not tell, does not make its suppressions unused.
   * @default - the rules that had findings, and all that need no base and no account, count as having looked
   */
  readonly outcomes?: readonly { readonly rule: Rule; readonly outcome: Outcome }[];
}

const DAY_MS = 86_400_000;

/** When its last day, in UTC, is over. Milliseconds since the epoch; undefined: it has none; NaN: it is not a day. */
const endOf = ({ expires }: Suppression): number | undefined => {
  if (expires === undefined) return undefined;
  const start = /^\d{4}-\d{2}-\d{2}$/.test(expires) ? Date.parse(`${expires}T00:00:00Z`) : NaN;
  // Date.parse takes 31 April for 1 May.
  const isDay = Number.isFinite(start) && new Date(start).toISOString().startsWith(expires);
  return isDay ? start + DAY_MS : NaN;
};

const expiryOf = (suppression: Suppression, nowMs: number): JudgedSuppression['expiry'] => {
  const endMs = endOf(suppression);
  if (endMs === undefined) return 'none';
  if (Number.isNaN(endMs)) return 'not-a-day';
  return nowMs < endMs ? 'ahead' : 'over';
};

const hasReason = ({ reason }: Suppression): boolean => reason.trim() !== '';

const isSame = (a: Place, b: Place): boolean => a.file === b.file && a.logicalId === b.logicalId;

/** Resources whose metadata speak for the subject: its own, and of its node group what all nodes have in common. */
const declaringPlaces = (subject: Subject, group: NodeGroupFacts | undefined): Place[] => {
  if (group === undefined) return [subject.place];
  const instances = group.instances.map(({ place }) => place);
  const isInstance = instances.some((place) => isSame(place, subject.place));
  const common = [group.place, group.launchTemplate].filter((place) => place !== undefined);
  // A finding about one of several instances is not accepted by what another of them declares.
  return isInstance && instances.length > 1
    ? [subject.place, ...common.filter((place) => !instances.some((one) => isSame(one, place)))]
    : [subject.place, ...common, ...instances];
};

const covers = (suppression: Suppression, subject: Subject, head: Facts | undefined): boolean => {
  const { subject: named, place: declaredAt, within } = suppression;
  if (within !== undefined && within !== subject.place.file) return false;
  const group =
    subject.nodeGroup === undefined ? undefined : head?.nodeGroups.find(({ id }) => id === subject.nodeGroup);
  const places = declaringPlaces(subject, group);
  if (named !== undefined)
    return (
      [subject.name, subject.nodeGroup, group?.name].includes(named) ||
      places.some(({ logicalId, constructPath }) => logicalId === named || constructPath === named)
    );
  const { file, logicalId } = declaredAt;
  return logicalId === undefined || places.some((place) => isSame(place, { ...place, file, logicalId }));
};

const titleOf = ({ rule, subject }: Suppression): string =>
  subject === undefined ? `suppression of ${rule}` : `suppression of ${rule} for ${subject}`;

const subjectOf = (suppression: Suppression): Subject => {
  const { file, line, logicalId } = suppression.place;
  return {
    place: {
      file,
      stackName: '',
      logicalId: logicalId ?? titleOf(suppression),
      resourceType: 'Headroom::Suppression',
      ...(line !== undefined && { line }),
    },
    name: titleOf(suppression),
  };
};

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** Whether its rule has nothing to say without `--base` or `--live`. */
const needsMore = ({ rule }: Suppression): boolean =>
  RULES.some((one) => one.id === rule && one.needs.some((need) => /^(base|live)/.test(need)));

/** Whether the rule looked at what it is about, and could tell. */
const hasLooked = (
  suppression: Suppression,
  found: readonly Found[],
  { head, outcomes }: SuppressionContext,
): boolean => {
  if (outcomes === undefined)
    return found.some(({ rule }) => rule.id === suppression.rule) || !needsMore(suppression);
  const own = outcomes.filter(({ rule }) => rule.id === suppression.rule);
  const open = own.some(
    ({ outcome }) => outcome.kind === 'cannot-tell' && covers(suppression, outcome.subject, head),
  );
  return !open && (own.length > 0 || !needsMore(suppression));
};

/** What the rules about suppressions say of one. */
const about = (judged: JudgedSuppression): Found[] =>
  RULES.flatMap((rule) => {
    const said = rule.checkSuppression?.(judged);
    if (said === undefined) return [];
    const { suppression } = judged;
    return [
      {
        rule,
        outcome: {
          ...said,
          kind: 'finding',
          subject: subjectOf(suppression),
          message: `${capital(titleOf(suppression))} ${said.message}`,
        },
      },
    ];
  });

/**
 * Parts the findings that their owner accepts from the others. A suppression without a reason, or past its last day,
 * suppresses nothing and is a finding itself; so is one that matches nothing.
 */
export const applySuppressions = (
  found: readonly Found[],
  suppressions: readonly Suppression[],
  nowMs: number,
  context: SuppressionContext = {},
): Suppressed => {
  const { head } = context;
  const valid = suppressions.filter(
    (one) => hasReason(one) && ['none', 'ahead'].includes(expiryOf(one, nowMs)),
  );
  const matching = ({ rule, outcome }: Found): Suppression[] =>
    valid.filter((one) => one.rule === rule.id && covers(one, outcome.subject, head));
  const matched = found.map((one) => ({ found: one, by: matching(one) }));
  const used = new Set(matched.flatMap(({ by }) => by));
  return {
    kept: matched.flatMap(({ found: one, by }) => (by.length === 0 ? [one] : [])),
    suppressed: matched.flatMap(({ found: one, by: [suppression] }) =>
      suppression === undefined ? [] : [{ found: one, suppression }],
    ),
    about: suppressions.flatMap((one) =>
      about({
        suppression: one,
        hasReason: hasReason(one),
        expiry: expiryOf(one, nowMs),
        isUnused: valid.includes(one) && !used.has(one) && hasLooked(one, found, context),
        isOfKnownRule: RULES.some(({ id }) => id === one.rule),
      }),
    ),
  };
};
