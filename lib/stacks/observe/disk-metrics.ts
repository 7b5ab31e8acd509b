import { ROOT_FILESYSTEM, type OperatingSystem } from '../../config/rules';
import {
  APPENDED_DIMENSIONS,
  DISK_METRIC,
  GROUP_DIMENSION_NAMES,
  INODE_METRICS,
  diskDimensionNames,
  diskMetricDimensions,
} from '../../domain/names/disk-metric';
import type { NodeRole } from '../../domain/names/naming';
import { GUARD_STATSD_PORT } from '../../domain/names/guard-metric';

/** The CloudWatch agent's configuration and the alarms' metrics; what both are named by is lib/domain/names/disk-metric. */

export const USED_PERCENT_METRIC = DISK_METRIC.name;
export const INODES_FREE_METRIC = INODE_METRICS.free;
/** Seconds between two measurements; also the alarms' period. */
export const MEASURE_SECONDS = 60;

const MEASURED_PATH = DISK_METRIC.path;
const AUTO_SCALING_GROUP = 'AutoScalingGroupName';

/** Dimensions of one control-plane node's disk metrics. */
export const controlPlaneDiskDimensions = (
  instanceId: string,
  os: OperatingSystem,
): Record<string, string> => ({
  ...diskMetricDimensions(
    { instanceId, role: 'control-plane', autoScalingGroupName: undefined },
    ROOT_FILESYSTEM[os],
  ),
});

/** Dimensions of what the agent sends a second time, summed up over a worker group. */
export const workerGroupDimensions = (autoScalingGroupName: string): Record<string, string> => ({
  [AUTO_SCALING_GROUP]: autoScalingGroupName,
});

/** One series a node of a worker group, the worst first: a query answers with 500 series at most. */
const workerQuery = (
  namespace: string,
  autoScalingGroupName: string,
  metric: string,
  worst: 'MAX' | 'MIN',
  order: 'DESC' | 'ASC',
): string =>
  `SELECT ${worst}(${metric}) FROM SCHEMA("${namespace}", ${diskDimensionNames('worker').join(', ')}) ` +
  `WHERE ${AUTO_SCALING_GROUP} = '${autoScalingGroupName}' AND path = '${MEASURED_PATH}' ` +
  `GROUP BY InstanceId ORDER BY ${worst}() ${order}`;

/** The fullest root disk of each node of a worker group, one series a node. */
export const workerDiskQuery = (namespace: string, autoScalingGroupName: string): string =>
  workerQuery(namespace, autoScalingGroupName, USED_PERCENT_METRIC, 'MAX', 'DESC');

/** The fewest free inodes of each node of a worker group, one series a node. */
export const workerInodeQuery = (namespace: string, autoScalingGroupName: string): string =>
  workerQuery(namespace, autoScalingGroupName, INODES_FREE_METRIC, 'MIN', 'ASC');

/** The CloudWatch agent's configuration for all nodes of a role. */
export const agentConfiguration = (role: NodeRole, namespace: string): object => ({
  // The agent refuses a global setting to which two of its files give different values: as few as can be.
  agent: {
    // Empty: to the journal, which has a size limit, instead of its own log file on the watched disk.
    logfile: '',
  },
  metrics: {
    namespace,
    // With the placeholder that the agent fills in itself.
    append_dimensions: Object.fromEntries(APPENDED_DIMENSIONS[role].map((name) => [name, `\${aws:${name}}`])),
    ...(role === 'worker' && { aggregation_dimensions: [GROUP_DIMENSION_NAMES] }),
    metrics_collected: {
      disk: {
        // The agent has no percentage of inodes: the sweep divides, the alarms count what is free.
        measurement: ['used_percent', 'inodes_free', 'inodes_used', 'inodes_total'],
        resources: [MEASURED_PATH],
        metrics_collection_interval: MEASURE_SECONDS,
        drop_device: true,
      },
      statsd: {
        // From this node only; no one else can influence its alarms.
        service_address: `127.0.0.1:${GUARD_STATSD_PORT}`,
        metrics_collection_interval: MEASURE_SECONDS,
        metrics_aggregation_interval: MEASURE_SECONDS,
      },
    },
  },
});
