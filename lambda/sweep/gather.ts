import {
  DISK_METRIC,
  INODE_METRICS,
  ROOT_FILESYSTEMS,
  diskMetricDimensions,
  fullerOf,
  type MetricSample,
} from '../../lib/domain/disk-metric';
import { TAGS } from '../../lib/domain/naming';
import { LOOK_BACK_MS, type SweptExecution, type SweptNode } from '../../lib/domain/sweep';
import type { ExecutionsClient, ListedExecution } from '../shared/executions.client';
import { aFewAtATime } from './a-few-at-a-time';
import {
  QUERIES_PER_CALL,
  type RunningNode,
  type SeriesQuery,
  type SeriesWindow,
  type SweepClient,
} from './sweep.client';

const PERIOD_SECONDS = 60;
const METRICS = [DISK_METRIC.name, INODE_METRICS.used, INODE_METRICS.total] as const;
/** GetAutomationExecution calls under way at a time. */
const AT_ONCE = 10;
/** The output that only an execution has which called a person. */
const ESCALATED = 'escalate.Payload';

/** Enough to see that a node reports, and how full it is. Longer than `FRESH_MINUTES`. Milliseconds. */
const LATELY_MS = 15 * 60_000;

/**
 * The environment's running nodes with what CloudWatch knows of their disks: of the last minutes, and of the last hours
 * where those say too little. Three hours of 5,000 nodes are 2.7 million datapoints: more than the function's memory
 * holds, and 15 seconds of all that the account may read.
 * @throws what the SDK throws
 */
export const readNodes = async (
  client: SweepClient,
  environmentName: string,
  filesystems: Readonly<Record<string, string>>,
  executions: readonly SweptExecution[],
  nowMs: number,
): Promise<readonly SweptNode[]> => {
  const nodes = await client.runningNodes({ key: TAGS.environment, value: environmentName });
  const samplesOf = (some: readonly RunningNode[], forMs: number): Promise<SamplesByNode> =>
    readSamples(client, some, filesystems, { fromMs: nowMs - forMs, toMs: nowMs });
  const lately = await samplesOf(nodes, LATELY_MS);
  // Whether an escalated node is worse than it was then; when a silent one was last heard of.
  const ailing = new Set(executions.filter(endedBadly).map(({ instanceId }) => instanceId));
  const unclear = nodes.filter(
    ({ instanceId }) => ailing.has(instanceId) || lately.get(instanceId)?.length === 0,
  );
  const history = await samplesOf(unclear, LOOK_BACK_MS);
  return nodes.map(({ instanceId, tags, launchedAtMs }) => ({
    instanceId,
    nodeGroup: tags[TAGS.nodeGroup],
    launchedAtMs,
    samples: history.get(instanceId) ?? lately.get(instanceId) ?? [],
  }));
};

const endedBadly = ({ endedAtMs, escalated, status }: SweptExecution): boolean =>
  endedAtMs !== undefined && (escalated || status !== 'Success');

type SamplesByNode = ReadonlyMap<string, SweptNode['samples']>;

/** Call by call, so that what CloudWatch answers is held for the nodes of one call only. */
const readSamples = async (
  client: SweepClient,
  nodes: readonly RunningNode[],
  filesystems: Readonly<Record<string, string>>,
  window: Pick<SeriesWindow, 'fromMs' | 'toMs'>,
): Promise<SamplesByNode> => {
  const samples = new Map<string, SweptNode['samples']>();
  for (const some of callsOf(nodes.map((node) => ({ node, queries: queriesOf(node, filesystems) })))) {
    const answers = await client.series(
      some.flatMap(({ queries }) => queries),
      { namespace: DISK_METRIC.namespace, periodSeconds: PERIOD_SECONDS, ...window },
    );
    let next = 0;
    for (const { node, queries } of some) {
      const own = answers.slice(next, (next += queries.length));
      const named = (metric: string): readonly MetricSample[] =>
        own.filter((_, position) => queries[position]?.name === metric).flat();
      const [bytes, inodesUsed, inodesTotal] = METRICS;
      samples.set(node.instanceId, fullerOf(named(bytes), named(inodesUsed), named(inodesTotal)));
    }
  }
  return samples;
};

interface AskedNode {
  readonly node: RunningNode;
  readonly queries: readonly SeriesQuery[];
}

/** As many nodes together as one call takes. */
const callsOf = (asked: readonly AskedNode[]): readonly (readonly AskedNode[])[] => {
  const calls: AskedNode[][] = [];
  let room = 0;
  for (const each of asked) {
    if (each.queries.length > room) {
      calls.push([]);
      room = QUERIES_PER_CALL;
    }
    calls.at(-1)?.push(each);
    room -= each.queries.length;
  }
  return calls;
};

/** A group that nobody told of has either filesystem: both series are read. */
const queriesOf = (
  { instanceId, tags }: RunningNode,
  filesystems: Readonly<Record<string, string>>,
): readonly SeriesQuery[] => {
  const group = tags[TAGS.nodeGroup] ?? '';
  const declared = Object.hasOwn(filesystems, group) ? filesystems[group] : undefined;
  const autoScalingGroupName = tags['aws:autoscaling:groupName'];
  return (declared === undefined ? ROOT_FILESYSTEMS : [declared]).flatMap((fsType) =>
    METRICS.map((name) => ({
      name,
      dimensions: diskMetricDimensions({ instanceId, fsType, autoScalingGroupName }),
    })),
  );
};

/** Which node an execution is for never changes: a warm container asks for each one once. */
export class ExecutionsReader {
  private readonly instanceOf = new Map<string, string>();

  constructor(private readonly client: ExecutionsClient) {}

  /** What is in flight, and what began lately. @throws what the SDK throws */
  async read(documentName: string, nowMs: number): Promise<readonly SweptExecution[]> {
    const [inFlight, recent] = await Promise.all([
      this.client.inFlight(documentName),
      this.client.since(documentName, nowMs - LOOK_BACK_MS),
    ]);
    const listed = new Map([...inFlight, ...recent].map((each) => [each.executionId, each]));
    const completed = await aFewAtATime([...listed.values()], AT_ONCE, (each) => this.complete(each));
    for (const id of this.instanceOf.keys()) if (!listed.has(id)) this.instanceOf.delete(id);
    return completed.map((each) => {
      if (each.status === 'rejected') throw each.reason;
      return each.value;
    });
  }

  private async complete(listed: ListedExecution): Promise<SweptExecution> {
    const { executionId, status, startedAtMs = 0, endedAtMs, outputs } = listed;
    const instanceId = this.instanceOf.get(executionId) ?? (await this.client.instanceOf(executionId));
    this.instanceOf.set(executionId, instanceId);
    return { instanceId, startedAtMs, endedAtMs, status, escalated: outputs.includes(ESCALATED) };
  }
}
