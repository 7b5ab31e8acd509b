import {
  CloudWatchClient,
  GetMetricDataCommand,
  type GetMetricDataCommandOutput,
} from '@aws-sdk/client-cloudwatch';
import {
  DescribeInstanceTypesCommand,
  EC2Client,
  type DescribeInstanceTypesCommandOutput,
} from '@aws-sdk/client-ec2';
import { ListDocumentsCommand, SSMClient, type ListDocumentsCommandOutput } from '@aws-sdk/client-ssm';
import { parameterValue } from '../parameter.client';
import { errorCode, type SdkShapedClient } from '../sdk-shape';
import type { VcpuQuota } from './account-facts';

/** What `headroom doctor` asks besides what `headroom status` asks. Each one throws what the SDK throws. */
export interface DoctorClient {
  /** undefined: there is no such parameter. */
  parameter(name: string): Promise<string | undefined>;
  /** Names of this account's documents that begin so. */
  documents(prefix: string): Promise<readonly string[]>;
  vcpusOf(instanceTypes: readonly string[]): Promise<ReadonlyMap<string, number>>;
  /** undefined: CloudWatch has no measurement, as in an account without instances. */
  vcpuQuota(nowMs: number): Promise<VcpuQuota | undefined>;
}

interface Clients {
  readonly ec2: SdkShapedClient;
  readonly cloudwatch: SdkShapedClient;
  readonly ssm: SdkShapedClient;
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

export const doctorClient = ({ ec2, cloudwatch, ssm }: Clients): DoctorClient => ({
  async parameter(name) {
    try {
      return await parameterValue(ssm, name);
    } catch (error) {
      if (errorCode(error) === 'ParameterNotFound') return undefined;
      throw error;
    }
  },

  // The filter Name takes a prefix: DocumentKeyValuesFilter of @aws-sdk/client-ssm.
  async documents(prefix) {
    const names: string[] = [];
    let token: string | undefined;
    do {
      const page = (await ssm.send(
        new ListDocumentsCommand({
          Filters: [
            { Key: 'Owner', Values: ['Self'] },
            { Key: 'Name', Values: [prefix] },
          ],
          MaxResults: 50,
          ...(token !== undefined && { NextToken: token }),
        }),
      )) as ListDocumentsCommandOutput;
      names.push(...(page.DocumentIdentifiers ?? []).flatMap(({ Name }) => Name ?? []));
      token = page.NextToken === '' ? undefined : page.NextToken;
    } while (token !== undefined);
    return names;
  },

  async vcpusOf(instanceTypes) {
    if (instanceTypes.length === 0) return new Map();
    const { InstanceTypes } = (await ec2.send(
      new DescribeInstanceTypesCommand({ Filters: [{ Name: 'instance-type', Values: [...instanceTypes] }] }),
    )) as DescribeInstanceTypesCommandOutput;
    return new Map(
      (InstanceTypes ?? []).flatMap(({ InstanceType, VCpuInfo }) =>
        InstanceType !== undefined && VCpuInfo?.DefaultVCpus !== undefined
          ? [[InstanceType as string, VCpuInfo.DefaultVCpus] as const]
          : [],
      ),
    );
  },

  async vcpuQuota(nowMs) {
    const { MetricDataResults } = (await cloudwatch.send(
      new GetMetricDataCommand({
        StartTime: new Date(nowMs - HOUR_MS),
        EndTime: new Date(nowMs),
        ScanBy: 'TimestampDescending',
        MetricDataQueries: [
          { Id: 'used', MetricStat: { Metric: VCPU_METRIC, Period: 300, Stat: 'Maximum' } },
          { Id: 'quota', Expression: 'SERVICE_QUOTA(used)' },
        ],
      }),
    )) as GetMetricDataCommandOutput;
    const [used, quota] = ['used', 'quota'].map(
      (id) => MetricDataResults?.find(({ Id }) => Id === id)?.Values?.[0],
    );
    return used === undefined || quota === undefined ? undefined : { used, quota };
  },
});

/** With the credentials that the SDK finds itself. */
export const awsDoctorClient = (region: string): DoctorClient => {
  const settings = { region, maxAttempts: 4 };
  return doctorClient({
    ec2: new EC2Client(settings),
    cloudwatch: new CloudWatchClient(settings),
    ssm: new SSMClient(settings),
  });
};
