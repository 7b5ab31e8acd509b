import { GP3, gp3MaxIops, gp3MaxThroughputMiBps } from '../../../domain/sizing/gp3';
import { nextVolumeSize } from '../../../domain/plan/volume-size';

/** What EBS sells. `undefined`: no such thing to buy on this type. */
export interface VolumeTypeLimits {
  readonly maxGiB: number;
  /** IOPS and throughput that come with every volume. */
  readonly freeIops?: number;
  readonly freeThroughputMiBps?: number;
  /** Maximum that may be provisioned on a volume of this size. */
  readonly maxIops?: (sizeGiB: number) => number;
  readonly maxThroughputMiBps?: (iops: number) => number;
}

/** Sources: https://docs.aws.amazon.com/ebs/latest/userguide/ebs-volume-types.html and its pages of each type, checked 2026-11. */
export const VOLUME_TYPES: Readonly<Record<string, VolumeTypeLimits>> = {
  gp3: {
    maxGiB: GP3.maxGiB,
    freeIops: GP3.minIops,
    freeThroughputMiBps: GP3.minThroughputMiBps,
    maxIops: gp3MaxIops,
    maxThroughputMiBps: gp3MaxThroughputMiBps,
  },
  io2: { maxGiB: 65_536, maxIops: (sizeGiB) => Math.min(256_000, sizeGiB * 1_000) },
  io1: { maxGiB: 16_384, maxIops: (sizeGiB) => Math.min(64_000, sizeGiB * 50) },
  gp2: { maxGiB: 16_384 },
  st1: { maxGiB: 16_384 },
  sc1: { maxGiB: 16_384 },
  standard: { maxGiB: 1_024 },
};

export const volumeType = (name: string): VolumeTypeLimits | undefined =>
  Object.hasOwn(VOLUME_TYPES, name) ? VOLUME_TYPES[name] : undefined;

/**
 * Where an MBR partition table ends, GiB.
 * Source: https://docs.aws.amazon.com/ebs/latest/userguide/volume_constraints.html
 */
export const MBR_LIMIT_GIB = 2_048;

/** Size after the minimum step of a healing, on a disk whose demand is unknown. GiB. */
export const grownOnceGiB = (sizeGiB: number): number =>
  nextVolumeSize({
    currentGiB: sizeGiB,
    unusedGiB: 0,
    usedPercent: 0,
    targetPercent: 100,
    growthPercentPerSecond: undefined,
    maxSizeGiB: Infinity,
  }).targetSizeGiB;

export { MODIFICATIONS_PER_DAY as MODIFICATIONS_A_DAY } from '../../../domain/plan/ebs-budget';
