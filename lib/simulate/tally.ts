import { type Execution, secondsBetween } from '../../packages/local-aws/src';
import { VERDICTS, type Verdict } from '../domain/outcome/verdict';
import type { FleetNode } from './fleet-machines';
import type { Healings } from './healings';
import { instanceOf } from './invariants';

export interface TallyOptions {
  readonly nodes: Iterable<FleetNode>;
  readonly healings: Healings;
  /** Ids of the nodes that filled up. */
  readonly struck: ReadonlySet<string>;
  readonly start: Date;
  /** Whether the node is over a level and a healing of it waits nowhere. */
  readonly neglected: (node: FleetNode) => boolean;
}

export interface Tally {
  readonly verdicts: Readonly<Record<Verdict, number>>;
  readonly lost: number;
  readonly gone: number;
  /** From the start to the end of the last healing. */
  readonly drainSeconds: number;
  /** See {@link SimulationResult}. */
  readonly settledAfterSeconds: readonly number[];
  /** Seconds of the execution that settled each node of the storm. */
  readonly durations: readonly number[];
}

/** Counts at the end of a run what became of its nodes. */
export function tally({ nodes, healings, struck, start, neglected }: TallyOptions): Tally {
  const verdicts = Object.fromEntries(VERDICTS.map((verdict) => [verdict, 0])) as Record<Verdict, number>;
  const durations: number[] = [];
  const settledAfter: number[] = [];
  let [lost, gone] = [0, 0];
  for (const node of nodes) {
    const { instanceId } = node.instance;
    const last = healings.of(instanceId).at(-1);
    const verdict = last && healings.verdictOf(last);
    const settling = struck.has(instanceId) ? healings.settling(instanceId) : undefined;
    if (settling?.endedAt) {
      durations.push(secondsBetween(settling.startedAt, settling.endedAt));
      settledAfter.push(secondsBetween(start, settling.endedAt));
    }
    if (verdict) verdicts[verdict] += 1;
    else if (node.gone && struck.has(instanceId)) gone += 1;
    if (!node.gone && !comes(last, verdict, healings) && neglected(node)) lost += 1;
  }
  const settledAfterSeconds = settledAfter.map(Math.round).sort((a, b) => a - b);
  return {
    ...{ verdicts, lost, gone, durations, settledAfterSeconds },
    drainSeconds: settledAfterSeconds.at(-1) ?? 0,
  };
}

/** A healing is running, operators were notified, or the sweep returns when the wait is over. */
const comes = (last: Execution | undefined, verdict: Verdict | undefined, healings: Healings): boolean =>
  (last !== undefined && !last.ended) ||
  verdict === 'waiting' ||
  // The report alone reaches no one.
  (last !== undefined && verdict === 'escalated' && healings.notified(instanceOf(last)));
