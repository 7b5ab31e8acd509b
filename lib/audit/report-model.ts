import type { Suppression, Unreadable } from './facts';
import type { Figure } from '../tables/figure';
import type { Fix, Severity, Subject } from './rule';

/** One node group at one revision. */
export interface NodeGroupFigures {
  readonly nodes: { readonly min: Figure; readonly max: Figure };
  readonly sizeGiB: Figure;
  readonly maxSizeGiB: Figure;
  /** What the sizing model wants for its role. */
  readonly recommendedGiB: Figure;
  readonly growthGiBPerDay: Figure;
  readonly growthSource: 'measured' | 'declared' | 'none';
  /** Days from a fresh node until `/` is at each level, if nothing heals; `cap`: until no healing can grow it any more. */
  readonly days: {
    readonly warning: Figure;
    readonly critical: Figure;
    readonly emergency: Figure;
    readonly full: Figure;
    readonly cap: Figure;
  };
  /** US dollars a month for the root volumes of the whole group at its minimum, its maximum, and its maximum at the cap. */
  readonly costPerMonth: { readonly atMin: Figure; readonly atMax: Figure; readonly atCap: Figure };
  /** Used percent of `/` over time, with the healing's growth steps, for the HTML's chart. */
  readonly curve: readonly { readonly day: number; readonly usedPercent: number; readonly sizeGiB: number }[];
}

export interface NodeGroupReview {
  readonly id: string;
  readonly name: string;
  readonly role: 'control-plane' | 'worker' | 'unknown';
  readonly change: 'added' | 'removed' | 'changed' | 'unchanged' | 'not-compared';
  /** What changes besides the figures, e.g. `instance type m7i.large → m7i.xlarge`. @default - nothing */
  readonly changes?: readonly string[];
  /** What the change does to the nodes that run. @default 'none' */
  readonly replacement?: 'none' | 'new-nodes-only' | 'rolling' | 'replaced' | 'unknown';
  readonly before?: NodeGroupFigures;
  readonly after?: NodeGroupFigures;
  /** Levels for the chart. */
  readonly levels?: {
    readonly warningPercent: number;
    readonly criticalPercent: number;
    readonly emergencyPercent: number;
  };
}

export interface ReportedFinding {
  readonly rule: string;
  readonly title: string;
  readonly severity: Severity;
  readonly subject: Subject;
  readonly message: string;
  readonly why: string;
  readonly remediation: string;
  readonly fix?: Fix;
  /** Where a person sees it: the environment file's line where it is known, else the template's. */
  readonly at: { readonly file: string; readonly line?: number };
  /** Not in the base: this change brought it. undefined: nothing to compare with. */
  readonly isNew?: boolean;
}

export interface AuditReport {
  readonly schema: 1;
  /** ISO time. */
  readonly at: string;
  readonly audited: string;
  readonly base?: string;
  readonly verdict: 'clean' | 'findings';
  /** The level from which on findings fail the audit. */
  readonly failOn: Severity | 'never';
  readonly failed: boolean;
  /** Not suppressed. */
  readonly findings: readonly ReportedFinding[];
  readonly suppressed: readonly (ReportedFinding & { readonly suppression: Suppression })[];
  readonly cannotTell: readonly { readonly rule: string; readonly subject: Subject; readonly why: string }[];
  readonly unreadable: readonly Unreadable[];
  /** Every rule that ran, with how many cases passed. */
  readonly rules: readonly { readonly id: string; readonly passed: number; readonly looked: number }[];
  readonly nodeGroups: readonly NodeGroupReview[];
  readonly prices: {
    readonly date: string;
    readonly source: string;
    readonly unknownRegions: readonly string[];
  };
}
