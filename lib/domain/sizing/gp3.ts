/** gp3, per volume. Source: https://docs.aws.amazon.com/ebs/latest/userguide/general-purpose.html */
export const GP3 = {
  maxGiB: 65_536,
  minIops: 3_000,
  maxIops: 80_000,
  minThroughputMiBps: 125,
  maxThroughputMiBps: 2_000,
  /** Provisioned IOPS per GiB; the baseline of 3,000 comes with every size. */
  maxIopsPerGiB: 500,
  maxThroughputMiBpsPerIops: 0.25,
} as const;

/** IOPS that a gp3 volume of this size may be given. */
export const gp3MaxIops = (sizeGiB: number): number =>
  Math.min(GP3.maxIops, Math.max(GP3.minIops, sizeGiB * GP3.maxIopsPerGiB));

/** Throughput that a gp3 volume with these IOPS may be given. MiB/s. */
export const gp3MaxThroughputMiBps = (iops: number): number =>
  Math.min(GP3.maxThroughputMiBps, iops * GP3.maxThroughputMiBpsPerIops);
