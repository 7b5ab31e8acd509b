import {
  DISK_METRIC,
  INODE_METRICS,
  ROOT_FILESYSTEMS,
  diskMetricDimensions,
  diskReporter,
  fullerOf,
} from '../../domain/names/disk-metric';
import {
  EMPTY_LEDGER,
  growthBudget,
  ledgerKeyOf,
  readLedger,
  type GrowthBudget,
} from '../../domain/plan/growth-budget';
import { HEAL_METRICS } from '../../domain/names/heal-metrics';
import type { HealingBounds } from '../../domain/plan/healing-bounds';
import { known, unknown, type Known } from '../../domain/known';
import type { MetricNamespaces } from '../../domain/names/metric-namespaces';
import {
  METRIC_NAMESPACE,
  documentName,
  evidenceParameterName,
  measuredAlarmPrefix,
  pauseParameterName,
  resourcePrefix,
} from '../../domain/names/naming';
import { activePauses, readPauses, type Pause } from '../../domain/pause/pause';
import type { Target } from '../account';
import { explainAws } from '../console-error';
import { tried } from '../../aws/tried';
import { HEALS_DAYS } from './node-status';
import {
  HISTORY_DAYS,
  type ListedAlarm,
  type ListedNode,
  type NodeSeries,
  type StatusFacts,
} from './status-facts';
import type { SeriesQuery } from '../../aws/metrics';
import type { StatusClient } from './status.client';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** A node that did not report for so long has no use that is known. */
const LATELY_MS = 15 * MINUTE_MS;

/**
 * Reads an environment's state. A source that AWS refuses is unknown, with its reason; the rest is still shown.
 * @param tags by which the nodes are found
 * @param namespaces where the nodes' agents write
 * @param bounds of the environment file; may throw where they are unknown
 * @throws ConsoleError when not even the nodes can be listed
 */
export const readStatus = async (
  target: Target,
  tags: Readonly<Record<string, string>>,
  namespaces: MetricNamespaces,
  bounds: () => HealingBounds,
  client: StatusClient,
  nowMs: number,
): Promise<StatusFacts> => {
  const { environmentName: environment } = target;
  let nodes: readonly ListedNode[];
  try {
    nodes = await client.nodes(tags);
  } catch (error) {
    throw explainAws(error, { doing: 'list the nodes', environment, allow: 'ec2:DescribeInstances' });
  }
  const instanceIds = nodes.map(({ instanceId }) => instanceId);
  const volumeIds = nodes.flatMap(({ rootVolumeId }) => rootVolumeId ?? []);
  const [volumes, modifications, series, heals, alarms, agents, pauses, growth] = await Promise.all([
    tried(client.volumes(volumeIds)),
    tried(client.modifications(volumeIds)),
    tried(readSeries(client, { environment, namespaces }, nodes, nowMs)),
    tried(client.heals(documentName(environment, 'HealNode'), nowMs - HEALS_DAYS * DAY_MS)),
    tried(ringing(client, environment)),
    tried(client.agents(instanceIds)),
    tried(client.parameter(pauseParameterName(environment))),
    tried(readGrowth(client, target, bounds, nowMs)),
  ]);
  return {
    ...{ nodes, volumes, modifications, series, heals, alarms, agents, growth },
    pauses: pauses.known ? pausesIn(pauses.value, nowMs) : pauses,
  };
};

const pausesIn = (text: string, nowMs: number): Known<readonly Pause[]> => {
  const reading = readPauses(text);
  return reading.ok
    ? known(activePauses(reading.pauses, nowMs))
    : unknown(`the parameter cannot be read, and pauses nothing: ${reading.why}`);
};

const readGrowth = async (
  client: StatusClient,
  { environmentName, account }: Target,
  bounds: () => HealingBounds,
  nowMs: number,
): Promise<GrowthBudget> => {
  const name = await client.parameter(evidenceParameterName(environmentName));
  const text = await client.object({ name, account }, ledgerKeyOf(nowMs));
  const month = text === undefined ? EMPTY_LEDGER : readLedger(text);
  return growthBudget(month, bounds(), environmentName, nowMs, undefined);
};

/** Two calls for up to 80 nodes: minutes of today, hours of two weeks. */
const readSeries = async (
  client: StatusClient,
  { environment, namespaces }: { environment: string; namespaces: MetricNamespaces },
  nodes: readonly ListedNode[],
  nowMs: number,
): Promise<ReadonlyMap<string, NodeSeries>> => {
  const disk = (node: ListedNode, name: string): SeriesQuery[] => {
    const reporter = diskReporter(node.instanceId, node.tags, namespaces);
    // Which filesystem it is, the series that has data says.
    return ROOT_FILESYSTEMS.map((fsType) => ({
      ...{ namespace: reporter.namespace, name, stat: 'Maximum' },
      dimensions: diskMetricDimensions(reporter, fsType),
    }));
  };
  const grows = (node: ListedNode): SeriesQuery => ({
    ...{ namespace: METRIC_NAMESPACE, name: HEAL_METRICS.grows.name, stat: 'Sum' },
    dimensions: { Environment: environment, InstanceId: node.instanceId },
  });
  const METRICS = [DISK_METRIC.name, INODE_METRICS.used, INODE_METRICS.total];
  const lateQueries = nodes.map((node) => METRICS.map((name) => disk(node, name)));
  const pastQueries = nodes.map((node) => [disk(node, DISK_METRIC.name), [grows(node)]]);
  const [late, past] = await Promise.all([
    answered(client, lateQueries, { fromMs: nowMs - LATELY_MS, toMs: nowMs, periodSeconds: 60 }),
    answered(client, pastQueries, {
      fromMs: nowMs - HISTORY_DAYS * DAY_MS,
      toMs: nowMs,
      periodSeconds: 3_600,
    }),
  ]);
  return new Map(
    nodes.map(({ instanceId }, position) => {
      const [bytes = [], inodesUsed = [], inodesTotal = []] = late[position] ?? [];
      const [history = [], grown = []] = past[position] ?? [];
      return [
        instanceId,
        {
          lately: fullerOf(bytes, inodesUsed, inodesTotal),
          history: history.map(({ atMs, value }) => ({ atMs, usedPercent: value })),
          grows: grown,
        },
      ];
    }),
  );
};

type Samples = Awaited<ReturnType<StatusClient['series']>>[number];

/** The samples of each node's groups of queries, those of a group put together. */
const answered = async (
  client: StatusClient,
  queries: readonly (readonly (readonly SeriesQuery[])[])[],
  window: Parameters<StatusClient['series']>[1],
): Promise<readonly (readonly Samples[])[]> => {
  const flat = queries.flat(2);
  const answers = flat.length === 0 ? [] : await client.series(flat, window);
  let next = 0;
  return queries.map((groups) => groups.map((group) => group.flatMap(() => answers[next++] ?? [])));
};

/** The alarms that report a problem. */
const ringing = async (client: StatusClient, environment: string): Promise<readonly ListedAlarm[]> => {
  const alarms = await client.alarms(`${resourcePrefix(environment)}-`);
  return alarms.filter(({ name }) => !name.startsWith(measuredAlarmPrefix(environment)));
};
