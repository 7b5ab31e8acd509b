import { declaredGrowth, describeShortfall, grownSince, type DeclaredVolume } from '../sizing/declared-size';
import { levelOf } from '../plan/disk-level';
import type { DiskPolicy } from '../plan/disk-policy';
import type { UsageSample } from '../sizing/growth-forecast';
import { EMERGENCY_INTERVAL_MS } from '../plan/healing-rate';
import { MAX_ASK_MINUTES } from '../plan/healing-mode';
import { WAITING } from '../outcome/healing-outcome';
import { DISK_LEVELS, isSilenceAlarm } from '../names/naming';
import { FRESH_MINUTES } from '../operate/quorum';
import { pauseOf, type Pause } from '../pause/pause';
import { SETTLE_MS, hadTimeToReport } from './silence';
import { formatPercent, formatSeconds } from '../units';
import type { Verdict } from '../outcome/verdict';

/** A running node of the environment. */
export interface SweptNode {
  readonly instanceId: string;
  /** From its tag; undefined: it has none. */
  readonly nodeGroup: string | undefined;
  /** Milliseconds since the epoch; undefined: EC2 did not say. */
  readonly launchedAtMs: number | undefined;
  /** undefined: Headroom made it, or it was attached long ago. */
  readonly attachedAtMs?: number | undefined;
  /** Bytes or inodes used, whichever is the fuller, of the last {@link LOOK_BACK_MS}, in any order. */
  readonly samples: readonly UsageSample[];
  /** undefined: its group declares no size for nodes that run, or EC2 did not say. */
  readonly volume?: DeclaredVolume | undefined;
}

/**
 * One HealNode execution that has not ended, that began in the last {@link LOOK_BACK_MS}, or that waits and began in the
 * last {@link WAIT_LOOK_BACK_MS}.
 */
export interface SweptExecution {
  readonly instanceId: string;
  readonly startedAtMs: number;
  /** undefined: it has not ended. */
  readonly endedAtMs: number | undefined;
  /** Automation's own word. */
  readonly status: string;
  /** undefined: it has not ended, or it ended without one. */
  readonly verdict: Verdict | undefined;
  /** When its node may be healed again, milliseconds since the epoch; undefined: it does not say. */
  readonly waitsUntilMs?: number | undefined;
  /** Of `/` when it ended, 0–100; undefined: it does not say. */
  readonly usedPercent?: number | undefined;
}

/** An alarm that is in ALARM and names one instance. */
export interface SweptAlarm {
  readonly alarmName: string;
  readonly instanceId: string;
  /** When it went there, milliseconds since the epoch. */
  readonly sinceMs: number;
}

export interface SweepFacts {
  readonly nodes: readonly SweptNode[];
  readonly executions: readonly SweptExecution[];
  readonly alarms: readonly SweptAlarm[];
  /** The environment's. */
  readonly pauses: readonly Pause[];
}

export const SWEEP_FINDINGS = [
  'half-healed',
  'alarm-without-execution',
  'over-level',
  'silent',
  'below-declared-size',
] as const;
export type SweepFindingKind = (typeof SWEEP_FINDINGS)[number];

export interface SweepFinding {
  readonly instanceId: string;
  readonly nodeGroup: string | undefined;
  readonly finding: SweepFindingKind;
  readonly reason: string;
  /** The newest measurement; null: none. */
  readonly usedPercent: number | null;
  /** It is at the emergency level. */
  readonly emergency?: boolean | undefined;
}

const MINUTE_MS = 60_000;
/** How long an escalated node that did not get worse is left to the operator who was notified. Milliseconds. */
export const BACK_OFF_MS = 60 * MINUTE_MS;
/** An execution may work for two hours, and asks at most twice. Milliseconds. */
export const LONGEST_EXECUTION_MS = (2 * 60 + 2 * MAX_ASK_MINUTES) * MINUTE_MS;
/** What ended an hour ago may have started this long ago. */
export const LOOK_BACK_MS = LONGEST_EXECUTION_MS + BACK_OFF_MS;
/** EBS counts a volume's modifications over 24 hours, and an owner's answer holds as long. */
export const WAIT_LOOK_BACK_MS = LONGEST_EXECUTION_MS + 24 * 60 * MINUTE_MS;

