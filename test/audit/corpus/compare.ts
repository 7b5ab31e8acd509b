import type { Facts } from '../../../lib/audit/facts';
import { readFacts } from '../../../lib/audit/read/read-facts';
import type { Outcome, Subject } from '../../../lib/audit/rule';
import { RULES } from '../../../lib/audit/rules';
import { applySuppressions } from '../../../lib/audit/suppress';
import type { CorpusCase, Expectation } from './cases';

/** What nobody declares in a foreign template, so that every node group of it has the finding. */
export const BLANKET = [
  'growth-cap-missing',
  'node-group-without-disk-alarm',
  'node-group-without-silence-alarm',
] as const;

export const isBlanket = (rule: string): boolean => BLANKET.some((one) => one === rule);

/** A day on which no suppression of the corpus could have expired. */
const NOW_MS = Date.UTC(2026, 0, 1);

/** What the audit said of a subject, by rule. */
export interface Said {
  readonly rule: string;
  readonly subject: string;
  readonly kind: Outcome['kind'];
  /** The finding's message, or why it cannot be told. */
  readonly text: string;
  readonly severity?: string;
}

export type Verdict =
  | 'correct'
  /** A finding that nobody expects. */
  | 'false-positive'
  /** Neither a finding nor a "cannot tell" where one was expected. */
  | 'miss'
  /** "Cannot tell" where a finding was expected. */
  | 'withheld'
  /** "Cannot tell" where it was expected. */
  | 'told-unknown'
  /** Neither where "cannot tell" was expected: the unknown passes. */
  | 'passed-unknown'
  /** "Cannot tell" where nothing was expected. */
  | 'extra-unknown';

export interface Compared {
  readonly case: string;
  readonly rule: string;
  readonly subject: string;
  readonly verdict: Verdict;
  /** The audit's words, or the expectation's where the audit is silent. */
  readonly text: string;
}

/** Logical ids that an outcome is about: instances that the reader put together count each. */
const subjectsOf = (subject: Subject, { nodeGroups }: Facts): string[] => {
  const group = nodeGroups.find(({ id }) => id === subject.nodeGroup);
  if (group === undefined) return [subject.place.logicalId];
  const instances = group.instances.map(({ place }) => place.logicalId);
  return instances.length > 0 ? instances : [group.place.logicalId];
};

/** Everything that the audit says of a template, passes left out. */
export const saidOf = (file: string, baseFile?: string): Said[] => {
  const head = readFacts(file);
  const base = baseFile === undefined ? undefined : readFacts(baseFile);
  const outcomes = RULES.flatMap((rule) =>
    rule.check({ head, ...(base !== undefined && { base }) }).map((outcome) => ({ rule, outcome })),
  );
  const found = outcomes.flatMap(({ rule, outcome }) =>
    outcome.kind === 'finding' ? [{ rule, outcome }] : [],
  );
  const { kept, about } = applySuppressions(found, head.suppressions, NOW_MS, { head, outcomes });
  const findings = [...kept, ...about].flatMap(({ rule, outcome }) =>
    subjectsOf(outcome.subject, head).map((subject) => ({
      rule: rule.id,
      subject,
      kind: outcome.kind,
      text: outcome.message,
      severity: outcome.severity ?? rule.severity,
    })),
  );
  const unknowns = outcomes.flatMap(({ rule, outcome }) =>
    outcome.kind === 'cannot-tell'
      ? subjectsOf(outcome.subject, head).map((subject) => ({
          rule: rule.id,
          subject,
          kind: outcome.kind,
          text: outcome.why,
        }))
      : [],
  );
  const unreadable = head.unreadable.map(({ why }) => ({
    rule: 'unreadable',
    subject: 'template',
    kind: 'cannot-tell' as const,
    text: why,
  }));
  return [...findings, ...unknowns, ...unreadable];
};

const isAbout = (expectation: Pick<Expectation, 'rule' | 'subject'>, one: Said): boolean =>
  expectation.rule === one.rule && expectation.subject === one.subject;

const expectationsOf = ({ nodeGroups, expected, cannotTell, notExpected }: CorpusCase): Expectation[] => {
  const blanket = nodeGroups.flatMap((subject) =>
    BLANKET.map((rule) => ({ rule, subject, why: 'nothing in the template is for this' })),
  );
  const named = [...expected, ...cannotTell, ...notExpected];
  return [
    ...expected,
    ...blanket.filter(
      (one) => !named.some((other) => other.rule === one.rule && other.subject === one.subject),
    ),
  ];
};

/** growth-cap-missing is only worth a note where nothing says that Headroom heals the node group. */
const isOfWrongSeverity = ({ rule, severity }: Said): boolean =>
  rule === 'growth-cap-missing' && severity !== 'note';

/** One entry for each rule and subject that either the audit or a person has something to say of. */
export const compare = (one: CorpusCase, all: readonly Said[]): Compared[] => {
  const expected = expectationsOf(one);
  const findings = all.filter(({ kind }) => kind === 'finding');
  const unknowns = all.filter(({ kind }) => kind === 'cannot-tell');
  const entry = ({ rule, subject }: Said | Expectation, verdict: Verdict, text: string): Compared => ({
    case: one.name,
    rule,
    subject,
    verdict,
    text,
  });

  const ofExpected = expected.map((expectation) => {
    const finding = findings.find((other) => isAbout(expectation, other) && !isOfWrongSeverity(other));
    if (finding !== undefined) return entry(expectation, 'correct', finding.text);
    const unknown = unknowns.find((other) => isAbout(expectation, other));
    return unknown === undefined
      ? entry(expectation, 'miss', expectation.why)
      : entry(expectation, 'withheld', unknown.text);
  });
  const ofCannotTell = one.cannotTell
    .filter((expectation) => !findings.some((other) => isAbout(expectation, other)))
    .map((expectation) => {
      const unknown = unknowns.find((other) => isAbout(expectation, other));
      return unknown === undefined
        ? entry(expectation, 'passed-unknown', expectation.why)
        : entry(expectation, 'told-unknown', unknown.text);
    });
  const falsePositives = findings
    .filter(
      (other) => isOfWrongSeverity(other) || !expected.some((expectation) => isAbout(expectation, other)),
    )
    .map((other) => entry(other, 'false-positive', other.text));
  const extraUnknowns = unknowns
    .filter((other) => ![...expected, ...one.cannotTell].some((expectation) => isAbout(expectation, other)))
    .map((other) => entry(other, 'extra-unknown', other.text));

  const entries = [...ofExpected, ...ofCannotTell, ...falsePositives, ...extraUnknowns];
  const key = ({ rule, subject, verdict }: Compared): string => `${rule} ${subject} ${verdict}`;
  return entries.filter((each, index) => entries.findIndex((other) => key(other) === key(each)) === index);
};
