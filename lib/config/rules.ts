import { DEFAULT_DISK_LEVELS } from '../domain/disk-policy';
import { GP3, gp3MaxIops, gp3MaxThroughputMiBps } from '../domain/gp3';

/**
 * Numbers that come from outside this project, each with its source.
 * The schema and the cross-field rules read them from here only.
 */

/** The domain has it, since the sizing model and the audit need it too. */
export { MIN_ROOT_GIB } from '../domain/sizing';

export { GP3, gp3MaxIops, gp3MaxThroughputMiBps };

/** Kubernetes minor versions with upstream support. Source: https://kubernetes.io/releases/ */
export const KUBERNETES_VERSIONS = ['1.37', '1.36', '1.35'] as const;

export const OPERATING_SYSTEMS = ['ubuntu-24.04', 'amazon-linux-2023'] as const;
export type OperatingSystem = (typeof OPERATING_SYSTEMS)[number];

/** Root's filesystem in each one's images: a dimension of the disk's metrics. */
export const ROOT_FILESYSTEM: Record<OperatingSystem, 'ext4' | 'xfs'> = {
  'ubuntu-24.04': 'ext4',
  'amazon-linux-2023': 'xfs',
};

/** etcd keeps a majority with one member lost only from three members on; one is for trials. */
export const CONTROL_PLANE_COUNTS = [1, 3] as const;

/**
 * A Metrics Insights alarm names at most 100 series that are in ALARM at once, so a bigger group
 * could have full nodes that nobody hears of.
 * Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-metrics-insights-limits.html
 */
export const MAX_NODES_PER_GROUP = 100;

/**
 * The policies of all groups travel in one environment variable, and Lambda allows 4 KB for all of them.
 * Source: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 */
export const MAX_WORKER_GROUPS = 20;

/** Nobody expects a disk to take more than that each day: it is a slip of the unit. GiB. */
export const MAX_GROWTH_GIB_PER_DAY = 1_000;

/** What a key means when the file leaves it out. */
export const DEFAULTS = {
  os: 'ubuntu-24.04',
  iops: GP3.minIops,
  throughputMiBps: GP3.minThroughputMiBps,
  vpcCidr: '10.0.0.0/16',
  diskLevels: DEFAULT_DISK_LEVELS,
} as const;
