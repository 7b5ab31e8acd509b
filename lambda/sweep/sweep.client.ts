import {
  CloudWatchClient,
  DescribeAlarmsCommand,
  GetMetricDataCommand,
  PutMetricDataCommand,
  type DescribeAlarmsCommandOutput,
  type GetMetricDataCommandOutput,
  type MetricAlarm,
} from '@aws-sdk/client-cloudwatch';
import { EC2Client } from '@aws-sdk/client-ec2';
import { SQSClient, SendMessageCommand } from '@aws-sdk/client-sqs';
import { SSMClient } from '@aws-sdk/client-ssm';
import type { DeclaredVolume } from '../../lib/domain/sizing/declared-size';
import type { MetricSample } from '../../lib/domain/names/disk-metric';
import { HEAL_METRICS } from '../../lib/domain/names/heal-metrics';
import { METRIC_NAMESPACE } from '../../lib/domain/names/naming';
import type { Pause } from '../../lib/domain/pause/pause';
import { SILENT_NODES, silentNodesDimensions } from '../../lib/domain/sweep/silence';
import type { SweptAlarm } from '../../lib/domain/sweep/sweep';
import type { SweepMessage } from '../../lib/domain/sweep/sweep-message';
import { readDeclaredVolumes } from '../shared/declared-volumes';
import type { Log } from '../shared/log';
import { loadPauses } from '../shared/pauses';
import { runningNodes, type RunningNode } from '../shared/running-nodes.client';
import { sdkSettings } from '../shared/sdk-settings';
import { lazily, type SdkClients } from '../shared/sdk-shape';

/** One series to read; the time is common to all. */
export interface SeriesQuery {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
  /** @default 'Maximum' */
  readonly statistic?: 'Minimum' | 'SampleCount';
}

export interface SeriesWindow {
  readonly periodSeconds: number;
  readonly fromMs: number;
  readonly toMs: number;
}

/** The verbs that the sweep needs of AWS. */
export interface SweepClient {
  runningNodes(tag: { readonly key: string; readonly value: string }): Promise<readonly RunningNode[]>;
  /** {@link readDeclaredVolumes} */
  declaredVolumes(
    nodes: readonly RunningNode[],
    declaredSizes: Readonly<Record<string, number>>,
    suspects: ReadonlySet<string>,
  ): Promise<ReadonlyMap<string, DeclaredVolume>>;
  /** The samples of each query, in the queries' order; no samples where there is no such series. */
  series(
    queries: readonly SeriesQuery[],
    window: SeriesWindow,
  ): Promise<readonly (readonly MetricSample[])[]>;
  /** Alarms in ALARM that name exactly one instance. */
  alarmsInAlarm(namePrefix: string): Promise<readonly SweptAlarm[]>;
  pauses(environmentName: string, log: Log): Promise<readonly Pause[]>;
  /** So that the dashboard shows them. */
  countPauses(environmentName: string, count: number): Promise<void>;
  /** @param silent Auto Scaling group → nodes that do not report */
  countSilent(environmentName: string, silent: Readonly<Record<string, number>>): Promise<void>;
  send(queueUrl: string, message: SweepMessage): Promise<void>;
}

/** GetMetricData takes so many queries. https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html */
export const QUERIES_PER_CALL = 500;

export type SweepServices = 'ec2' | 'cloudwatch' | 'ssm' | 'sqs';

