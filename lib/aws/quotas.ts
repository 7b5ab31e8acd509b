import { GetMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { call, type SdkClient } from './sdk';

export interface QuotaUse {
  readonly used: number;
  readonly quota: number;
}

const HOUR_MS = 3_600_000;

/**
 * The usage metric that Service Quotas names for L-1216C47A; the quota comes by metric math.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch-Quotas-Visualize-Alarms.html
 */
const VCPU_METRIC = {
  Namespace: 'AWS/Usage',
  MetricName: 'ResourceCount',
  Dimensions: Object.entries({
    Service: 'EC2',
    Type: 'Resource',
    Resource: 'vCPU',
    Class: 'Standard/OnDemand',
  }).map(([Name, Value]) => ({ Name, Value })),
};

/**
 * vCPUs of the On-Demand Standard instances of the account in the region; undefined: CloudWatch has no measurement of the
 * last hour, as in an account without instances. @throws what the SDK throws
 */
export const vcpuQuota = async (cloudwatch: SdkClient, nowMs: number): Promise<QuotaUse | undefined> => {
  const { MetricDataResults } = await call(
    cloudwatch,
    new GetMetricDataCommand({
      StartTime: new Date(nowMs - HOUR_MS),
      EndTime: new Date(nowMs),
      ScanBy: 'TimestampDescending',
      MetricDataQueries: [
        { Id: 'used', MetricStat: { Metric: VCPU_METRIC, Period: 300, Stat: 'Maximum' } },
        { Id: 'quota', Expression: 'SERVICE_QUOTA(used)' },
      ],
    }),
  );
  const [used, quota] = ['used', 'quota'].map(
    (id) => MetricDataResults?.find(({ Id }) => Id === id)?.Values?.[0],
  );
  return used === undefined || quota === undefined ? undefined : { used, quota };
};
