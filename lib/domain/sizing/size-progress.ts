import { declaredGrowth, describeShortfall, type DeclaredVolume } from './declared-size';
import { SETTLE_MS } from '../sweep/silence';
import { endedBadly, howItEnded, type SweptExecution } from '../sweep/sweep';

/** A running node of a group that declares a size for such nodes. */
export interface SizedNode {
  readonly instanceId: string;
  readonly nodeGroup: string;
  /** Milliseconds since the epoch; undefined: EC2 did not say. */
  readonly launchedAtMs: number | undefined;
  /** undefined: EC2 did not say. */
  readonly volume: DeclaredVolume | undefined;
}

/** Where a node is on its way to its declared size. */
export type SizeStanding =
  | { readonly kind: 'has-it' }
  /** Its healing runs. */
  | { readonly kind: 'growing' }
  /** Nothing stands in its way; its turn comes. */
  | { readonly kind: 'to-grow' }
  /** Not now, and the deploy does not wait for it: the sweep does. */
  | { readonly kind: 'later'; readonly why: string }
  /** Its healing ended badly and notified operators itself. */
  | { readonly kind: 'failed'; readonly why: string }
  | { readonly kind: 'unknown' };

/** What a deploy waits for: the others get no further while it looks on. */
const UNDER_WAY: readonly SizeStanding['kind'][] = ['growing', 'to-grow', 'unknown'];

export interface SizeProgress {
  readonly standings: readonly { readonly node: SizedNode; readonly standing: SizeStanding }[];
  /** Nothing is under way any more. */
  readonly over: boolean;
}

/**
 * How far the nodes are. Pure; never throws.
 * @param wasBelow instances that were once seen below: they have their size only when their healing is over as well
 * @param sinceMs when the deploy began; what ended before says nothing
 */
export const sizeProgress = (
  nodes: readonly SizedNode[],
  executions: readonly SweptExecution[],
  wasBelow: ReadonlySet<string>,
  sinceMs: number,
  nowMs: number,
): SizeProgress => {
  const standings = nodes.map((node) => ({
    node,
    standing: standingOf(
      node,
      executions.filter(({ instanceId }) => instanceId === node.instanceId),
      wasBelow.has(node.instanceId),
      sinceMs,
      nowMs,
    ),
  }));
  return { standings, over: standings.every(({ standing }) => !UNDER_WAY.includes(standing.kind)) };
};

const standingOf = (
  { volume, launchedAtMs }: SizedNode,
  executions: readonly SweptExecution[],
  wasBelow: boolean,
  sinceMs: number,
  nowMs: number,
): SizeStanding => {
  if (volume === undefined) return { kind: 'unknown' };
  const growth = declaredGrowth(volume, nowMs);
  if (growth.kind === 'has-it' && !wasBelow) return growth;
  if (executions.some(({ endedAtMs }) => endedAtMs === undefined)) return { kind: 'growing' };
  const last = executions
    .filter(({ endedAtMs = 0 }) => endedAtMs >= sinceMs)
    .reduce<SweptExecution | undefined>(
      (most, each) => ((each.endedAtMs ?? 0) >= (most?.endedAtMs ?? 0) ? each : most),
      undefined,
    );
  if (last !== undefined && endedBadly(last)) {
    return { kind: 'failed', why: `its healing ended ${howItEnded(last)}` };
  }
  if (last?.verdict === 'waiting' && (last.waitsUntilMs ?? Infinity) > nowMs) {
    const until =
      last.waitsUntilMs === undefined ? '' : ` until ${new Date(last.waitsUntilMs).toISOString()}`;
    return { kind: 'later', why: `its healing waits${until}` };
  }
  if (last?.verdict === 'paused' || last?.verdict === 'observed' || last?.verdict === 'denied')
    return { kind: 'later', why: `its healing was ${last.verdict}` };
  if (last?.verdict === 'gone') return { kind: 'later', why: 'the instance is being terminated' };
  if (growth.kind === 'has-it') return growth;
  if (growth.kind === 'waits') return { kind: 'later', why: growth.why };
  return (launchedAtMs ?? 0) > nowMs - SETTLE_MS
    ? { kind: 'later', why: 'it was launched a moment ago' }
    : { kind: 'to-grow' };
};

const WORDS: { readonly [K in SizeStanding['kind']]: string } = {
  'has-it': 'has it',
  growing: 'is being grown',
  'to-grow': 'waits for its turn',
  later: 'grows later',
  failed: 'was not grown',
  unknown: 'has an unknown size',
};
/** So many nodes are named; all of them together must fit into what CloudFormation takes. */
const NAMED_NODES = 8;

/** For the log and the stack's output, in one line. */
export const describeProgress = ({ standings }: SizeProgress): string => {
  if (standings.length === 0) return 'no running node has a declared size';
  const rest = standings.filter(({ standing }) => standing.kind !== 'has-it');
  const named = rest.slice(0, NAMED_NODES).map(({ node, standing }) => {
    const why = 'why' in standing ? `, ${standing.why}` : '';
    const short = node.volume === undefined ? '' : ` (${describeShortfall(node.volume)})`;
    return `; ${node.instanceId} of ${node.nodeGroup} ${WORDS[standing.kind]}${why}${short}`;
  });
  const more = rest.length > NAMED_NODES ? `; and ${rest.length - NAMED_NODES} more` : '';
  const have = `${standings.length - rest.length} of ${standings.length} nodes have their declared size`;
  return `${have}${named.join('')}${more}`;
};
