import { describeError } from '../../lib/aws/errors';
import { QUERIES_PER_CALL, type SeriesQuery, type SeriesWindow } from '../../lib/aws/metrics';
import {
  DISK_METRIC,
  INODE_METRICS,
  ROOT_FILESYSTEMS,
  diskMetricDimensions,
  diskReporter,
  fullerOf,
  groupMetricDimensions,
  type MetricSample,
} from '../../lib/domain/names/disk-metric';
import { WAITING } from '../../lib/domain/outcome/healing-outcome';
import type { MetricNamespaces } from '../../lib/domain/names/metric-namespaces';
import { TAGS } from '../../lib/domain/names/naming';
import type { DiskPolicy } from '../../lib/domain/plan/disk-policy';
import type { DeclaredVolume } from '../../lib/domain/sizing/declared-size';
import { countedMinutes, groupNeeds, isDue, type GroupReports } from '../../lib/domain/sweep/group-look';
import {
  LOOK_BACK_MS,
  endedBadly,
  type SweptAlarm,
  type SweptExecution,
  type SweptNode,
} from '../../lib/domain/sweep/sweep';
import { SETTLE_MS, attachedAtMs } from '../../lib/domain/sweep/silence';
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
  readonly levels: DiskPolicy;
}

/** What a sweep has seen. */
export interface SeenNodes {
  /** All that run. */
  readonly running: number;
  /** Those whose own series were read; of the others their group's say that they report and are below every level. */
  readonly read: readonly SweptNode[];
}

/** Who must be read, whatever its group reports. */
export interface Suspects {
  readonly executions: readonly SweptExecution[];
  readonly alarms: readonly SweptAlarm[];
}

/**
 * The environment's running nodes with what CloudWatch knows of their disks: of the last minutes, and of the last hours
 * where those say too little. Three hours of 5,000 nodes are 2.7 million datapoints: more than the function's memory
 * holds, and 15 seconds of all that the account may read. Each series costs each time (docs/cost.md): the nodes of an Auto
 * Scaling group are read one by one only where the series of the whole group do not say that all of them are well.
 * @throws what the SDK throws
 */
export const readNodes = async (
  client: SweepClient,
  environmentName: string,
  { declaredSizes, levels, ...series }: NodeSettings,
  { executions, alarms }: Suspects,
  nowMs: number,
  log: Log,
): Promise<SeenNodes> => {
  const nodes = await client.runningNodes({ [TAGS.environment]: environmentName });
  const samplesOf = (asked: readonly AskedNode[], forMs: number): Promise<SamplesByNode> =>
    readSamples(client, asked, series, { fromMs: nowMs - forMs, toMs: nowMs });
  // Whether an escalated or waiting node is worse than it was then; when a silent one was last heard of.
  const ailing = new Set(
    executions
      .filter((each) => endedBadly(each) || (each.verdict !== undefined && WAITING.includes(each.verdict)))
      .map(({ instanceId }) => instanceId),
  );
  const groups = groupsOf(nodes, series.namespaces);
  const volumes = await readVolumes(client, nodes, declaredSizes, ailing, log);
  const suspects = new Set([...executions, ...alarms].map(({ instanceId }) => instanceId));
  const isSuspect = ({ instanceId, launchedAtMs = nowMs }: RunningNode): boolean =>
    suspects.has(instanceId) || launchedAtMs > nowMs - SETTLE_MS || isShort(volumes.get(instanceId));
  const grouped = new Set([...groups.values()].flatMap((group) => group.nodes));
  const first = nodes.flatMap((node): readonly AskedNode[] => {
    if (!grouped.has(node) || isSuspect(node)) return [{ node, metrics: METRICS }];
    return isDue(node.instanceId, nowMs) ? [{ node, metrics: [DISK_METRIC.name] }] : [];
  });
  const [own, reports] = await Promise.all([
    samplesOf(first, LATELY_MS),
    readGroups(client, [...groups.values()], nowMs),
  ]);
  const rest = [...groups.values()].flatMap(({ nodes: members }, index): readonly AskedNode[] => {
    const [read, unread] = [members.filter(isIn(own)), members.filter((node) => !isIn(own)(node))];
    const samples = read.map(({ instanceId }) => own.get(instanceId) ?? []);
    const { bytes, inodes } = groupNeeds(reports[index] ?? NO_REPORTS, samples, unread.length, levels, nowMs);
    if (inodes) return members.filter((node) => !isSuspect(node)).map((node) => ({ node, metrics: METRICS }));
    return bytes ? unread.map((node) => ({ node, metrics: [DISK_METRIC.name] })) : [];
  });
  const lately: SamplesByNode = new Map([...own, ...(await samplesOf(rest, LATELY_MS))]);
  const read = nodes.filter(isIn(lately));
  const unclear = read.filter(
    ({ instanceId }) => ailing.has(instanceId) || lately.get(instanceId)?.length === 0,
  );
  const history = await samplesOf(
    unclear.map((node) => ({ node, metrics: METRICS })),
    LOOK_BACK_MS,
  );
  return {
    running: nodes.length,
    read: read.map(({ instanceId, tags, launchedAtMs }) => ({
      instanceId,
      nodeGroup: tags[TAGS.nodeGroup],
      launchedAtMs,
      attachedAtMs: attachedAtMs(tags, nowMs),
      samples: history.get(instanceId) ?? lately.get(instanceId) ?? [],
      volume: volumes.get(instanceId),
    })),
  };
};

