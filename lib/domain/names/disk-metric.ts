import type { UsageSample } from '../sizing/growth-forecast';
import type { MetricNamespaces } from './metric-namespaces';
import { AUTO_SCALING_GROUP_TAG, CONTROL_PLANE_GROUP, TAGS, type NodeRole } from './naming';

/** The CloudWatch agent's metric that the alarms watch and the forecast reads. */
export const DISK_METRIC = { name: 'disk_used_percent', path: '/' } as const;

/** Of the same series; the agent has no percentage of inodes. */
export const INODE_METRICS = {
  used: 'disk_inodes_used',
  total: 'disk_inodes_total',
  free: 'disk_inodes_free',
} as const;

/** Filesystems that a root disk has; where it is unknown which, both series are read and one is empty. */
export const ROOT_FILESYSTEMS = ['ext4', 'xfs'] as const;

/** What the CloudWatch agent can append by itself. */
type Appended = 'AutoScalingGroupName' | 'InstanceId';

/**
 * What the agent adds to each measurement, by the role of its node: the agent's configuration, the alarms and every
 * reader take it from here, since an alarm or a query whose dimensions differ in one name sees nothing. A control-plane
 * node may be in an Auto Scaling group too (kops always has them in one); its configuration leaves the group out.
 */
export const APPENDED_DIMENSIONS: Readonly<Record<NodeRole, readonly Appended[]>> = {
  'control-plane': ['InstanceId'],
  worker: ['AutoScalingGroupName', 'InstanceId'],
};

/** What the disk plugin itself adds, without `device` (`drop_device`), whose name changes across reboots. */
const MEASURED = ['fstype', 'path'] as const;

/** Names of all dimensions of a node's disk metrics, as a Metrics Insights SCHEMA lists them. */
export const diskDimensionNames = (role: NodeRole): string[] => [...APPENDED_DIMENSIONS[role], ...MEASURED];

/** Whose agent reports: what its series are named by. */
export interface DiskReporter {
  readonly instanceId: string;
  readonly role: NodeRole;
  /** undefined: it is in none, and the agent leaves out what it cannot fill in. */
  readonly autoScalingGroupName: string | undefined;
}

/** A reporter, and the CloudWatch namespace that its agent writes into. */
export interface PlacedReporter extends DiskReporter {
  readonly namespace: string;
}

/** By the instance's tags. One without a role has no agent configuration of Headroom: taken for a worker. */
export const diskReporter = (
  instanceId: string,
  tags: Readonly<Record<string, string>>,
  namespaces: MetricNamespaces,
): PlacedReporter => {
  const role = (tags[TAGS.role] ?? tags[TAGS.nodeGroup]) === CONTROL_PLANE_GROUP ? 'control-plane' : 'worker';
  const autoScalingGroupName = tags[AUTO_SCALING_GROUP_TAG];
  return { instanceId, role, autoScalingGroupName, namespace: namespaces[role] };
};

/** Names of the dimensions by which the agents of workers send each measurement once more: all nodes of a group in one series. */
export const GROUP_DIMENSION_NAMES: readonly Appended[] = ['AutoScalingGroupName'];

/** The group's series that the node's agent reports into, too; undefined: it reports for itself alone. */
export const groupMetricDimensions = ({
  role,
  autoScalingGroupName,
}: DiskReporter): Readonly<Record<string, string>> | undefined =>
  role === 'worker' && autoScalingGroupName !== undefined
    ? { AutoScalingGroupName: autoScalingGroupName }
    : undefined;

/** The exact dimension set of one node's series: a set that differs by one dimension names another, empty series. */
export const diskMetricDimensions = (
  { role, instanceId, autoScalingGroupName }: DiskReporter,
  fsType: string,
): Readonly<Record<string, string>> => {
  const values: Readonly<Record<Appended, string | undefined>> = {
    InstanceId: instanceId,
    AutoScalingGroupName: autoScalingGroupName,
  };
  const appended = APPENDED_DIMENSIONS[role].flatMap((name) => {
    const value = values[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return { ...Object.fromEntries(appended), path: DISK_METRIC.path, fstype: fsType };
};

/** Values of one metric, of one node. */
export interface MetricSample {
  /** Milliseconds since the epoch. */
  readonly atMs: number;
  readonly value: number;
}

/** Used percent over time, of bytes or inodes, whichever is the fuller at that moment. Order does not matter. */
export const fullerOf = (
  bytesPercent: readonly MetricSample[],
  inodesUsed: readonly MetricSample[],
  inodesTotal: readonly MetricSample[],
): readonly UsageSample[] => {
  const totals = new Map(inodesTotal.map(({ atMs, value }) => [atMs, value]));
  const percents = new Map<number, number>();
  const keep = (atMs: number, percent: number): void => {
    if (percent >= 0 && percent <= 100) percents.set(atMs, Math.max(percent, percents.get(atMs) ?? 0));
  };
  for (const { atMs, value } of bytesPercent) keep(atMs, value);
  // Some filesystems count no inodes: a total of 0 makes no percentage, and is left out.
  for (const { atMs, value } of inodesUsed) keep(atMs, (100 * value) / (totals.get(atMs) ?? 0));
  return [...percents].map(([atMs, usedPercent]) => ({ atMs, usedPercent }));
};