/**
 * What the alarms missed: every node that is over a level, silent, left half-healed, or well and below its declared size, and
 * has no execution in flight and no pause.
 * One finding per node, the most important one. Pure; never throws; the order of the facts does not matter.
 */
export const sweep = (facts: SweepFacts, levels: DiskPolicy, nowMs: number): readonly SweepFinding[] =>
  facts.nodes.flatMap((node) => {
    if (pauseOf(facts.pauses, node.nodeGroup, nowMs) !== undefined) return [];
    const own = facts.executions.filter(({ instanceId }) => instanceId === node.instanceId);
    if (own.some(({ endedAtMs }) => endedAtMs === undefined)) return [];
    const alarms = facts.alarms.filter(({ instanceId }) => instanceId === node.instanceId);
    const found = findingOf(node, lastOf(own), alarms, levels, nowMs);
    return found === undefined ? [] : [found];
  });

const findingOf = (
  node: SweptNode,
  last: EndedExecution | undefined,
  alarms: readonly SweptAlarm[],
  levels: DiskPolicy,
  nowMs: number,
): SweepFinding | undefined => {
  const { instanceId, nodeGroup } = node;
  // What was measured before the last execution ended says nothing about its outcome.
  const sample = newest(node.samples.filter(({ atMs }) => last === undefined || atMs >= last.endedAtMs));
  const fresh = sample !== undefined && sample.atMs > nowMs - FRESH_MINUTES * MINUTE_MS ? sample : undefined;
  const usedPercent = fresh?.usedPercent ?? null;
  const found = (finding: SweepFindingKind, reason: string): SweepFinding => ({
    ...{ instanceId, nodeGroup, finding, reason, usedPercent },
    ...(usedPercent !== null && levelOf(usedPercent, levels) === 'emergency' && { emergency: true }),
  });

  if (fresh === undefined) {
    return silence(node, last, nowMs) ? found('silent', silenceOf(node, nowMs)) : undefined;
  }
  const level = levelOf(fresh.usedPercent, levels);
  const use = `/ is at ${formatPercent(fresh.usedPercent)}`;
  if (backsOff(node, last, rankOf(level), levels, nowMs)) return undefined;
  if (level !== 'below' && last !== undefined && endedBadly(last)) {
    return found('half-healed', `${use} (${level}), and its last healing ${describe(last, nowMs)}`);
  }
  // What was measured just now is no longer silent, whatever the alarm has yet to see.
  const unheard = alarms.find(
    ({ alarmName, sinceMs }) =>
      !isSilenceAlarm(alarmName) && (last === undefined || sinceMs > last.startedAtMs),
  );
  if (unheard !== undefined) {
    const since = formatSeconds(Math.max(0, nowMs - unheard.sinceMs) / 1_000);
    return found(
      'alarm-without-execution',
      `${unheard.alarmName} has been in ALARM for ${since} and no healing was started; ${use}`,
    );
  }
  if (level !== 'below') {
    const was = last?.verdict === 'waiting' ? 'its last healing waited until now' : 'no healing is running';
    return found('over-level', `${use}, level ${level}, and ${was}`);
  }
  const short = shortfall(node, last, nowMs);
  return short === undefined ? undefined : found('below-declared-size', `${use}; ${short}`);
};

/** Why a node that is well is to be healed for its size; undefined: it is not, or EBS would not let it now. */
const shortfall = (
  { volume, launchedAtMs }: SweptNode,
  last: EndedExecution | undefined,
  nowMs: number,
): string | undefined => {
  const settled = nowMs - SETTLE_MS;
  if (volume === undefined || (launchedAtMs ?? 0) > settled || (last?.endedAtMs ?? 0) > settled)
    return undefined;
  if (declaredGrowth(volume, nowMs).kind === 'may-grow') return describeShortfall(volume);
  // Its volume is there, and perhaps its filesystem is not; nothing else would look at a disk that is well.
  return last !== undefined &&
    (endedBadly(last) || last.verdict === 'paused') &&
    grownSince(volume, nowMs - LOOK_BACK_MS)
    ? `${volume.volumeId} was grown to ${volume.sizeGiB} GiB recently, and its last healing ${describe(last, nowMs)}`
    : undefined;
};

type EndedExecution = SweptExecution & { readonly endedAtMs: number };

