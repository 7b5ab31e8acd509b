import { ROOT_FILESYSTEM, type OperatingSystem } from '../config/rules';
import type { NodeRole } from '../domain/naming';
import { GUARD_STATSD_PORT } from './guard-metric';

/**
 * The one place that knows how nodes report their disk. Agent configuration and alarms both come from here,
 * because an alarm whose dimensions differ from the agent's in one letter never fires.
 */

export const AGENT_NAMESPACE = 'CWAgent';
export const USED_PERCENT_METRIC = 'disk_used_percent';
export const INODES_FREE_METRIC = 'disk_inodes_free';
/** Seconds between two measurements; also the alarms' period. */
export const MEASURE_SECONDS = 60;

const MEASURED_PATH = '/';
const AUTO_SCALING_GROUP = 'AutoScalingGroupName';

/** What the agent adds to each measurement, per role, with the placeholder it fills in itself. */
const APPENDED: Record<NodeRole, Readonly<Record<string, string>>> = {
  'control-plane': { InstanceId: '${aws:InstanceId}' },
  worker: {
    [AUTO_SCALING_GROUP]: '${aws:AutoScalingGroupName}',
    InstanceId: '${aws:InstanceId}',
  },
};

/** What the disk plugin itself adds, without `device` (`drop_device`), whose name changes across reboots. */
const MEASURED = ['fstype', 'path'] as const;

/** Names of all dimensions of a node's disk metrics, as a Metrics Insights SCHEMA lists them. */
export const diskDimensionNames = (role: NodeRole): string[] => [...Object.keys(APPENDED[role]), ...MEASURED];

/** Dimensions of one control-plane node's disk metrics. */
export const controlPlaneDiskDimensions = (
  instanceId: string,
  os: OperatingSystem,
): Record<string, string> => ({ InstanceId: instanceId, fstype: ROOT_FILESYSTEM[os], path: MEASURED_PATH });

/** Dimensions of what the agent sends a second time, summed up over a worker group. */
export const workerGroupDimensions = (autoScalingGroupName: string): Record<string, string> => ({
  [AUTO_SCALING_GROUP]: autoScalingGroupName,
});

/** One series a node of a worker group, the worst first: a query answers with 500 series at most. */
const workerQuery = (
  autoScalingGroupName: string,
  metric: string,
  worst: 'MAX' | 'MIN',
  order: 'DESC' | 'ASC',
): string =>
  `SELECT ${worst}(${metric}) FROM SCHEMA("${AGENT_NAMESPACE}", ${diskDimensionNames('worker').join(', ')}) ` +
  `WHERE ${AUTO_SCALING_GROUP} = '${autoScalingGroupName}' AND path = '${MEASURED_PATH}' ` +
  `GROUP BY InstanceId ORDER BY ${worst}() ${order}`;

/** The fullest root disk of each node of a worker group, one series a node. */
export const workerDiskQuery = (autoScalingGroupName: string): string =>
  workerQuery(autoScalingGroupName, USED_PERCENT_METRIC, 'MAX', 'DESC');

/** The fewest free inodes of each node of a worker group, one series a node. */
export const workerInodeQuery = (autoScalingGroupName: string): string =>
  workerQuery(autoScalingGroupName, INODES_FREE_METRIC, 'MIN', 'ASC');

/** The CloudWatch agent's configuration for all nodes of a role. */
export const agentConfiguration = (role: NodeRole): object => ({
  // The agent refuses a global setting to which two of its files give different values: as few as can be.
  agent: {
    // Empty: to the journal, which has a size limit, instead of a log file of its own on the watched disk.
    logfile: '',
  },
  metrics: {
    namespace: AGENT_NAMESPACE,
    append_dimensions: APPENDED[role],
    ...(role === 'worker' && { aggregation_dimensions: [[AUTO_SCALING_GROUP]] }),
    metrics_collected: {
      disk: {
        // The agent has no percentage of inodes: the sweep divides, the alarms count what is free.
        measurement: ['used_percent', 'inodes_free', 'inodes_used', 'inodes_total'],
        resources: [MEASURED_PATH],
        metrics_collection_interval: MEASURE_SECONDS,
        drop_device: true,
      },
      statsd: {
        // From this node only; nobody else has a say in its alarms.
        service_address: `127.0.0.1:${GUARD_STATSD_PORT}`,
        metrics_collection_interval: MEASURE_SECONDS,
        metrics_aggregation_interval: MEASURE_SECONDS,
      },
    },
  },
});
