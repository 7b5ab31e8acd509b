import { DEFAULT_DISK_LEVELS } from '../domain/plan/disk-policy';
import { GP3, gp3MaxIops, gp3MaxThroughputMiBps } from '../domain/sizing/gp3';

/**
 * Numbers that come from outside this project, each with its source.
 * The schema and the cross-field rules read them from here only.
 */

/** The domain has it, since the sizing model and the audit need it too. */
export { MIN_ROOT_GIB } from '../domain/sizing/sizing';

export { GP3, gp3MaxIops, gp3MaxThroughputMiBps };

/** Kubernetes minor versions with upstream support. Source: https://kubernetes.io/releases/ */
export const KUBERNETES_VERSIONS = ['1.37', '1.36', '1.35'] as const;

/** A patch release of one of them, e.g. `1.36.3`: a node created next year must be what its neighbours are. */
export const KUBERNETES_VERSION = new RegExp(
  `^(?:${KUBERNETES_VERSIONS.map((minor) => minor.replace('.', '\\.')).join('|')})\\.(?:0|[1-9]\\d?)$`,
);

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
 * could have full nodes without a notification.
 * Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-limits.html
 */
export const MAX_NODES_PER_GROUP = 100;

/**
 * The policies of all groups travel in one environment variable, and Lambda allows 4 KB for all of them.
 * Source: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 */
export const MAX_WORKER_GROUPS = 20;

/** What Data Lifecycle Manager takes. Source: https://docs.aws.amazon.com/dlm/latest/APIReference/API_CreateRule.html */
export const VOLUME_SNAPSHOT_HOURS = [1, 2, 3, 4, 6, 8, 12, 24] as const;

/** How often etcd is saved; a divisor of a day, so that the hours are the same every day. */
export const ETCD_SNAPSHOT_HOURS = [1, 2, 3, 4, 6, 8, 12, 24] as const;

/** More than a disk can be expected to take each day: a slip of the unit. GiB. */
export const MAX_GROWTH_GIB_PER_DAY = 1_000;

/** The values of cluster.cniManifest that name no manifest: Headroom's own pod network, and none. */
export const OWN_CNI = 'flannel';
export const NO_CNI = 'none';

/** What a key means when the file leaves it out. */
export const DEFAULTS = {
  os: 'ubuntu-24.04',
  iops: GP3.minIops,
  throughputMiBps: GP3.minThroughputMiBps,
  vpcCidr: '10.0.0.0/16',
  cniManifest: OWN_CNI,
  // kubeadm's own default for services; for pods what flannel's and most CNIs' manifests have.
  podCidr: '10.244.0.0/16',
  serviceCidr: '10.96.0.0/12',
  etcdSnapshots: { everyHours: 6, retentionDays: 14 },
  volumeSnapshots: { everyHours: 24, keep: 7 },
  diskLevels: DEFAULT_DISK_LEVELS,
} as const;