const lastOf = (executions: readonly SweptExecution[]): EndedExecution | undefined =>
  executions
    .filter((execution): execution is EndedExecution => execution.endedAtMs !== undefined)
    .reduce<EndedExecution | undefined>(
      (most, each) => (most === undefined || each.endedAtMs > most.endedAtMs ? each : most),
      undefined,
    );

/** An ended execution that escalated, or that reported no verdict. */
export const endedBadly = ({ verdict, endedAtMs }: SweptExecution): boolean =>
  endedAtMs !== undefined && (verdict === undefined || verdict === 'escalated');

/** In words, of one that {@link endedBadly} or was paused. */
export const howItEnded = ({ verdict, status }: SweptExecution): string => {
  if (verdict === 'paused') return 'because of a pause';
  if (verdict === 'escalated') return 'with an escalation';
  return status === 'Success' ? 'without a verdict' : `with the status ${status}`;
};

const describe = (last: EndedExecution, nowMs: number): string =>
  `ended ${howItEnded(last)} ${formatSeconds(Math.max(0, nowMs - last.endedAtMs) / 1_000)} ago`;

/** Until when a node that did not get worse is left alone after the execution; milliseconds since the epoch. */
const quietUntilMs = (last: EndedExecution, rank = 0): number => {
  // It had its healings of the day: at the emergency level it gets one an hour all the same.
  if (last.verdict === 'escalated' && rank >= rankOf('emergency'))
    return last.endedAtMs + EMERGENCY_INTERVAL_MS;
  if (last.waitsUntilMs !== undefined) return last.waitsUntilMs;
  if (last.verdict !== undefined && WAITING.includes(last.verdict)) return last.endedAtMs + BACK_OFF_MS;
  return endedBadly(last) || last.verdict === 'gone' ? last.endedAtMs + BACK_OFF_MS : last.endedAtMs;
};

/** Silence has no levels: whatever came of an execution, the next one waits, for an owner's answer a day. */
const silence = (node: SweptNode, last: EndedExecution | undefined, nowMs: number): boolean =>
  hadTimeToReport(node, nowMs) &&
  (last === undefined || Math.max(quietUntilMs(last), last.endedAtMs + BACK_OFF_MS) <= nowMs);

const silenceOf = ({ samples }: SweptNode, nowMs: number): string => {
  const last = newest(samples);
  return last === undefined
    ? `no measurement of / in the last ${formatSeconds(LOOK_BACK_MS / 1_000)}`
    : `/ was last measured ${formatSeconds(Math.max(0, nowMs - last.atMs) / 1_000)} ago, at ${formatPercent(last.usedPercent)}`;
};

/**
 * A node that is not worse by a level than it was then: an operator was notified, or it waits until EBS allows a modification.
 * One that is ending gets no worse: what it has is given up.
 */
const backsOff = (
  { samples }: SweptNode,
  last: EndedExecution | undefined,
  rank: number,
  levels: DiskPolicy,
  nowMs: number,
): boolean => {
  if (last === undefined || quietUntilMs(last, rank) <= nowMs) return false;
  if (last.verdict === 'gone') return true;
  const measured = samples
    .filter(({ atMs }) => atMs >= last.startedAtMs - SETTLE_MS && atMs < last.endedAtMs + MINUTE_MS)
    .map(({ usedPercent }) => usedPercent);
  const then = [...measured, ...(last.usedPercent === undefined ? [] : [last.usedPercent])].map((used) =>
    rankOf(levelOf(used, levels)),
  );
  // Unmeasured then: what it is worse than is unknown, so any use that is measured now counts as the same.
  const worst = then.length === 0 ? Number.POSITIVE_INFINITY : Math.max(...then);
  // Only a node below the emergency level is left to wait.
  return rank <= (last.verdict === 'waiting' ? Math.min(worst, rankOf('emergency') - 1) : worst);
};

/** 0 below every level, then as DISK_LEVELS. A value that is not a percentage ranks highest: it is not fine. */
const rankOf = (level: ReturnType<typeof levelOf>): number => {
  if (level === 'below') return 0;
  return level === 'unknown' ? DISK_LEVELS.length + 1 : DISK_LEVELS.indexOf(level) + 1;
};

const newest = (samples: readonly UsageSample[]): UsageSample | undefined =>
  samples.reduce<UsageSample | undefined>(
    (most, sample) => (most === undefined || sample.atMs >= most.atMs ? sample : most),
    undefined,
  );
