import type { SweepFindingKind } from '../domain/sweep/sweep';
import type { Unwitnessed } from '../../packages/local-aws/src';

/** What came of a simulation. Counts of nodes where nothing else is said. */
export interface SimulationResult {
  readonly nodes: number;
  /** Alarm transitions that CloudWatch raised, before any was lost or doubled. */
  readonly alarms: number;
  /** By the verdict of the node's last execution. */
  readonly healed: number;
  readonly relieved: number;
  /** Left until EBS takes a modification again. */
  readonly waiting: number;
  readonly escalated: number;
  /**
   * Over a level at the end, or below a size that was raised, with neither a finished healing nor an escalation nor a pending
   * retry.
   */
  readonly lost: number;
  /** Executions that ran beside another one of the same node, or answered the same alarm transition again. */
  readonly duplicateExecutions: number;
  /** Control-plane nodes healed or rebooted while another one was not well or was being healed. */
  readonly quorumViolations: number;
  /** Volume modifications above the cap, to a smaller size, or more a day than EBS takes. */
  readonly capViolations: number;
  /** GiB beyond the month's budget, and healings beyond those of a node and day. */
  readonly boundViolations: number;
  /** Executions that the sweep started for a node about which operators were already notified. */
  readonly repeatedEscalations: number;
  /** Running nodes that have less than their group declares for such nodes. */
  readonly belowDeclaredSize: number;
  /** From the first alarm to the end of the last healing. */
  readonly drainSeconds: number;
  /** Of each settled node of the storm: from the first alarm to the end of the healing that settled it. Whole seconds, ascending. */
  readonly settledAfterSeconds: readonly number[];
  /** All executions together, whatever came of them: what a wait or a second look more costs shows here. */
  readonly executionSeconds: number;
  /** What the limits of Systems Manager allow at best; see docs/simulate.md. */
  readonly lowerBoundSeconds: number;
  /** Nodes of the storm that vanished before anything came of their healing. */
  readonly gone: number;
  readonly executions: number;
  /** What the sweeps found and queued, by its kind; the same node counts with every sweep that finds it. */
  readonly sweepFindings: Readonly<Record<SweepFindingKind, number>>;
  /** Sweeps that ended with an error. */
  readonly sweepsFailed: number;
  /** Nothing was left to do before the horizon of 24 hours. */
  readonly cameToRest: boolean;
  readonly storm: number;
  readonly faults: number;
  readonly seed: number;
  /** What the local AWS made of the behaviours of AWS that have no witness. */
  readonly unwitnessed: Unwitnessed;
  readonly environment: string;
}

/** Drain time against the lower bound that is still good. */
export const DRAIN_RATIO = 1.2;
/**
 * Storms of at least this many nodes are held against the bound. In a small one the fixed waits weigh more than SSM's limits:
 * the sweep's five minutes, a long healing among the last ones.
 */
export const DRAIN_JUDGED_FROM = 2000;

/** Members of a result that must be 0. */
export const ZERO = [
  'lost',
  'duplicateExecutions',
  'quorumViolations',
  'capViolations',
  'boundViolations',
  'repeatedEscalations',
] as const;

/** Something that must hold in every run. */
export interface Property {
  readonly name: (typeof ZERO)[number] | 'cameToRest' | 'drainSeconds';
  /** e.g. `0`. */
  readonly must: string;
  readonly got: string;
  /** null: a storm of this size is not held against it. */
  readonly holds: boolean | null;
  /** What is said where it does not hold. */
  readonly violation: string;
}

export function properties(result: SimulationResult): readonly Property[] {
  const most = Math.round(DRAIN_RATIO * result.lowerBoundSeconds);
  const { drainSeconds } = result;
  return [
    ...ZERO.map((name): Property => ({
      name,
      must: '0',
      got: String(result[name]),
      holds: result[name] === 0,
      violation: `${name} must be 0, got ${result[name]}`,
    })),
    {
      name: 'cameToRest',
      must: 'within 24 hours',
      got: result.cameToRest ? 'yes' : 'no',
      holds: result.cameToRest,
      violation: 'it did not come to rest in 24 hours',
    },
    {
      name: 'drainSeconds',
      must: `at most ${most}`,
      got: String(drainSeconds),
      holds: result.storm < DRAIN_JUDGED_FROM ? null : drainSeconds <= DRAIN_RATIO * result.lowerBoundSeconds,
      violation: `drainSeconds must be at most ${DRAIN_RATIO} × lowerBoundSeconds = ${most}, got ${drainSeconds}`,
    },
  ];
}

/** What does not hold, in words; empty: all is well. */
export const brokenInvariants = (result: SimulationResult): readonly string[] =>
  properties(result).flatMap(({ holds, violation }) => (holds === false ? [violation] : []));

/** Of ascending figures; undefined: there are none. @param share 0 to 1 */
export const percentile = (ascending: readonly number[], share: number): number | undefined =>
  ascending[Math.max(0, Math.ceil(share * ascending.length) - 1)];

/** The command line that does this run again. */
export const replayCommand = ({ nodes, storm, faults, seed, environment }: SimulationResult): string =>
  `npm run simulate -- --env ${environment} --nodes ${nodes} --storm ${storm} --faults ${faults} --seed ${seed}`;
