import type { Facts, LiveNodeGroup, NodeGroupFacts, Suppression } from './facts';
import { findingKey } from './finding-key';
import type { AuditReport, NodeGroupFigures, NodeGroupReview, ReportedFinding } from './report-model';
import type { Outcome, Rule } from './rule';
import { changesOf, replacementOf } from './node-group-change';
import { fails, severityRank } from './severity';

export type FindingOutcome = Extract<Outcome, { kind: 'finding' }>;

/** A rule's finding, before suppressions. */
export interface Found {
  readonly rule: Rule;
  readonly outcome: FindingOutcome;
}

/** What the audit is put together from; `bin/` gives the real ones. All of them are pure. */
export interface AuditPieces {
  readonly rules: readonly Rule[];
  /** Parts the accepted findings from the others; `about` are findings about the suppressions themselves. */
  readonly suppress: (
    found: readonly Found[],
    suppressions: readonly Suppression[],
    nowMs: number,
    context: { readonly head: Facts; readonly outcomes: Judged['outcomes'] },
  ) => {
    readonly kept: readonly Found[];
    readonly suppressed: readonly { readonly found: Found; readonly suppression: Suppression }[];
    readonly about: readonly Found[];
  };
  readonly figuresOf: (group: NodeGroupFacts, live: LiveNodeGroup | undefined) => NodeGroupFigures;
  /** 1-based line of a dotted path in an environment file; undefined where the file or the path is not there. */
  readonly lineOf: (file: string, path: string) => number | undefined;
  /** The price table's provenance, with those of the given regions that it does not know. */
  readonly pricesFor: (regions: readonly string[]) => AuditReport['prices'];
}

export interface AuditInput {
  readonly head: Facts;
  readonly base?: Facts;
  readonly live?: readonly LiveNodeGroup[];
  /** Suppressions of a file, besides those in the templates' metadata. */
  readonly suppressions: readonly Suppression[];
  readonly nowMs: number;
  /** For people: what was audited and what it was compared with. */
  readonly audited: string;
  readonly baseName?: string;
  readonly failOn: AuditReport['failOn'];
}

interface Judged {
  readonly outcomes: readonly { readonly rule: Rule; readonly outcome: Outcome }[];
  readonly found: readonly Found[];
}

const judge = (rules: readonly Rule[], audited: Parameters<Rule['check']>[0]): Judged => {
  const outcomes = rules.flatMap((rule) => rule.check(audited).map((outcome) => ({ rule, outcome })));
  return {
    outcomes,
    found: outcomes.flatMap(({ rule, outcome }) => (outcome.kind === 'finding' ? [{ rule, outcome }] : [])),
  };
};

