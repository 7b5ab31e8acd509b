import {
  CloudWatchClient,
  DescribeAlarmsCommand,
  GetMetricDataCommand,
  type DescribeAlarmsCommandOutput,
  type GetMetricDataCommandOutput,
} from '@aws-sdk/client-cloudwatch';
import {
  DescribeInstancesCommand,
  DescribeVolumesCommand,
  DescribeVolumesModificationsCommand,
  EC2Client,
  type DescribeInstancesCommandOutput,
  type DescribeVolumesCommandOutput,
  type DescribeVolumesModificationsCommandOutput,
} from '@aws-sdk/client-ec2';
import {
  DescribeAutomationExecutionsCommand,
  DescribeInstanceInformationCommand,
  GetAutomationExecutionCommand,
  SSMClient,
  type AutomationExecutionMetadata,
  type DescribeAutomationExecutionsCommandOutput,
  type DescribeInstanceInformationCommandOutput,
  type GetAutomationExecutionCommandOutput,
} from '@aws-sdk/client-ssm';
import { GetObjectCommand, S3Client, type GetObjectCommandOutput } from '@aws-sdk/client-s3';
import type { MetricSample } from '../../domain/names/disk-metric';
import type { VolumeModification } from '../../domain/plan/ebs-budget';
import { healingOutcome } from '../../domain/outcome/healing-outcome';
import { hasEnded } from '../follow-execution';
import { parameterValue } from '../parameter.client';
import { errorCode, type SdkShapedClient } from '../sdk-shape';
import type { ListedAlarm, ListedHeal, ListedNode } from './status-facts';

/** One series to read. */
export interface SeriesQuery {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly stat: 'Maximum' | 'Sum';
}

/** What `headroom status` asks; few calls, whatever the number of nodes. Each one throws what the SDK throws. */
export interface StatusClient {
  nodes(tags: Readonly<Record<string, string>>): Promise<readonly ListedNode[]>;
  volumes(ids: readonly string[]): Promise<ReadonlyMap<string, number>>;
  modifications(volumeIds: readonly string[]): Promise<ReadonlyMap<string, VolumeModification>>;
  /** In the queries' order. */
  series(
    queries: readonly SeriesQuery[],
    window: { readonly fromMs: number; readonly toMs: number; readonly periodSeconds: number },
  ): Promise<readonly (readonly MetricSample[])[]>;
  /** Of one document, newest first, at most {@link MOST_HEALS}. */
  heals(documentName: string, sinceMs: number): Promise<readonly ListedHeal[]>;
  /** Those in ALARM whose name begins with the prefix. */
  alarms(prefix: string): Promise<readonly ListedAlarm[]>;
  agents(instanceIds: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /** The value of a parameter of Parameter Store. */
  parameter(name: string): Promise<string>;
  /**
   * The text of an object in a bucket of this account; undefined: there is none. Without s3:ListBucket an absent one is refused.
   * https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
   */
  object(
    bucket: { readonly name: string; readonly account: string },
    key: string,
  ): Promise<string | undefined>;
}

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html */
const QUERIES_PER_CALL = 500;
/** EC2's filters take so many values. */
const FILTER_VALUES = 200;
/** DescribeInstanceInformation's pages and filters. */
const AGENTS_PER_CALL = 50;
export const MOST_HEALS = 500;
/** GetAutomationExecution calls under way at a time. */
const HEALS_AT_ONCE = 10;

const chunks = <T>(all: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(all.length / size) }, (_, index) =>
    all.slice(index * size, (index + 1) * size),
  );

/** Every page of a listing. */
async function pages<P extends { NextToken?: string | undefined }>(
  read: (token: { NextToken?: string }) => Promise<P>,
): Promise<P[]> {
  const all: P[] = [];
  let token: string | undefined;
  do {
    const page = await read(token === undefined ? {} : { NextToken: token });
    all.push(page);
    token = page.NextToken === '' ? undefined : page.NextToken;
  } while (token !== undefined);
  return all;
}

interface Clients {
  readonly ec2: SdkShapedClient;
  readonly cloudwatch: SdkShapedClient;
  readonly ssm: SdkShapedClient;
  readonly s3: SdkShapedClient;
}

