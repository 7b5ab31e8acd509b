import { known, type Known } from '../known';

/** What is known of one other control-plane node, from outside of it. */
export interface Member {
  readonly instanceId: string;
  /** EC2's own word, e.g. `running`, `stopped`. */
  readonly state: string;
  /** Both of EC2's status checks say `ok`. */
  readonly statusChecksOk: Known<boolean>;
  /** The newest measurement of its disk; undefined: none in the time looked at. */
  readonly lastSample: Known<{ readonly atMs: number; readonly usedPercent: number } | undefined>;
  /** Is it being healed now? */
  readonly inFlight: Known<boolean>;
}

export interface QuorumFacts {
  /** A node that is not known to be a worker counts as control plane: unknown does not permit anything. */
  readonly worker: boolean;
  /** All control-plane nodes but this one, as EC2 lists them. */
  readonly others: Known<readonly Member[]>;
  /** Control-plane nodes that the environment declares; one that EC2 does not list any more is missing, not well. */
  readonly declaredMembers: number;
  /** Used percent at and above which a member does not count as healthy. */
  readonly emergencyPercent: number | undefined;
}

export type Permission = { readonly allowed: true } | { readonly allowed: false; readonly why: string };

/** Minutes after which a node that measures every minute counts as silent; three of them are CloudWatch's own delay. */
export const FRESH_MINUTES = 10;
const MINUTE_MS = 60_000;

/**
 * Whether this node may be disrupted (rebooted) now. A control plane holds only while all other members are known to
 * be well: running, status checks ok, measured lately, not nearly full, not being healed. Never throws.
 * @param nowMs milliseconds since the epoch
 */
export const mayDisrupt = (facts: QuorumFacts, nowMs: number): Permission => {
  if (facts.worker) return { allowed: true };
  const { others, declaredMembers } = facts;
  if (!others.known) return no(`the other control-plane nodes are unknown: ${others.why}`);
  const missing = declaredMembers - 1 - others.value.length;
  if (!(missing <= 0)) {
    return no(
      `${others.value.length + 1} of ${declaredMembers} control-plane nodes exist; all must be healthy`,
    );
  }
  const unhealthy = others.value.flatMap((member) => {
    const why = whyUnhealthy(member, facts.emergencyPercent, nowMs);
    return why === undefined ? [] : [`${member.instanceId} ${why}`];
  });
  return unhealthy.length === 0
    ? { allowed: true }
    : no(`another control-plane node is not healthy: ${unhealthy.join('; ')}`);
};

/** A member that could run a command for this node, e.g. drain it; undefined: none is known to be well. */
export const helperOf = (others: Known<readonly Member[]>, nowMs: number): string | undefined =>
  others.known
    ? others.value.find(
        (member) => whyUnhealthy({ ...member, inFlight: known(false) }, undefined, nowMs) === undefined,
      )?.instanceId
    : undefined;

const no = (why: string): Permission => ({ allowed: false, why });

const whyUnhealthy = (
  member: Member,
  emergencyPercent: number | undefined,
  nowMs: number,
): string | undefined => {
  const { state, statusChecksOk, lastSample, inFlight } = member;
  if (state !== 'running') return `is ${state}`;
  if (!statusChecksOk.known) return `has status checks that are unknown: ${statusChecksOk.why}`;
  if (!statusChecksOk.value) return 'fails a status check';
  if (!inFlight.known) return `may be being healed: ${inFlight.why}`;
  if (inFlight.value) return 'is being healed';
  if (!lastSample.known) return `has measurements that are unknown: ${lastSample.why}`;
  const sample = lastSample.value;
  if (sample === undefined || !(sample.atMs > nowMs - FRESH_MINUTES * MINUTE_MS)) {
    return `has not reported its disk for ${FRESH_MINUTES} minutes`;
  }
  return emergencyPercent !== undefined && !(sample.usedPercent < emergencyPercent)
    ? `is at ${sample.usedPercent} %`
    : undefined;
};
