import type { Facts, LiveNodeGroup, Place } from './facts';

export const SEVERITIES = ['error', 'warning', 'note'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** What a rule is about in one case. */
export interface Subject {
  readonly place: Place;
  /** {@link NodeGroupFacts.id}, where it is about a node group. */
  readonly nodeGroup?: string;
  /** For people: the node group's, alarm's or volume's name. */
  readonly name: string;
}

/** An edit of an environment file that mends a finding. */
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
      /** What to do here, one imperative sentence. @default - the rule's */
      readonly mend?: string;
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
  /** Milliseconds since the epoch, for expiries. */
  readonly nowMs: number;
}

/** One rule, one file. `check` is pure and never throws. */
export interface Rule {
  /** Kebab case, stable: suppressions, SARIF and docs/audit/<id>.md hang on it. */
  readonly id: string;
  readonly severity: Severity;
  /** A few words. */
  readonly title: string;
  /** What it looks at. One or two sentences. */
  readonly what: string;
  /** What happens to those who ignore it. */
  readonly why: string;
  /** How to mend it, in general. */
  readonly mend: string;
  /** Every case it looked at, passes included: an empty answer means that there was nothing to look at. */
  readonly check: (audited: Audited) => readonly Outcome[];
}
