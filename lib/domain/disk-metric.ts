import type { UsageSample } from './growth-forecast';

/** The CloudWatch agent's metric that the alarms watch and the forecast reads. */
export const DISK_METRIC = { namespace: 'CWAgent', name: 'disk_used_percent', path: '/' } as const;

/** Of the same series; the agent has no percentage of inodes. */
export const INODE_METRICS = { used: 'disk_inodes_used', total: 'disk_inodes_total' } as const;

/** Filesystems that a root disk has; where nobody can tell which, both series are read and one is empty. */
export const ROOT_FILESYSTEMS = ['ext4', 'xfs'] as const;

/**
 * The exact dimension set of one node's series: a set that differs by one dimension names another series, and that
 * one is empty.
 * @param autoScalingGroupName the agent appends it for instances in a group; undefined: the control plane
 */
export const diskMetricDimensions = (node: {
  readonly instanceId: string;
  readonly fsType: string;
  readonly autoScalingGroupName: string | undefined;
}): Readonly<Record<string, string>> => ({
  ...(node.autoScalingGroupName !== undefined && { AutoScalingGroupName: node.autoScalingGroupName }),
  InstanceId: node.instanceId,
  path: DISK_METRIC.path,
  fstype: node.fsType,
});

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
