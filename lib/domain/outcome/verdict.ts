import type { NextDatapoint } from '../sweep/next-datapoint';
import type { VerifyResult } from '../node/node-figures';
import type { OwnerDecision } from '../plan/owner-decision';
import type { ScriptReading } from '../node/run-command-output';
import { formatPercent } from '../units';

export const VERDICTS = [
  'healed',
  'relieved',
  'escalated',
  'waiting',
  'gone',
  'paused',
  'observed',
  'denied',
] as const;
/**
 * `healed`: verified, and at or below the target. `relieved`: verified, below the warning level, above the target.
 * `waiting`: nothing may be bought yet, and the node can survive until it may. `gone`: the node is ending, or
 * has ended. `paused`: an operator paused the healing before it was done. `observed`: its group is only observed.
 * `denied`: approval was requested and not given. `escalated`: anything else; an operator must look.
 */
export type Verdict = (typeof VERDICTS)[number];

export interface Judgement {
  readonly verdict: Verdict;
  readonly reason: string;
}

export interface JudgedFacts {
  /** Which end of the document called: after `verify`, or from a failure. */
  readonly conclusion: 'finished' | 'failed';
  readonly verify: ScriptReading<VerifyResult>;
  /** Levels of the node group; null: the plan did not have them. */
  readonly warningPercent: number | null;
  readonly targetPercent: number | null;
  /** Why the document did not finish, in words; undefined: it did. */
  readonly failure: string | undefined;
  /** What the node's metric says after verification; undefined: it was not looked at. */
  readonly nextDatapoint?: NextDatapoint | undefined;
  /** The node is left cordoned, in words; undefined: it is not, as far as is known. */
  readonly cordoned?: string | undefined;
  /** The node is ending or has ended, in words, as its group or an operator intended; undefined: it is not. */
  readonly gone?: string | undefined;
  /** Nothing can be bought yet; undefined: that is not why it ended. */
  readonly waiting?: { readonly reason: string; readonly until: string } | undefined;
  /** A pause stopped the healing; undefined: none did. */
  readonly paused?: { readonly reason: string; readonly until: string } | undefined;
  /** The node was healed as often as it may be, in words; undefined: it was not. */
  readonly rest?: string | undefined;
  /** Its group's modes kept the healing from being carried out; undefined: they did not. */
  readonly owner?: OwnerDecision | undefined;
  /** The kubelet of a waiting node is not well, in words; undefined: it is. */
  readonly kubeletUnhealthy?: string | undefined;
  /** What was bought and did not arrive in /, in words; undefined: all of it did, or nothing was bought. */
  readonly missingGrowth?: string | undefined;
}

/**
 * Success is the second measurement: judged on what VerifyNode measured inside the OS, never on what was planned or
 * on steps that claim to have worked.
 */
export const judge = (facts: JudgedFacts): Judgement => {
  const escalated = (reason: string): Judgement => ({ verdict: 'escalated', reason });
  const { verify, warningPercent, targetPercent, waiting } = facts;
  if (facts.gone !== undefined) return { verdict: 'gone', reason: facts.gone };
  const { rest, paused, cordoned } = facts;
  // Even during a pause: this execution is the one that reports the limit.
  if (rest !== undefined) {
    const more = [paused?.reason, facts.owner?.reason, facts.failure, facts.kubeletUnhealthy, cordoned];
    return escalated([rest, ...more.filter((each) => each && !rest.includes(each))].join('; '));
  }
  if (paused !== undefined) {
    return cordoned === undefined
      ? { verdict: 'paused', reason: paused.reason }
      : escalated(`${paused.reason}; ${cordoned}`);
  }
  if (facts.owner !== undefined) return facts.owner;
  if (waiting !== undefined) {
    return facts.kubeletUnhealthy === undefined
      ? { verdict: 'waiting', reason: waiting.reason }
      : escalated(`${waiting.reason}; ${facts.kubeletUnhealthy}`);
  }
  if (facts.conclusion === 'failed') return escalated(facts.failure ?? 'the healing did not finish');
  if (!verify.ok) return escalated(facts.failure ?? `the node was not verified: ${verify.why}`);

  const failed = verify.value.checks.filter((check) => !check.ok);
  if (!verify.value.ok || failed.length > 0) {
    const checks = failed.map((check) => `${check.name} (${check.detail})`).join(', ');
    return escalated(`verification failed: ${checks || (verify.value.error ?? 'no check was named')}`);
  }
  if (verify.value.checks.length === 0) return escalated('verification ran no checks');
  if (verify.value.dryRun) return escalated('verification was only a dry run');
  if (warningPercent === null || targetPercent === null)
    return escalated('the levels of the node group are unknown');

  const { usedPercent, inodesUsedPercent } = verify.value.root;
  const highest = Math.max(usedPercent, inodesUsedPercent);
  const figures = `/ is at ${formatPercent(usedPercent)}, inodes at ${formatPercent(inodesUsedPercent)}`;
  if (!(highest < warningPercent)) {
    return escalated(`${figures}, still at or above the warning level of ${warningPercent} %`);
  }
  const next = facts.nextDatapoint;
  if (next?.state === 'over') {
    return escalated(
      `${figures} when verified, but the metric reports ${formatPercent(next.usedPercent)} at ${next.at}: the disk fills faster than healing frees it`,
    );
  }
  if (facts.missingGrowth !== undefined) return escalated(`${figures}, but ${facts.missingGrowth}`);
  // A healthy node that stays cordoned is not used, and nothing else would report it.
  if (facts.cordoned !== undefined) return escalated(`${figures}, but ${facts.cordoned}`);
  return highest <= targetPercent
    ? {
        verdict: 'healed',
        reason: `${figures}, at or below the target of ${targetPercent} %; all checks pass`,
      }
    : {
        verdict: 'relieved',
        reason: `${figures}, below the warning level of ${warningPercent} %, above the target of ${targetPercent} %`,
      };
};
