/** A list price of AWS without free tier, discount or tax. */
export interface ServicePrice {
  /** US dollars for one unit, by tier: up to so many units a month at this price. */
  readonly tiers: readonly { readonly upTo: number; readonly usd: number }[];
  readonly unit: string;
  /** The price list's own name, without the prefix of the region. */
  readonly usageType: string;
  readonly source: string;
}

const flat = (usd: number, unit: string, usageType: string, source: string): ServicePrice => ({
  tiers: [{ upTo: Infinity, usd }],
  unit,
  usageType,
  source,
});

/** Usage types and prices of AmazonCloudWatch, as the Price List API answered a public repository that lists them (us-east-2, 2026). */
const CLOUDWATCH = 'AWS Price List API, AmazonCloudWatch, us-east-2, quoted in a public repository in 2026';
const CLOUDWATCH_VERIFIED =
  'AWS Price List API, AmazonCloudWatch, us-east-1, published 2026-08-06, quoted in a public repository';
const PRICING_PAGE = 'AWS pricing page of the service, us-east-1, quoted in public repositories in 2026';
/** https://cloudburn.io/blog/amazon-sqs-pricing, March 2026; the price of FIFO requests in us-east-1. */
const SQS_GUIDE = 'a public guide of March 2026 to the prices of SQS in us-east-1';
const UNCHECKED = 'list price in us-east-1 as we know it; not checked against the price list';

/** Of us-east-1, and what costs the same there as in us-east-2. Checked 2026-11-30. */
export const SERVICE_PRICES = {
  customMetric: {
    tiers: [
      { upTo: 10_000, usd: 0.3 },
      { upTo: 250_000, usd: 0.1 },
      { upTo: 1_000_000, usd: 0.05 },
      { upTo: Infinity, usd: 0.02 },
    ],
    unit: 'metric and month',
    usageType: 'CW:MetricMonitorUsage',
    source: CLOUDWATCH_VERIFIED,
  },
  metricRead: flat(0.01 / 1_000, 'metric requested of GetMetricData', 'CW:GMD-Metrics', CLOUDWATCH),
  cloudwatchRequest: flat(0.01 / 1_000, 'request', 'CW:Requests', CLOUDWATCH),
  alarm: flat(0.1, 'metric of an alarm and month', 'CW:AlarmMonitorUsage', CLOUDWATCH),
  highResolutionAlarm: flat(0.3, 'metric of an alarm and month', 'CW:HighResAlarmMonitorUsage', CLOUDWATCH),
  compositeAlarm: flat(0.5, 'alarm and month', 'CW:CompositeAlarmMonitorUsage', CLOUDWATCH),
  queryAlarm: flat(
    0.1,
    'metric that its query looks at and month',
    'CW:MetricInsightAlarmUsage',
    CLOUDWATCH_VERIFIED,
  ),
  dashboard: flat(3, 'dashboard and month', 'DashboardsUsageHour', PRICING_PAGE),
  logIngestion: flat(0.5, 'GB', 'DataProcessing-Bytes', CLOUDWATCH),
  logStorage: flat(0.03, 'GB and month', 'TimedStorage-ByteHrs', CLOUDWATCH),
  lambdaRequest: flat(0.2 / 1_000_000, 'invocation', 'Request-ARM', PRICING_PAGE),
  lambdaGbSecond: flat(0.0000133334, 'GB second', 'Lambda-GB-Second-ARM', PRICING_PAGE),
  fifoRequest: flat(0.5 / 1_000_000, 'request', 'Requests-FIFO-Tier1', SQS_GUIDE),
  automationStep: flat(0.002, 'step', 'AUTOMATION-Steps', PRICING_PAGE),
  opsItem: flat(2.97 / 1_000, 'OpsItem', 'OpsItems', PRICING_PAGE),
  key: flat(1, 'key and month', 'KMS-Keys', UNCHECKED),
  objectWrite: flat(0.005 / 1_000, 'PUT', 'Requests-Tier1', UNCHECKED),
  objectStorage: flat(0.023, 'GB and month', 'TimedStorage-ByteHrs', UNCHECKED),
  snapshotStorage: flat(0.05, 'GB and month', 'EBS:SnapshotUsage', UNCHECKED),
} as const satisfies Readonly<Record<string, ServicePrice>>;

export type ServicePriceName = keyof typeof SERVICE_PRICES;

/** US dollars for so many units in a month. */
export const costOf = (name: ServicePriceName, units: number): number => {
  let [below, usd] = [0, 0];
  for (const tier of SERVICE_PRICES[name].tiers) {
    usd += Math.max(0, Math.min(units, tier.upTo) - below) * tier.usd;
    below = tier.upTo;
  }
  return usd;
};