export const statusClient = ({ ec2, cloudwatch, ssm, s3 }: Clients): StatusClient => ({
  async nodes(tags) {
    const Filters = [
      ...Object.entries(tags).map(([key, value]) => ({ Name: `tag:${key}`, Values: [value] })),
      { Name: 'instance-state-name', Values: ['pending', 'running', 'stopping', 'stopped'] },
    ];
    const all = await pages(
      async (token) =>
        (await ec2.send(
          new DescribeInstancesCommand({ Filters, MaxResults: 1_000, ...token }),
        )) as DescribeInstancesCommandOutput,
    );
    return all
      .flatMap(({ Reservations }) => Reservations ?? [])
      .flatMap(({ Instances }) => Instances ?? [])
      .flatMap((instance) => {
        if (instance.InstanceId === undefined) return [];
        const found = Object.fromEntries(
          (instance.Tags ?? []).map(({ Key, Value }) => [Key ?? '', Value ?? '']),
        );
        const root = instance.BlockDeviceMappings?.find(
          ({ DeviceName }) => DeviceName === instance.RootDeviceName,
        );
        return [
          {
            instanceId: instance.InstanceId,
            state: instance.State?.Name ?? 'unknown',
            tags: found,
            rootVolumeId: root?.Ebs?.VolumeId,
          },
        ];
      });
  },

  async volumes(ids) {
    const sizes = new Map<string, number>();
    for (const Values of chunks(ids, FILTER_VALUES)) {
      const all = await pages(
        async (token) =>
          (await ec2.send(
            new DescribeVolumesCommand({ Filters: [{ Name: 'volume-id', Values }], ...token }),
          )) as DescribeVolumesCommandOutput,
      );
      for (const { VolumeId, Size } of all.flatMap(({ Volumes }) => Volumes ?? []))
        if (VolumeId !== undefined && Size !== undefined) sizes.set(VolumeId, Size);
    }
    return sizes;
  },

  async modifications(volumeIds) {
    const latest = new Map<string, VolumeModification>();
    for (const Values of chunks(volumeIds, FILTER_VALUES)) {
      // By filter: a volume that was never modified is an error when it is named.
      const all = await pages(
        async (token) =>
          (await ec2.send(
            new DescribeVolumesModificationsCommand({ Filters: [{ Name: 'volume-id', Values }], ...token }),
          )) as DescribeVolumesModificationsCommandOutput,
      );
      for (const each of all.flatMap(({ VolumesModifications }) => VolumesModifications ?? [])) {
        const startedAtMs = each.StartTime?.getTime();
        const before = latest.get(each.VolumeId ?? '');
        if (before !== undefined && (before.startedAtMs ?? 0) > (startedAtMs ?? 0)) continue;
        latest.set(each.VolumeId ?? '', {
          state: each.ModificationState ?? 'unknown',
          startedAtMs,
          targetSizeGiB: each.TargetSize,
          progressPercent: each.Progress,
        });
      }
    }
    return latest;
  },

  async series(queries, { fromMs, toMs, periodSeconds }) {
    const samples: MetricSample[][] = queries.map(() => []);
    for (const [position, some] of chunks(queries, QUERIES_PER_CALL).entries()) {
      const MetricDataQueries = some.map(({ namespace, name, dimensions, stat }, index) => ({
        Id: `q${index}`,
        MetricStat: {
          Metric: {
            Namespace: namespace,
            MetricName: name,
            Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
          },
          Period: periodSeconds,
          Stat: stat,
        },
      }));
      const window = { StartTime: new Date(fromMs), EndTime: new Date(toMs), MetricDataQueries };
      const all = await pages(
        async (token) =>
          (await cloudwatch.send(
            new GetMetricDataCommand({ ...window, ...token }),
          )) as GetMetricDataCommandOutput,
      );
      for (const { Id, Timestamps, Values } of all.flatMap(
        ({ MetricDataResults }) => MetricDataResults ?? [],
      )) {
        const own = samples[position * QUERIES_PER_CALL + Number(Id?.slice(1))];
        Timestamps?.forEach((timestamp, index) => {
          const value = Values?.[index];
          if (value !== undefined) own?.push({ atMs: timestamp.getTime(), value });
        });
      }
    }
    return samples;
  },

  async heals(documentName, sinceMs) {
    const found: ListedHeal[] = [];
    let token: string | undefined;
    do {
      const page = (await ssm.send(
        new DescribeAutomationExecutionsCommand({
          Filters: [
            { Key: 'DocumentNamePrefix', Values: [documentName] },
            // The filter takes no fractions of a second.
            { Key: 'StartTimeAfter', Values: [new Date(sinceMs).toISOString().replace(/\.\d+Z$/, 'Z')] },
          ],
          MaxResults: 50,
          ...(token !== undefined && { NextToken: token }),
        }),
      )) as DescribeAutomationExecutionsCommandOutput;
      const own = (page.AutomationExecutionMetadataList ?? []).filter(
        ({ DocumentName }) => DocumentName === documentName,
      );
      for (const some of chunks(own, HEALS_AT_ONCE))
        found.push(...(await Promise.all(some.map((each) => healOf(ssm, each)))));
      token = page.NextToken === '' ? undefined : page.NextToken;
    } while (token !== undefined && found.length < MOST_HEALS);
    return found;
  },

  async alarms(prefix) {
    const all = await pages(
      async (token) =>
        (await cloudwatch.send(
          new DescribeAlarmsCommand({
            AlarmNamePrefix: prefix,
            StateValue: 'ALARM',
            MaxRecords: 100,
            ...token,
          }),
        )) as DescribeAlarmsCommandOutput,
    );
    return all
      .flatMap(({ MetricAlarms, CompositeAlarms }) => [...(MetricAlarms ?? []), ...(CompositeAlarms ?? [])])
      .map((alarm) => {
        const dimensions =
          'MetricName' in alarm || 'Metrics' in alarm
            ? [
                ...(alarm.Dimensions ?? []),
                ...(alarm.Metrics ?? []).flatMap(({ MetricStat }) => MetricStat?.Metric?.Dimensions ?? []),
              ]
            : [];
        return {
          name: alarm.AlarmName ?? '',
          instanceId: dimensions.find(({ Name }) => Name === 'InstanceId')?.Value,
        };
      });
  },

  async agents(instanceIds) {
    const agents = new Map<string, string>();
    for (const Values of chunks(instanceIds, AGENTS_PER_CALL)) {
      const all = await pages(
        async (token) =>
          (await ssm.send(
            new DescribeInstanceInformationCommand({
              Filters: [{ Key: 'InstanceIds', Values }],
              MaxResults: AGENTS_PER_CALL,
              ...token,
            }),
          )) as DescribeInstanceInformationCommandOutput,
      );
      for (const { InstanceId, PingStatus } of all.flatMap((page) => page.InstanceInformationList ?? []))
        if (InstanceId !== undefined && PingStatus !== undefined) agents.set(InstanceId, PingStatus);
    }
    return agents;
  },

  parameter: (name) => parameterValue(ssm, name),

  async object({ name, account }, key) {
    try {
      const { Body } = (await s3.send(
        new GetObjectCommand({ Bucket: name, ExpectedBucketOwner: account, Key: key }),
      )) as GetObjectCommandOutput;
      return (await Body?.transformToString()) ?? '';
    } catch (error) {
      if (errorCode(error) === 'NoSuchKey') return undefined;
      throw error;
    }
  },
});

