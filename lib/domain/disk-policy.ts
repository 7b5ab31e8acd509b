/** Levels and limits of one node group, as the environment file declares them. */
export interface DiskPolicy {
  /** Used percent of `/` at which healing starts. */
  readonly warningPercent: number;
  readonly criticalPercent: number;
  readonly emergencyPercent: number;
  /** Healing frees down to this; below `warningPercent`, so that a healed node does not alarm again at once. */
  readonly targetPercent: number;
}

export interface NodeGroupPolicy extends DiskPolicy {
  /** Growth stops here. No cap, no growth: the schema demands it. GiB. */
  readonly maxSizeGiB: number;
  /** Declared root volume size at birth. GiB. */
  readonly sizeGiB: number;
}

/** What the levels are where nobody says otherwise: above the kubelet's garbage collection target, below its eviction. */
export const DEFAULT_DISK_LEVELS = {
  warningPercent: 80,
  criticalPercent: 90,
  emergencyPercent: 95,
  targetPercent: 75,
} as const satisfies DiskPolicy;