/** How often each finding stands in the base, where it was judged without anything to compare with. */
const countsOf = (found: readonly Found[]): Map<string, number> => {
  const counts = new Map<string, number>();
  for (const { rule, outcome } of found) {
    const key = findingKey(rule.id, outcome.subject);
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
};

/** The environment file's line where it is known, else the template's. */
const placeToShow = (
  { subject, fix }: FindingOutcome,
  lineOf: AuditPieces['lineOf'],
): ReportedFinding['at'] => {
  const { declaredIn, file, line } = subject.place;
  const declared = fix ?? declaredIn;
  const declaredLine = declared && lineOf(declared.file, declared.path);
  if (declared && declaredLine !== undefined) return { file: declared.file, line: declaredLine };
  return line === undefined ? { file } : { file, line };
};

const worstFirst = (a: ReportedFinding, b: ReportedFinding): number =>
  Number(b.isNew ?? false) - Number(a.isNew ?? false) ||
  severityRank(a.severity) - severityRank(b.severity) ||
  a.rule.localeCompare(b.rule) ||
  a.subject.name.localeCompare(b.subject.name);

/** What changes a node group for its reader, besides the figures. */
const traits = ({
  instanceTypes,
  image,
  rootVolume,
  nodes,
  imdsV2Required,
  userData,
  policy,
}: NodeGroupFacts): unknown => ({
  instanceTypes,
  image,
  rootVolume,
  nodes,
  imdsV2Required,
  userData,
  policy,
});

const changeOf = (before: unknown, after: unknown): 'changed' | 'unchanged' =>
  JSON.stringify(before) === JSON.stringify(after) ? 'unchanged' : 'changed';

const reviewNodeGroups = (
  { head, base, live }: AuditInput,
  { figuresOf }: AuditPieces,
  touched: ReadonlySet<string>,
  replaced: ReadonlySet<string>,
): NodeGroupReview[] => {
  const liveOf = (id: string): LiveNodeGroup | undefined => live?.find((group) => group.id === id);
  const named = ({ id, name, role, policy }: NodeGroupFacts) => ({
    id,
    name,
    role,
    ...(policy.diskLevels === undefined ? {} : { levels: policy.diskLevels }),
  });
  const reviews = head.nodeGroups.map((group): NodeGroupReview => {
    const after = figuresOf(group, liveOf(group.id));
    if (!base) return { ...named(group), change: 'not-compared', after };
    const old = base.nodeGroups.find(({ id }) => id === group.id);
    if (!old) return { ...named(group), change: 'added', after };
    // The measured growth is the account's, not a revision's: both get it.
    const before = figuresOf(old, liveOf(old.id));
    const change = touched.has(group.id)
      ? 'changed'
      : changeOf([before, traits(old)], [after, traits(group)]);
    return {
      ...named(group),
      change,
      changes: changesOf(old, group),
      replacement: replacementOf(old, group, replaced),
      before,
      after,
    };
  });
  const kept = new Set(head.nodeGroups.map(({ id }) => id));
  const removed = (base?.nodeGroups ?? [])
    .filter(({ id }) => !kept.has(id))
    .map((group): NodeGroupReview => ({
      ...named(group),
      change: 'removed',
      before: figuresOf(group, liveOf(group.id)),
    }));
  return [...reviews, ...removed];
};

const regionsOf = (facts: readonly (Facts | undefined)[]): string[] => [
  ...new Set(
    facts.flatMap((one) =>
      (one?.nodeGroups ?? []).flatMap(({ region }) => (region.state === 'known' ? [region.value] : [])),
    ),
  ),
];

/** Facts → rules → suppressions → figures → report. Pure: reads no file, clock or account. */
export const audit = (input: AuditInput, pieces: AuditPieces): AuditReport => {
  const { head, base, live, nowMs } = input;
  const { outcomes, found } = judge(pieces.rules, {
    head,
    ...(base === undefined ? {} : { base }),
    ...(live === undefined ? {} : { live }),
  });
  const suppressionsOf = (facts: Facts) => [...facts.suppressions, ...input.suppressions];
  const { kept, suppressed, about } = pieces.suppress(found, suppressionsOf(head), nowMs, { head, outcomes });

  // The base alone: what it has too, this change did not bring.
  const old = base && judge(pieces.rules, { head: base });
  const inBase =
    old &&
    countsOf([
      ...old.found,
      ...pieces.suppress(old.found, suppressionsOf(base), nowMs, { head: base, outcomes: old.outcomes })
        .about,
    ]);
  const isNew = (key: string): boolean => {
    const left = inBase?.get(key) ?? 0;
    inBase?.set(key, left - 1);
    return left <= 0;
  };
  const reported = ({ rule, outcome }: Found): ReportedFinding => ({
    rule: rule.id,
    title: rule.title,
    severity: outcome.severity ?? rule.severity,
    subject: outcome.subject,
    message: outcome.message,
    why: rule.why[0],
    remediation: outcome.remediation ?? rule.fix[0],
    ...(outcome.fix === undefined ? {} : { fix: outcome.fix }),
    at: placeToShow(outcome, pieces.lineOf),
    ...(inBase === undefined ? {} : { isNew: isNew(findingKey(rule.id, outcome.subject)) }),
  });

  const findings = [...kept, ...about].map(reported).sort(worstFirst);
  const accepted = suppressed.map(({ found: one, suppression }) => ({ ...reported(one), suppression }));
  const touched = new Set(
    [...findings, ...accepted].flatMap(({ isNew: fresh, subject }) =>
      fresh === true && subject.nodeGroup !== undefined ? [subject.nodeGroup] : [],
    ),
  );
  const replaced = new Set(
    [...findings, ...accepted].flatMap(({ rule, subject }) =>
      rule === 'instance-replaced' && subject.nodeGroup !== undefined ? [subject.nodeGroup] : [],
    ),
  );
  const looked = (id: string) => outcomes.filter(({ rule }) => rule.id === id);
  return {
    schema: 1,
    at: new Date(nowMs).toISOString(),
    audited: input.audited,
    ...(input.baseName === undefined ? {} : { base: input.baseName }),
    verdict: findings.length === 0 ? 'clean' : 'findings',
    failOn: input.failOn,
    failed: findings.some(({ severity }) => fails(severity, input.failOn)),
    findings,
    suppressed: accepted,
    cannotTell: outcomes.flatMap(({ rule, outcome }) =>
      outcome.kind === 'cannot-tell' ? [{ rule: rule.id, subject: outcome.subject, why: outcome.why }] : [],
    ),
    unreadable: head.unreadable,
    rules: pieces.rules.map(({ id }) => ({
      id,
      passed: looked(id).filter(({ outcome }) => outcome.kind === 'pass').length,
      looked: looked(id).length,
    })),
    nodeGroups: reviewNodeGroups(input, pieces, touched, replaced),
    prices: pieces.pricesFor(regionsOf([head, base])),
  };
};
