import type { Verdict } from '../../domain/outcome/verdict';
import type { GuestDiskFigures } from '../../../packages/local-aws/src';

/** A healing's verdict, or `silent`: no one acts and no one knows, the one ending that Headroom must never have. */
export type DrillVerdict = Verdict | 'silent';

/** What `report.json` holds. Every figure of the node is read inside the VM. */
export interface DrillReport {
  readonly scenario: string;
  readonly title: string;
  /** What the drill itself measured; see {@link DrillReport.claimed} for what the system said. */
  readonly verdict: DrillVerdict;
  /** What the healing reported of itself, or null when it reported nothing. */
  readonly claimed: string | null;
  readonly expected: Readonly<Record<string, unknown>>;
  readonly asExpected: boolean;
  /** One line for each way in which the outcome is not what the scenario expects. */
  readonly differences: readonly string[];
  readonly node: { readonly role: string; readonly rootFs: string; readonly diskGiB: number };
  readonly environment: string;
  readonly before: GuestDiskFigures;
  readonly after: GuestDiskFigures;
  readonly steps: readonly DrillStep[];
  readonly apiCalls: Readonly<Record<string, number>>;
  /** From the full disk to the first measurement, of bytes and inodes, at or below the target; null when that never came. */
  readonly timeToHealSeconds: number | null;
  readonly startedAt: string;
  /** When second 0 of `curve`, `timeline`, `messages`, `opsItems` and `answers` was. ISO 8601. */
  readonly zeroAt: string;
  readonly seconds: number;
  readonly levels: {
    readonly targetPercent: number;
    readonly warningPercent: number;
    readonly criticalPercent: number;
    readonly emergencyPercent: number;
  };
  /** The disk over time, read inside the VM. */
  readonly curve: readonly DiskSample[];
  readonly timeline: readonly TimelineEntry[];
  /** What operators would have received, in the order in which it was sent. */
  readonly messages: readonly SentMessage[];
  readonly opsItems: readonly OpenedOpsItem[];
  /** What an operator answered to Headroom's questions. */
  readonly answers: readonly DrillAnswer[];
  readonly evidence: Readonly<Record<string, unknown>>;
}

/** As a topic had it: the text of a mail, or the JSON of which a chat or CloudWatch's mail is made. */
export interface SentMessage {
  readonly atSeconds: number;
  readonly subject: string;
  readonly text: string;
}

/** As it stood at the end. */
export interface OpenedOpsItem {
  readonly atSeconds: number;
  readonly id: string;
  readonly title: string;
  readonly description: string;
  /** 1 (critical) to 4; null: none was given. */
  readonly severity: string | null;
  readonly status: string;
}

export interface DrillAnswer {
  readonly atSeconds: number;
  /** Subject of the message that asked. */
  readonly question: string;
  readonly answer: 'approve' | 'reject';
  /** The message's own, as it was run. */
  readonly command: string;
}

export interface DrillStep {
  readonly executionId: string;
  /** The document's name, e.g. `headroom-prod-HealNode`. */
  readonly document: string;
  readonly name: string;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly seconds: number;
  readonly status: string;
  readonly bytesFreed?: number;
  readonly detail: string;
}

export interface DiskSample {
  /** Seconds since the drill's disk was full. */
  readonly atSeconds: number;
  readonly usedPercent: number;
  readonly availableBytes: number;
  readonly sizeBytes: number;
  readonly inodesUsedPercent: number;
}

export interface TimelineEntry {
  readonly atSeconds: number;
  readonly kind: string;
  readonly summary: string;
}
