import type { Verdict } from '../outcome/verdict';

/** A node that a game day may fill. */
export interface GameDayNode {
  readonly instanceId: string;
  readonly nodeGroup: string;
  /** Milliseconds since the epoch; undefined: EC2 does not say. */
  readonly launchedAtMs: number | undefined;
}

/** One execution of HealNode. */
export interface Healing {
  readonly executionId: string;
  readonly instanceId: string;
  readonly startedAtMs: number;
  /** undefined: it is under way. */
  readonly endedAtMs: number | undefined;
  /** undefined: it ended without one. */
  readonly verdict: Verdict | undefined;
}

export type NodeChoice =
  { readonly chosen: true; readonly instanceId: string } | { readonly chosen: false; readonly why: string };

export interface GameDayRequest {
  /** '' when the node group decides. */
  readonly instanceId: string;
  /** '' when the instance is named. */
  readonly nodeGroup: string;
}

/**
 * The node to fill: the one that is named, or of the group the one launched last, which has the least to lose.
 * None while any healing is under way: two things at a time prove neither.
 * @param nodes the environment's running nodes
 */
export const chooseNode = (
  { instanceId, nodeGroup }: GameDayRequest,
  nodes: readonly GameDayNode[],
  healingsUnderWay: number,
): NodeChoice => {
  const no = (why: string): NodeChoice => ({ chosen: false, why });
  if ((instanceId === '') === (nodeGroup === '')) return no('set either InstanceId or NodeGroup, not both');
  if (healingsUnderWay > 0)
    return no(
      `${healingsUnderWay} healing${healingsUnderWay === 1 ? ' is' : 's are'} under way; try again when no healing is`,
    );
  if (instanceId !== '')
    return nodes.some((node) => node.instanceId === instanceId)
      ? { chosen: true, instanceId }
      : no(`${instanceId} is not a running node of this environment`);
  const [youngest] = nodes
    .filter((node) => node.nodeGroup === nodeGroup)
    .sort(
      (a, b) => (b.launchedAtMs ?? 0) - (a.launchedAtMs ?? 0) || a.instanceId.localeCompare(b.instanceId),
    );
  if (youngest !== undefined) return { chosen: true, instanceId: youngest.instanceId };
  const groups = [...new Set(nodes.map((node) => node.nodeGroup))].sort().join(', ') || 'none';
  return no(`the node group ${nodeGroup} has no running node; groups with nodes: ${groups}`);
};

/** The first healing of the node since it was filled, once it has ended. */
export const healingSince = (
  healings: readonly Healing[],
  instanceId: string,
  filledAtMs: number,
): (Healing & { readonly endedAtMs: number }) | undefined =>
  healings
    .filter((healing) => healing.instanceId === instanceId && healing.startedAtMs >= filledAtMs)
    .flatMap((healing) =>
      healing.endedAtMs === undefined ? [] : [{ ...healing, endedAtMs: healing.endedAtMs }],
    )
    .sort((a, b) => a.startedAtMs - b.startedAtMs)[0];

export interface GameDayFacts {
  readonly instanceId: string;
  /** undefined: the node was never filled. Milliseconds since the epoch. */
  readonly filledAtMs: number | undefined;
  /** Why it was not filled; '' when it was. */
  readonly fillFailure: string;
  /** Why the space was not given back by the release; '' when it was. */
  readonly releaseFailure: string;
  readonly healings: readonly Healing[];
}

export interface GameDayReport {
  readonly instanceId: string;
  readonly outcome: 'passed' | 'failed';
  /** HealNode's own verdict; null: there was no healing. */
  readonly verdict: Verdict | null;
  readonly executionId: string | null;
  /** From the filling to the end of the healing; null: there was none. */
  readonly seconds: number | null;
  readonly reason: string;
}

/** Passed is only what was filled, healed, and given back. */
export const gameDayReport = (facts: GameDayFacts): GameDayReport => {
  const { instanceId, filledAtMs, fillFailure, releaseFailure, healings } = facts;
  const nothing = { instanceId, verdict: null, executionId: null, seconds: null };
  if (filledAtMs === undefined || fillFailure !== '')
    return {
      ...nothing,
      outcome: 'failed',
      reason: `the node was not filled: ${fillFailure || 'the step did not run'}`,
    };
  const healing = healingSince(healings, instanceId, filledAtMs);
  if (healing === undefined)
    return {
      ...nothing,
      outcome: 'failed',
      reason: 'no healing of the node finished: neither the alarm nor the sweep led to one',
    };
  const { verdict, executionId, startedAtMs, endedAtMs } = healing;
  const ended = {
    instanceId,
    executionId,
    verdict: verdict ?? null,
    seconds: Math.round((endedAtMs - filledAtMs) / 1000),
  };
  if (verdict !== 'healed' && verdict !== 'relieved')
    return {
      ...ended,
      outcome: 'failed',
      reason: `the healing ended ${verdict === undefined ? 'without a verdict' : `with the verdict ${verdict}`}`,
    };
  if (releaseFailure !== '')
    return {
      ...ended,
      outcome: 'failed',
      reason: `the healing ended with the verdict ${verdict}, but the fill was not released: ${releaseFailure}. The node releases it by itself when its time is up`,
    };
  const start = Math.round((startedAtMs - filledAtMs) / 1000);
  return { ...ended, outcome: 'passed', reason: `${verdict}; it started ${start} s after the fill` };
};
