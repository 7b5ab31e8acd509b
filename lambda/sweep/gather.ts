import { describeError } from '../../lib/aws/errors';
import { QUERIES_PER_CALL, type SeriesQuery, type SeriesWindow } from '../../lib/aws/metrics';
import {
  DISK_METRIC,
  INODE_METRICS,
  ROOT_FILESYSTEMS,
  diskMetricDimensions,
  diskReporter,
  fullerOf,
  type MetricSample,
} from '../../lib/domain/names/disk-metric';
import { WAITING } from '../../lib/domain/outcome/healing-outcome';
import type { MetricNamespaces } from '../../lib/domain/names/metric-namespaces';
import { TAGS } from '../../lib/domain/names/naming';
import { LOOK_BACK_MS, endedBadly, type SweptExecution, type SweptNode } from '../../lib/domain/sweep/sweep';
import { attachedAtMs } from '../../lib/domain/sweep/silence';
import type { Log } from '../shared/log';
import type { RunningNode } from '../shared/declared-volumes';
import type { SweepClient } from './sweep.client';

const PERIOD_SECONDS = 60;
const METRICS = [DISK_METRIC.name, INODE_METRICS.used, INODE_METRICS.total] as const;

/** Enough to see that a node reports, and how full it is. Longer than `FRESH_MINUTES`. Milliseconds. */
const LATELY_MS = 15 * 60_000;

/** What the environment file says of its nodes. */
export interface NodeSettings {
  /** Of root, by node group. */
  readonly filesystems: Readonly<Record<string, string>>;
  /** Where the nodes' agents write, by role. */
  readonly namespaces: MetricNamespaces;
  /** What nodes that run must have at least, GiB, by node group; those that declare none are left out. */
  readonly declaredSizes: Readonly<Record<string, number>>;
}

/**
 * The environment's running nodes with what CloudWatch knows of their disks: of the last minutes, and of the last hours
 * where those say too little. Three hours of 5,000 nodes are 2.7 million datapoints: more than the function's memory
 * holds, and 15 seconds of all that the account may read.
 * @throws what the SDK throws
 */
export const readNodes = async (
  client: SweepClient,
  environmentName: string,
  { declaredSizes, ...series }: NodeSettings,
  executions: readonly SweptExecution[],
  nowMs: number,
  log: Log,
): Promise<readonly SweptNode[]> => {
  const nodes = await client.runningNodes({ [TAGS.environment]: environmentName });
  const samplesOf = (some: readonly RunningNode[], forMs: number): Promise<SamplesByNode> =>
    readSamples(client, some, series, { fromMs: nowMs - forMs, toMs: nowMs });
  const lately = await samplesOf(nodes, LATELY_MS);
  // Whether an escalated or waiting node is worse than it was then; when a silent one was last heard of.
  const ailing = new Set(
    executions
      .filter((each) => endedBadly(each) || (each.verdict !== undefined && WAITING.includes(each.verdict)))
      .map(({ instanceId }) => instanceId),
  );
  const unclear = nodes.filter(
    ({ instanceId }) => ailing.has(instanceId) || lately.get(instanceId)?.length === 0,
  );
  const [history, volumes] = await Promise.all([
    samplesOf(unclear, LOOK_BACK_MS),
    readVolumes(client, nodes, declaredSizes, ailing, log),
  ]);
  return nodes.map(({ instanceId, tags, launchedAtMs }) => ({
    instanceId,
    nodeGroup: tags[TAGS.nodeGroup],
    launchedAtMs,
    attachedAtMs: attachedAtMs(tags, nowMs),
    samples: history.get(instanceId) ?? lately.get(instanceId) ?? [],
    volume: volumes.get(instanceId),
  }));
};

/** Full disks come before sizes: without the volumes the sweep is still worth having. */
const readVolumes = async (
  client: SweepClient,
  nodes: readonly RunningNode[],
  declaredSizes: NodeSettings['declaredSizes'],
  suspects: ReadonlySet<string>,
  log: Log,
): ReturnType<SweepClient['declaredVolumes']> => {
  try {
    return await client.declaredVolumes(nodes, declaredSizes, suspects);
  } catch (error) {
    log.warn('the volumes are unknown', { why: describeError(error) });
    return new Map();
  }
};

type SeriesSettings = Pick<NodeSettings, 'filesystems' | 'namespaces'>;

type SamplesByNode = ReadonlyMap<string, SweptNode['samples']>;

/** Call by call, so that what CloudWatch answers is held for the nodes of one call only. */
const readSamples = async (
  client: SweepClient,
  nodes: readonly RunningNode[],
  settings: SeriesSettings,
  window: Omit<SeriesWindow, 'periodSeconds'>,
): Promise<SamplesByNode> => {
  const samples = new Map<string, SweptNode['samples']>();
  for (const some of callsOf(nodes.map((node) => ({ node, queries: queriesOf(node, settings) })))) {
    const answers = await client.series(
      some.flatMap(({ queries }) => queries),
      { periodSeconds: PERIOD_SECONDS, ...window },
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
  { filesystems, namespaces }: SeriesSettings,
): readonly SeriesQuery[] => {
  const group = tags[TAGS.nodeGroup] ?? '';
  const declared = Object.hasOwn(filesystems, group) ? filesystems[group] : undefined;
  const reporter = diskReporter(instanceId, tags, namespaces);
  return (declared === undefined ? ROOT_FILESYSTEMS : [declared]).flatMap((fsType) =>
    METRICS.map((name) => ({
      ...{ namespace: reporter.namespace, name },
      dimensions: diskMetricDimensions(reporter, fsType),
    })),
  );
};
