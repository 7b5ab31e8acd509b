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
import type { RunningNode, SeriesQuery, SweepClient } from './sweep.client';

const PERIOD_SECONDS = 60;
const METRICS = [DISK_METRIC.name, INODE_METRICS.used, INODE_METRICS.total] as const;
/** GetAutomationExecution calls under way at a time. */
const AT_ONCE = 10;
/** The output that only an execution has which called a person. */
const ESCALATED = 'escalate.Payload';

/** The environment's running nodes with what CloudWatch knows of their disks. @throws what the SDK throws */
export const readNodes = async (
  client: SweepClient,
  environmentName: string,
  filesystems: Readonly<Record<string, string>>,
  nowMs: number,
): Promise<readonly SweptNode[]> => {
  const nodes = await client.runningNodes({ key: TAGS.environment, value: environmentName });
  const asked = nodes.map((node) => queriesOf(node, filesystems));
  const answers = await client.series(asked.flat(), {
    namespace: DISK_METRIC.namespace,
    periodSeconds: PERIOD_SECONDS,
    fromMs: nowMs - LOOK_BACK_MS,
    toMs: nowMs,
  });
  let next = 0;
  return nodes.map((node, index) => {
    const queries = asked[index] ?? [];
    const own = answers.slice(next, (next += queries.length));
    const named = (metric: string): readonly MetricSample[] =>
      own.filter((_, position) => queries[position]?.name === metric).flat();
    const [bytes, inodesUsed, inodesTotal] = METRICS;
    return {
      instanceId: node.instanceId,
      nodeGroup: node.tags[TAGS.nodeGroup],
      launchedAtMs: node.launchedAtMs,
      samples: fullerOf(named(bytes), named(inodesUsed), named(inodesTotal)),
    };
  });
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
    const executions: SweptExecution[] = [];
    const all = [...listed.values()];
    for (let first = 0; first < all.length; first += AT_ONCE) {
      const some = all.slice(first, first + AT_ONCE).map((each) => this.complete(each));
      executions.push(...(await Promise.all(some)));
    }
    for (const id of this.instanceOf.keys()) if (!listed.has(id)) this.instanceOf.delete(id);
    return executions;
  }

  private async complete(listed: ListedExecution): Promise<SweptExecution> {
    const { executionId, status, startedAtMs = 0, endedAtMs, outputs } = listed;
    const instanceId = this.instanceOf.get(executionId) ?? (await this.client.instanceOf(executionId));
    this.instanceOf.set(executionId, instanceId);
    return { instanceId, startedAtMs, endedAtMs, status, escalated: outputs.includes(ESCALATED) };
  }
}