const isIn =
  (samples: SamplesByNode) =>
  ({ instanceId }: RunningNode): boolean =>
    samples.has(instanceId);

const isShort = (volume: DeclaredVolume | undefined): boolean =>
  volume !== undefined && volume.sizeGiB < volume.declaredSizeGiB;

/** The nodes of one Auto Scaling group, and the series that they report into together. */
interface NodesOfGroup {
  readonly namespace: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly nodes: RunningNode[];
}

const groupsOf = (
  nodes: readonly RunningNode[],
  namespaces: MetricNamespaces,
): ReadonlyMap<string, NodesOfGroup> => {
  const groups = new Map<string, NodesOfGroup>();
  for (const node of nodes) {
    const reporter = diskReporter(node.instanceId, node.tags, namespaces);
    const dimensions = groupMetricDimensions(reporter);
    if (dimensions === undefined) continue;
    const key = JSON.stringify([reporter.namespace, dimensions]);
    const group = groups.get(key) ?? { namespace: reporter.namespace, dimensions, nodes: [] };
    group.nodes.push(node);
    groups.set(key, group);
  }
  return groups;
};

const NO_REPORTS: GroupReports = {
  maximumUsedPercent: [],
  reports: [],
  maximumInodesUsed: [],
  minimumInodesTotal: [],
};

const readGroups = async (
  client: SweepClient,
  groups: readonly NodesOfGroup[],
  nowMs: number,
): Promise<readonly GroupReports[]> => {
  const asked = [
    { name: DISK_METRIC.name },
    { name: DISK_METRIC.name, stat: 'SampleCount' },
    { name: INODE_METRICS.used },
    { name: INODE_METRICS.total, stat: 'Minimum' },
  ] as const;
  const answers = await client.series(
    groups.flatMap(({ namespace, dimensions }) => asked.map((each) => ({ namespace, dimensions, ...each }))),
    { periodSeconds: PERIOD_SECONDS, fromMs: countedMinutes(nowMs).fromMs, toMs: nowMs },
  );
  return groups.map((_, index) => {
    const [maximumUsedPercent = [], reports = [], maximumInodesUsed = [], minimumInodesTotal = []] =
      answers.slice(index * asked.length, (index + 1) * asked.length);
    return { maximumUsedPercent, reports, maximumInodesUsed, minimumInodesTotal };
  });
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
  nodes: readonly AskedNode[],
  settings: SeriesSettings,
  window: Omit<SeriesWindow, 'periodSeconds'>,
): Promise<SamplesByNode> => {
  const samples = new Map<string, SweptNode['samples']>();
  for (const some of callsOf(nodes.map((asked) => ({ ...asked, queries: queriesOf(asked, settings) })))) {
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

/** A node, and the metrics of it that are to be read. */
interface AskedNode {
  readonly node: RunningNode;
  readonly metrics: readonly (typeof METRICS)[number][];
}

interface QueriedNode extends AskedNode {
  readonly queries: readonly SeriesQuery[];
}

/** As many nodes together as one call takes. */
const callsOf = (asked: readonly QueriedNode[]): readonly (readonly QueriedNode[])[] => {
  const calls: QueriedNode[][] = [];
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

/** A group of which no filesystem is declared has either: both series are read. */
const queriesOf = (
  { node: { instanceId, tags }, metrics }: AskedNode,
  { filesystems, namespaces }: SeriesSettings,
): readonly SeriesQuery[] => {
  const group = tags[TAGS.nodeGroup] ?? '';
  const declared = Object.hasOwn(filesystems, group) ? filesystems[group] : undefined;
  const reporter = diskReporter(instanceId, tags, namespaces);
  return (declared === undefined ? ROOT_FILESYSTEMS : [declared]).flatMap((fsType) =>
    metrics.map((name) => ({
      ...{ namespace: reporter.namespace, name },
      dimensions: diskMetricDimensions(reporter, fsType),
    })),
  );
};
