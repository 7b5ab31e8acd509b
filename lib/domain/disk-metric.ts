/** The CloudWatch agent's metric that the alarms watch and the forecast reads. */
export const DISK_METRIC = { namespace: 'CWAgent', name: 'disk_used_percent', path: '/' } as const;

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
