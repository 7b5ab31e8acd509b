import {
  CloudWatchClient,
  GetMetricDataCommand,
  type GetMetricDataCommandOutput,
} from '@aws-sdk/client-cloudwatch';
import {
  DescribeInstancesCommand,
  DescribeVolumesCommand,
  EC2Client,
  type DescribeInstancesCommandOutput,
} from '@aws-sdk/client-ec2';
import type { LiveClient, LiveInstance } from './live';

/** GetMetricData takes so many queries. https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html */
const QUERIES_PER_CALL = 500;
/** DescribeVolumes answers for so many ids in one page. */
const VOLUMES_PER_CALL = 200;

/** What the live audit needs of AWS: ec2:DescribeInstances, ec2:DescribeVolumes, cloudwatch:GetMetricData. */
export const liveClient = (ec2: EC2Client, cloudwatch: CloudWatchClient): LiveClient => ({
  async instances(tags) {
    const found: LiveInstance[] = [];
    let nextToken: string | undefined;
    do {
      const page: DescribeInstancesCommandOutput = await ec2.send(
        new DescribeInstancesCommand({
          Filters: [
            ...Object.entries(tags).map(([key, values]) => ({ Name: `tag:${key}`, Values: [...values] })),
            { Name: 'instance-state-name', Values: ['pending', 'running', 'stopping', 'stopped'] },
          ],
          MaxResults: 1_000,
          ...(nextToken !== undefined && { NextToken: nextToken }),
        }),
      );
      for (const instance of (page.Reservations ?? []).flatMap(({ Instances }) => Instances ?? [])) {
        const root = instance.BlockDeviceMappings?.find(
          ({ DeviceName }) => DeviceName === instance.RootDeviceName,
        );
        if (instance.InstanceId === undefined) continue;
        found.push({
          instanceId: instance.InstanceId,
          rootVolumeId: root?.Ebs?.VolumeId,
          tags: Object.fromEntries((instance.Tags ?? []).map(({ Key = '', Value = '' }) => [Key, Value])),
        });
      }
      nextToken = page.NextToken;
    } while (nextToken !== undefined && nextToken !== '');
    return found;
  },

  async volumeSizes(volumeIds) {
    const sizes = new Map<string, number>();
    for (let first = 0; first < volumeIds.length; first += VOLUMES_PER_CALL) {
      const { Volumes } = await ec2.send(
        new DescribeVolumesCommand({ VolumeIds: volumeIds.slice(first, first + VOLUMES_PER_CALL) }),
      );
      for (const { VolumeId, Size } of Volumes ?? [])
        if (VolumeId !== undefined && Size !== undefined) sizes.set(VolumeId, Size);
    }
    return sizes;
  },

  async fullest(series, { name, periodSeconds, fromMs, toMs }) {
    const most = new Map<number, number>();
    for (let first = 0; first < series.length; first += QUERIES_PER_CALL) {
      let nextToken: string | undefined;
      do {
        const page: GetMetricDataCommandOutput = await cloudwatch.send(
          new GetMetricDataCommand({
            StartTime: new Date(fromMs),
            EndTime: new Date(toMs),
            MetricDataQueries: series
              .slice(first, first + QUERIES_PER_CALL)
              .map(({ namespace, dimensions }, index) => ({
                Id: `q${index}`,
                MetricStat: {
                  Metric: {
                    Namespace: namespace,
                    MetricName: name,
                    Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
                  },
                  Period: periodSeconds,
                  Stat: 'Maximum',
                },
              })),
            ...(nextToken !== undefined && { NextToken: nextToken }),
          }),
        );
        for (const { Timestamps, Values } of page.MetricDataResults ?? [])
          Timestamps?.forEach((timestamp, index) => {
            const value = Values?.[index];
            const atMs = timestamp.getTime();
            if (value !== undefined) most.set(atMs, Math.max(value, most.get(atMs) ?? value));
          });
        nextToken = page.NextToken;
      } while (nextToken !== undefined && nextToken !== '');
    }
    return most;
  },
});

/** With the credentials and, where the template is bound to none, the region that the SDK finds itself. */
export const awsLiveClient = (region: string | undefined): LiveClient => {
  const settings = { maxAttempts: 6, ...(region !== undefined && { region }) };
  return liveClient(new EC2Client(settings), new CloudWatchClient(settings));
};
