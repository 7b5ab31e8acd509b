import table from './ebs-limits.json';

/** What an instance of one type can drive of all its EBS volumes together. AWS's own MB/s, with 128 KiB I/O. */
export interface EbsLimits {
  /** For as long as one likes. */
  readonly baselineIops: number;
  readonly baselineThroughputMBps: number;
  /** For at least 30 minutes in 24 hours where it is above the baseline. */
  readonly maximumIops: number;
  readonly maximumThroughputMBps: number;
}

/** Of what date the table is, and whose figures. https://docs.aws.amazon.com/ec2/latest/userguide/ebs-optimized.html has them too. */
export const EBS_LIMITS_SOURCE = { date: table.date, source: table.source } as const;

const FAMILIES = new Map(
  Object.entries(table.families as Record<string, Record<string, readonly number[]>>).map(
    ([family, sizes]) => [family, new Map(Object.entries(sizes))],
  ),
);

/** undefined: the type is not in the table, or EBS optimisation says nothing of it. */
export const ebsLimitsOf = (instanceType: string): EbsLimits | undefined => {
  const dot = instanceType.indexOf('.');
  const row = FAMILIES.get(instanceType.slice(0, dot))?.get(instanceType.slice(dot + 1));
  const [baselineIops, baselineThroughputMBps, maximumIops, maximumThroughputMBps] = row ?? [];
  return baselineIops === undefined ||
    baselineThroughputMBps === undefined ||
    maximumIops === undefined ||
    maximumThroughputMBps === undefined
    ? undefined
    : { baselineIops, baselineThroughputMBps, maximumIops, maximumThroughputMBps };
};