export const connect = (sdk: SdkClients<SweepServices>): SweepClient => ({
  runningNodes: (tag) => runningNodes(sdk.ec2, tag),

  declaredVolumes: (nodes, declaredSizes, suspects) =>
    readDeclaredVolumes(sdk.ec2, nodes, declaredSizes, suspects),

  async series(queries, window) {
    const samples = queries.map((): MetricSample[] => []);
    for (let first = 0; first < queries.length; first += QUERIES_PER_CALL) {
      const chunk = queries.slice(first, first + QUERIES_PER_CALL);
      let nextToken: string | undefined;
      do {
        const page = (await sdk.cloudwatch.send(
          new GetMetricDataCommand({
            StartTime: new Date(window.fromMs),
            EndTime: new Date(window.toMs),
            MetricDataQueries: chunk.map((query, index) => ({
              Id: `q${first + index}`,
              MetricStat: {
                Metric: {
                  Namespace: query.namespace,
                  MetricName: query.name,
                  Dimensions: Object.entries(query.dimensions).map(([Name, Value]) => ({ Name, Value })),
                },
                Period: window.periodSeconds,
                Stat: query.statistic ?? 'Maximum',
              },
            })),
            ...(nextToken !== undefined && { NextToken: nextToken }),
          }),
        )) as GetMetricDataCommandOutput;
        for (const { Id, Timestamps, Values } of page.MetricDataResults ?? []) {
          const into = samples[Number(Id?.slice(1))];
          Timestamps?.forEach((timestamp, index) => {
            const value = Values?.[index];
            if (value !== undefined) into?.push({ atMs: timestamp.getTime(), value });
          });
        }
        nextToken = page.NextToken;
      } while (nextToken !== undefined && nextToken !== '');
    }
    return samples;
  },

  async alarmsInAlarm(namePrefix) {
    const found: SweptAlarm[] = [];
    let nextToken: string | undefined;
    do {
      const page = (await sdk.cloudwatch.send(
        new DescribeAlarmsCommand({
          AlarmNamePrefix: namePrefix,
          AlarmTypes: ['MetricAlarm'],
          StateValue: 'ALARM',
          MaxRecords: 100,
          ...(nextToken !== undefined && { NextToken: nextToken }),
        }),
      )) as DescribeAlarmsCommandOutput;
      found.push(...(page.MetricAlarms ?? []).flatMap(alarmOf));
      nextToken = page.NextToken;
    } while (nextToken !== undefined && nextToken !== '');
    return found;
  },

  pauses: (environmentName, log) => loadPauses(sdk.ssm, environmentName, log),

  async countPauses(environmentName, count) {
    const { name, unit } = HEAL_METRICS.pauses;
    await sdk.cloudwatch.send(
      new PutMetricDataCommand({
        Namespace: METRIC_NAMESPACE,
        MetricData: [
          {
            ...{ MetricName: name, Unit: unit, Value: count },
            Dimensions: [{ Name: 'Environment', Value: environmentName }],
          },
        ],
      }),
    );
  },

  async countSilent(environmentName, silent) {
    const { name, unit } = SILENT_NODES;
    await sdk.cloudwatch.send(
      new PutMetricDataCommand({
        Namespace: METRIC_NAMESPACE,
        MetricData: Object.entries(silent).map(([autoScalingGroupName, count]) => ({
          ...{ MetricName: name, Unit: unit, Value: count },
          Dimensions: Object.entries(silentNodesDimensions(environmentName, autoScalingGroupName)).map(
            ([Name, Value]) => ({ Name, Value }),
          ),
        })),
      }),
    );
  },

  async send(queueUrl, { body, groupId, deduplicationId }) {
    await sdk.sqs.send(
      new SendMessageCommand({
        QueueUrl: queueUrl,
        MessageBody: JSON.stringify(body),
        MessageGroupId: groupId,
        MessageDeduplicationId: deduplicationId,
      }),
    );
  },
});

/** A group's alarm names no instance: its nodes are found by their metrics. */
const alarmOf = (alarm: MetricAlarm): readonly SweptAlarm[] => {
  const dimensions = [
    ...(alarm.Dimensions ?? []),
    ...(alarm.Metrics ?? []).flatMap(({ MetricStat }) => MetricStat?.Metric?.Dimensions ?? []),
  ];
  const instances = new Set(dimensions.filter(({ Name }) => Name === 'InstanceId').map(({ Value }) => Value));
  const [instanceId] = instances;
  const since = alarm.StateTransitionedTimestamp ?? alarm.StateUpdatedTimestamp;
  if (instances.size !== 1 || instanceId === undefined || since === undefined) return [];
  return [{ alarmName: alarm.AlarmName ?? '', instanceId, sinceMs: since.getTime() }];
};

export const sdkClients = (): SdkClients<SweepServices> => ({
  ec2: lazily(() => new EC2Client({ ...sdkSettings })),
  cloudwatch: lazily(() => new CloudWatchClient({ ...sdkSettings })),
  ssm: lazily(() => new SSMClient({ ...sdkSettings })),
  sqs: lazily(() => new SQSClient({ ...sdkSettings })),
});
