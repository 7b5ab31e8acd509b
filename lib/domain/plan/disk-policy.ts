import type { HealingModes } from './healing-mode';

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
  /** Declared size of the root volume: the initial size, and with `growExisting` also that of running nodes. GiB. */
  readonly sizeGiB: number;
  /** Running nodes are grown in place to `sizeGiB`. Always true for a control plane, whose nodes are never relaunched. @default false */
  readonly growExisting?: boolean | undefined;
  /** @default - everything is done without a question */
  readonly modes?: HealingModes | undefined;
}

/** Minimum size of a running node, GiB; undefined: it is left as it is. Never above the cap. */
export const declaredSizeGiB = ({
  growExisting,
  sizeGiB,
  maxSizeGiB,
}: Pick<NodeGroupPolicy, 'growExisting' | 'sizeGiB' | 'maxSizeGiB'>): number | undefined =>
  growExisting === true ? Math.min(sizeGiB, Math.floor(maxSizeGiB)) : undefined;

/** The default levels: above the kubelet's garbage collection target, below its eviction. */
export const DEFAULT_DISK_LEVELS = {
  warningPercent: 80,
  criticalPercent: 90,
  emergencyPercent: 95,
  targetPercent: 75,
} as const satisfies DiskPolicy;
