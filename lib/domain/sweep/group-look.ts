import type { DiskPolicy } from '../plan/disk-policy';
import type { MetricSample } from '../names/disk-metric';

const MINUTE_MS = 60_000;
/** Between two sweeps. Minutes. */
export const SWEEP_MINUTES = 5;
/**
 * Every node is looked at by itself so often, whatever its group reports: that finds a node that reports for itself and not
 * for its group, and one whose silence the reports of a node that has just ended hide. Minutes.
 */
export const LOOK_AT_EACH_MINUTES = 30;
/** Reports of so many whole minutes are counted; half of what `FRESH_MINUTES` allows a node that is not silent. */
const COUNTED_MINUTES = 5;
/** What agents send takes a moment to be counted: the newest whole minute is left out. */
const LATE_MINUTES = 1;
/** Agents report once a minute. `WorkerSilenceAlarm` has the same bound: more than half a node. */
const TOLERATED_REPORTS = COUNTED_MINUTES / 2;

/** What the agents of one Auto Scaling group report together, minute by minute, in any order. */
export interface GroupReports {
  /** Of bytes, the highest of the group. */
  readonly maximumUsedPercent: readonly MetricSample[];
  /** How many reports there were. */
  readonly reports: readonly MetricSample[];
  readonly maximumInodesUsed: readonly MetricSample[];
  readonly minimumInodesTotal: readonly MetricSample[];
}

/** Which series of each of a group's nodes must be read, since those of the group do not prove that all is well. */
export interface GroupNeeds {
  readonly bytes: boolean;
  readonly inodes: boolean;
}

/** The minutes that are counted. Milliseconds since the epoch; the end is not in it. */
export const countedMinutes = (nowMs: number): { readonly fromMs: number; readonly toMs: number } => {
  const toMs = (Math.floor(nowMs / MINUTE_MS) - LATE_MINUTES) * MINUTE_MS;
  return { fromMs: toMs - COUNTED_MINUTES * MINUTE_MS, toMs };
};

type Moment = Pick<MetricSample, 'atMs'>;

/** How many of a node's reports are among its group's. Where one is missing, it fell on the other side of a minute. */
const reportsOf = (samples: readonly Moment[], nowMs: number): number => {
  const { fromMs, toMs } = countedMinutes(nowMs);
  const minutes = samples.filter(({ atMs }) => atMs >= fromMs && atMs < toMs).length;
  return minutes >= COUNTED_MINUTES - 1 ? COUNTED_MINUTES : minutes;
};

/**
 * What the group's own series leave open. They say that every node is below the warning level where the fullest one is:
 * no node has a larger share of its inodes than the most used ones of the fewest. They say that every node reports
 * where all reports, less those of the nodes whose own series were read, are as many as the other nodes must have sent.
 * @param read samples of each of the group's nodes whose own series were read
 * @param unread how many other nodes the group has
 */
export const groupNeeds = (
  { maximumUsedPercent, reports, maximumInodesUsed, minimumInodesTotal }: GroupReports,
  read: readonly (readonly Moment[])[],
  unread: number,
  { warningPercent }: DiskPolicy,
  nowMs: number,
): GroupNeeds => {
  const { fromMs, toMs } = countedMinutes(nowMs);
  const lately = (samples: readonly MetricSample[]): readonly number[] =>
    samples.filter(({ atMs }) => atMs >= fromMs).map(({ value }) => value);
  const counted = reports
    .filter(({ atMs }) => atMs >= fromMs && atMs < toMs)
    .reduce((sum, { value }) => sum + value, 0);
  const others = counted - read.reduce((sum, samples) => sum + reportsOf(samples, nowMs), 0);
  const missing = unread * COUNTED_MINUTES - others;
  const inodesPercent =
    (100 * Math.max(...lately(maximumInodesUsed))) / Math.min(...lately(minimumInodesTotal));
  return {
    // Written so that a value that is not a number is not fine.
    bytes: !(
      missing <= TOLERATED_REPORTS &&
      lately(maximumUsedPercent).every((used) => used >= 0 && used < warningPercent)
    ),
    inodes: !(inodesPercent >= 0 && inodesPercent < warningPercent),
  };
};

/** Whether it is this sweep that looks at the node by itself; each sweep looks at about as many. */
export const isDue = (instanceId: string, nowMs: number): boolean => {
  const turns = LOOK_AT_EACH_MINUTES / SWEEP_MINUTES;
  const turn = Math.floor(nowMs / (SWEEP_MINUTES * MINUTE_MS)) % turns;
  return Number.parseInt(instanceId.slice(-4), 16) % turns === turn;
};
