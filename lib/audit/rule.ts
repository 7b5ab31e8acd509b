import type { Facts, LiveNodeGroup, Place, Suppression } from './facts';

export const SEVERITIES = ['error', 'warning', 'note'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** What a rule is about in one case. */
export interface Subject {
  readonly place: Place;
  /** {@link NodeGroupFacts.id}, where it is about a node group. */
  readonly nodeGroup?: string;
  /** For readers: the node group's, alarm's or volume's name. */
  readonly name: string;
}

/** An edit of an environment file that resolves a finding. */
export interface Fix {
  readonly file: string;
  /** Dotted path, e.g. `workerGroups.general.rootVolume.sizeGiB`. */
  readonly path: string;
  readonly value: number | string | boolean;
}

export type Outcome =
  | { readonly kind: 'pass'; readonly subject: Subject }
  /** A fact that the rule needs is unknown. Reported, never passed. */
  | { readonly kind: 'cannot-tell'; readonly subject: Subject; readonly why: string }
  | {
      readonly kind: 'finding';
      readonly subject: Subject;
      /** One sentence with the figures, e.g. `/ of general starts with 8 GiB, below the minimum of 20 GiB.` */
      readonly message: string;
      /** What to do here, one imperative sentence. @default - the first paragraph of the rule's fix */
      readonly remediation?: string;
      /** @default - the rule's */
      readonly severity?: Severity;
      readonly fix?: Fix;
    };

/** What rules may look at. */
export interface Audited {
  readonly head: Facts;
  /** undefined: nothing to compare with; rules about changes have no outcome then. */
  readonly base?: Facts;
  readonly live?: readonly LiveNodeGroup[];
}

/** How a suppression did, once every other rule has judged. */
export interface JudgedSuppression {
  readonly suppression: Suppression;
  readonly hasReason: boolean;
  /** `not-a-day`: its last day is not a date. */
  readonly expiry: 'none' | 'ahead' | 'over' | 'not-a-day';
  /** It is valid, its rule looked, and it matched no finding. */
  readonly isUnused: boolean;
  readonly isOfKnownRule: boolean;
}

/** What a finding about a suppression says after the suppression's name. */
export interface SuppressionFinding {
  readonly message: string;
  readonly remediation?: string;
}

/** Paragraphs of Markdown. The first is plain text and stands by itself: reports and SARIF show it alone. */
export type Prose = readonly [summary: string, ...details: string[]];

/** Two CloudFormation templates of which only the first has the finding. Shown on the rule's page, and run by a test. */
export interface Example {
  readonly fails: string;
  readonly passes: string;
  /** What both are compared with. */
  readonly base?: string;
  /** Volumes that the account has, with `--live`: the node group's name → GiB. */
  readonly liveGiB?: Readonly<Record<string, number>>;
}

type FactKind = Exclude<keyof Facts, 'stacks' | 'unreadable'>;
/** `base` and `live`: without them the rule does not run. `live?`: without it, it may have nothing to look at. */
export type Need = FactKind | 'base' | 'live' | 'live?';

/** One rule, one file, one entry in rules/index.ts. Its page and every table of rules are generated from it. */
export interface Rule {
  /** Kebab case, stable: suppressions, SARIF and docs/audit/<id>.md hang on it. */
  readonly id: string;
  readonly severity: Severity;
  /** A few words. */
  readonly title: string;
  readonly needs: readonly Need[];
  /** What it looks at. */
  readonly what: Prose;
  /** What happens to those who ignore it. */
  readonly why: Prose;
  /** How to fix it, in general. */
  readonly fix: Prose;
  /** A reason for which its finding may be suppressed. undefined: it cannot be. */
  readonly acceptable?: string;
  readonly examples: readonly [Example, ...Example[]];
  /** Every case it looked at, passes included: an empty answer means that there was nothing to look at. Pure, never throws. */
  readonly check: (audited: Audited) => readonly Outcome[];
  /** Of rules about suppressions, which judge after all others. */
  readonly checkSuppression?: (judged: JudgedSuppression) => SuppressionFinding | undefined;
}

/** What the check of a rule with these needs sees: a fact that it does not declare is not there. */
type Needed<N extends Need> = {
  readonly head: Pick<Facts, N & FactKind>;
  readonly live?: Audited['live'];
} & ('base' extends N ? { readonly base: Pick<Facts, N & FactKind> } : unknown) &
  ('live' extends N ? { readonly live: NonNullable<Audited['live']> } : unknown);

export type Declaration<N extends Need> = Omit<Rule, 'needs' | 'check' | 'checkSuppression'> & {
  readonly needs: readonly N[];
  readonly check: (audited: Needed<N>) => readonly Outcome[];
};

/** Whether there is all that a rule cannot do without. */
export const canRun = (
  { needs }: Pick<Rule, 'needs'>,
  { base, live }: Pick<Audited, 'base' | 'live'>,
): boolean =>
  (base !== undefined || !needs.includes('base')) && (live !== undefined || !needs.includes('live'));

/** A rule whose check sees the facts that it declares to need, and nothing else. */
export const defineRule = <const N extends Need>(declaration: Declaration<N>): Rule => ({
  ...declaration,
  check: (audited) =>
    canRun(declaration, audited) ? declaration.check(audited as unknown as Needed<N>) : [],
});

/** A rule about the suppressions of the other rules. */
export const defineSuppressionRule = (
  declaration: Omit<Rule, 'needs' | 'check'> & Required<Pick<Rule, 'checkSuppression'>>,
): Rule => ({ ...declaration, needs: ['suppressions'], check: () => [] });

/** A template as a rule writes it in its file: without the indentation that all of its lines share. */
export const yaml = (strings: TemplateStringsArray, ...values: readonly (string | number)[]): string => {
  const lines = String.raw({ raw: strings }, ...values)
    .replace(/^\n/, '')
    .trimEnd()
    .split('\n');
  const indents = lines.filter((line) => line.trim() !== '').map((line) => /^ */.exec(line)?.[0].length ?? 0);
  return lines.map((line) => line.slice(Math.min(...indents))).join('\n');
};
