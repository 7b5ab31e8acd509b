/** What an instance type can drive over all its volumes. Baseline holds all day, maximum for half an hour. */
export interface InstanceEbsLimits {
  readonly maximumIops: number;
  readonly maximumThroughputMiBps: number;
}

export type InstanceEbsLimitsOf = (instanceType: string) => InstanceEbsLimits | undefined;

/** No table yet. */
export const instanceEbsLimitsOf: InstanceEbsLimitsOf = () => undefined;
