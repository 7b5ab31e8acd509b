import type { DiskPolicy } from './disk-policy';
import type { NodeRole } from '../names/naming';

/**
 * What happens on a root disk as it fills, and in which order: journal and logs at their limits < image collection low < image
 * collection high < warning < the kubelet's eviction. The kubelet's files, the sizing model and the audit read it here.
 */

/** One point of the order, in percent used of `/`. */
export interface DiskPoint {
  readonly name: string;
  readonly percent: number;
  /** Not declared: known only nearly, so that it counts where it is passed, not where it is met. @default false */
  readonly isDefault?: boolean;
}

/** Two neighbours of which the first is not below the second. */
export interface Disorder {
  readonly low: DiskPoint;
  readonly high: DiskPoint;
}

/** The neighbours that do not rise, in the order given. Empty: all is in order. */
export const outOfOrder = (points: readonly DiskPoint[]): Disorder[] =>
  points.slice(1).flatMap((high, index) => {
    const low = points[index]!;
    const isDefault = low.isDefault === true || high.isDefault === true;
    return (isDefault ? low.percent <= high.percent : low.percent < high.percent) ? [] : [{ low, high }];
  });

/** When the kubelet acts by itself, in percent used. */
export interface KubeletDiskPolicy {
  /** imageGCLowThresholdPercent: collection stops here. */
  readonly imageGcLowPercent: number;
  /** imageGCHighThresholdPercent: collection starts here. */
  readonly imageGcHighPercent: number;
  /** 100 minus nodefs.available or imagefs.available, whichever evicts first on one filesystem. */
  readonly evictionPercent: number;
}

/**
 * The kubelet's defaults: images are collected from 85 down to 80, and with images on the root filesystem pods are evicted
 * below 15 % free (imagefs.available), before nodefs.available's 10 %.
 * Source: https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/
 */
export const KUBELET_DEFAULTS = {
  imageGcLowPercent: 80,
  imageGcHighPercent: 85,
  evictionPercent: 85,
} as const satisfies KubeletDiskPolicy;

const COLLECT_BELOW_WARNING = 5;
const COLLECTION_BAND = 10;
/** The lowest level, still above 0. */
const MINIMUM_LOW_PERCENT = 5;
/** etcd and the API server stop at 97. Source: https://github.com/kubernetes/kubernetes/issues/74169 */
const LATEST_EVICTION_PERCENT = 98;

/**
 * When the kubelet of our nodes acts: it collects images before the warning rings, and evicts after it. Eviction stays where
 * the kubelet has it, unless the warning is so late that it must come later still.
 */
export const kubeletDiskPolicy = ({ warningPercent }: DiskPolicy): KubeletDiskPolicy => {
  const imageGcHighPercent = Math.max(MINIMUM_LOW_PERCENT + 1, warningPercent - COLLECT_BELOW_WARNING);
  return {
    imageGcLowPercent: Math.max(MINIMUM_LOW_PERCENT, imageGcHighPercent - COLLECTION_BAND),
    imageGcHighPercent,
    evictionPercent: Math.max(
      KUBELET_DEFAULTS.evictionPercent,
      Math.min(warningPercent + COLLECT_BELOW_WARNING, LATEST_EVICTION_PERCENT),
    ),
  };
};

/** The kubelet's containerLogMaxSize and containerLogMaxFiles, and journald's SystemMaxUse (PrepareNode sets it). */
export const LOG_LIMITS = { containerLogMaxMiB: 10, containerLogMaxFiles: 5, journalMaxMiB: 500 } as const;

/** Pods whose logs are on the disk: the kubelet's maxPods on a worker; on a control-plane node an estimate. */
export const LOGGING_PODS = { 'control-plane': 15, worker: 110 } as const;

/**
 * What files can have of a volume: ext4 keeps 5 % for root and under 2 % for inode tables. xfs keeps less, so that the
 * model is a little too careful there.
 */
export const USABLE_RATIO = 0.93;

const MIB_PER_GIB = 1_024;

/** What journal and container logs may have at most, in percent of the volume: more than that no log ever fills. */
export const logsPercent = (role: NodeRole, sizeGiB: number): number => {
  const { containerLogMaxMiB, containerLogMaxFiles, journalMaxMiB } = LOG_LIMITS;
  const mib = LOGGING_PODS[role] * containerLogMaxMiB * containerLogMaxFiles + journalMaxMiB;
  return (mib / MIB_PER_GIB / (sizeGiB * USABLE_RATIO)) * 100;
};

/** The whole order on a node that Headroom makes. */
export const diskOrder = (
  node: { readonly role: NodeRole; readonly sizeGiB: number },
  diskLevels: DiskPolicy,
  kubelet = kubeletDiskPolicy(diskLevels),
): DiskPoint[] => [
  { name: 'journal and log limits', percent: logsPercent(node.role, node.sizeGiB) },
  { name: 'image collection low', percent: kubelet.imageGcLowPercent },
  { name: 'image collection high', percent: kubelet.imageGcHighPercent },
  { name: 'warning', percent: diskLevels.warningPercent },
  { name: 'eviction', percent: kubelet.evictionPercent },
];