const healOf = async (ssm: SdkShapedClient, listed: AutomationExecutionMetadata): Promise<ListedHeal> => {
  const { AutomationExecutionId: id = '', AutomationExecutionStatus = 'unknown', Outputs = {} } = listed;
  const status: string = AutomationExecutionStatus;
  const { verdict = status, waitsUntilMs, instanceId } = healingOutcome(Outputs);
  const until = waitsUntilMs === undefined ? '' : ` until ${new Date(waitsUntilMs).toISOString()}`;
  return {
    // Its list says which node only when it has ended with a report.
    instanceId: instanceId ?? (await instanceOf(ssm, id)),
    startedAtMs: listed.ExecutionStartTime?.getTime() ?? 0,
    verdict: hasEnded(status) ? `${verdict}${until}` : 'under way',
  };
};

const instanceOf = async (ssm: SdkShapedClient, executionId: string): Promise<string | undefined> => {
  const { AutomationExecution } = (await ssm.send(
    new GetAutomationExecutionCommand({ AutomationExecutionId: executionId }),
  )) as GetAutomationExecutionCommandOutput;
  return AutomationExecution?.Parameters?.['InstanceId']?.[0];
};

/** With the credentials that the SDK finds itself. */
export const awsStatusClient = (region: string): StatusClient => {
  const settings = { region, maxAttempts: 6 };
  return statusClient({
    ec2: new EC2Client(settings),
    cloudwatch: new CloudWatchClient(settings),
    ssm: new SSMClient(settings),
    s3: new S3Client(settings),
  });
};
