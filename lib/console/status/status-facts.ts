import type { MetricSample } from '../../domain/names/disk-metric';
import type { VolumeModification } from '../../domain/plan/ebs-budget';
import type { UsageSample } from '../../domain/sizing/growth-forecast';
import type { GrowthBudget } from '../../domain/plan/growth-budget';
import type { Known } from '../../domain/known';
import type { Pause } from '../../domain/pause/pause';

/** One instance as EC2 describes it. */
export interface ListedNode {
  readonly instanceId: string;
  readonly state: string;
  readonly tags: Readonly<Record<string, string>>;
  /** undefined: no EBS root. */
  readonly rootVolumeId: string | undefined;
}

/** One execution of HealNode. */
export interface ListedHeal {
  /** undefined: its outputs name none, and it is not under way. */
  readonly instanceId: string | undefined;
  readonly startedAtMs: number;
  /** The report's verdict (with the time of a wait), `under way`, or Automation's status where there is no report. */
  readonly verdict: string;
}

export interface ListedAlarm {
  readonly name: string;
  /** From its dimensions; undefined: it watches more than one node. */
  readonly instanceId: string | undefined;
}

/** What is known of a node's metrics. */
export interface NodeSeries {
  /** `/` of the last minutes, bytes or inodes, whichever is fuller. */
  readonly lately: readonly UsageSample[];
  /** `/` of the last {@link HISTORY_DAYS}, bytes alone. */
  readonly history: readonly UsageSample[];
  /** Volume modifications that Headroom made in the last 24 h. */
  readonly grows: readonly MetricSample[];
}

/** Hours are kept for 455 days; two weeks are enough for a trend and few datapoints. */
export const HISTORY_DAYS = 14;

/** Everything `headroom status` read; each source may be missing. */
export interface StatusFacts {
  readonly nodes: readonly ListedNode[];
  readonly volumes: Known<ReadonlyMap<string, number>>;
  /** The latest modification of each volume that has one. */
  readonly modifications: Known<ReadonlyMap<string, VolumeModification>>;
  readonly series: Known<ReadonlyMap<string, NodeSeries>>;
  readonly heals: Known<readonly ListedHeal[]>;
  readonly alarms: Known<readonly ListedAlarm[]>;
  /** Agents' ping status by instance. */
  readonly agents: Known<ReadonlyMap<string, string>>;
  /** Those in effect. */
  readonly pauses: Known<readonly Pause[]>;
  /** What healing bought this month, and may still buy for workers. */
  readonly growth: Known<GrowthBudget>;
}
