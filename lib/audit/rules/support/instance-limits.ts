import { ebsLimitsOf } from '../../../tables/ebs-limits';

/** The maximum that an instance type can drive over all its volumes, for at least half an hour a day. */
export interface InstanceEbsLimits {
  readonly maximumIops: number;
  readonly maximumThroughputMiBps: number;
}

export type InstanceEbsLimitsOf = (instanceType: string) => InstanceEbsLimits | undefined;

/** Bytes of a MB, in which AWS counts instances' throughput, in MiB, in which it sells volumes'. */
const MIB_OF_A_MB = 1e6 / 1024 ** 2;

export const instanceEbsLimitsOf: InstanceEbsLimitsOf = (instanceType) => {
  const limits = ebsLimitsOf(instanceType);
  return (
    limits && {
      maximumIops: limits.maximumIops,
      maximumThroughputMiBps: limits.maximumThroughputMBps * MIB_OF_A_MB,
    }
  );
};
