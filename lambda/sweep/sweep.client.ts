import { alarmsInAlarm } from '../../lib/aws/alarms';
import { cloudWatchClient } from '../../lib/aws/clients/cloudwatch';
import { ec2Client } from '../../lib/aws/clients/ec2';
import { sqsClient } from '../../lib/aws/clients/sqs';
import { ssmClient } from '../../lib/aws/clients/ssm';
import { runningInstances } from '../../lib/aws/instances';
import { putMetrics, readSeries, type SeriesQuery, type SeriesWindow } from '../../lib/aws/metrics';
import { sendMessage } from '../../lib/aws/queues';
import type { SdkClients } from '../../lib/aws/sdk';
import type { MetricSample } from '../../lib/domain/names/disk-metric';
import { HEAL_METRICS } from '../../lib/domain/names/heal-metrics';
import { METRIC_NAMESPACE } from '../../lib/domain/names/naming';
import type { Pause } from '../../lib/domain/pause/pause';
import type { DeclaredVolume } from '../../lib/domain/sizing/declared-size';
import { SILENT_NODES, silentNodesDimensions } from '../../lib/domain/sweep/silence';
import type { SweptAlarm } from '../../lib/domain/sweep/sweep';
import type { SweepMessage } from '../../lib/domain/sweep/sweep-message';
import { readDeclaredVolumes, type RunningNode } from '../shared/declared-volumes';
import type { Log } from '../shared/log';
import { loadPauses } from '../shared/pauses';

/** The verbs that the sweep needs of AWS. */
export interface SweepClient {
  runningNodes(tags: Readonly<Record<string, string>>): Promise<readonly RunningNode[]>;
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

export type SweepServices = 'ec2' | 'cloudwatch' | 'ssm' | 'sqs';

export const connect = ({ ec2, cloudwatch, ssm, sqs }: SdkClients<SweepServices>): SweepClient => ({
  runningNodes: (tags) => runningInstances(ec2, tags),
  declaredVolumes: (nodes, declaredSizes, suspects) =>
    readDeclaredVolumes(ec2, nodes, declaredSizes, suspects),
  series: (queries, window) => readSeries(cloudwatch, queries, window),
  alarmsInAlarm: async (namePrefix) =>
    (await alarmsInAlarm(cloudwatch, namePrefix)).flatMap(({ name, instanceId, sinceMs }) =>
      instanceId === undefined || sinceMs === undefined ? [] : [{ alarmName: name, instanceId, sinceMs }],
    ),
  pauses: (environmentName, log) => loadPauses(ssm, environmentName, log),
  countPauses(environmentName, count) {
    const { name, unit } = HEAL_METRICS.pauses;
    const dimensions = { Environment: environmentName };
    return putMetrics(cloudwatch, METRIC_NAMESPACE, [{ name, unit, value: count, dimensions }]);
  },
  countSilent(environmentName, silent) {
    const { name, unit } = SILENT_NODES;
    const data = Object.entries(silent).map(([autoScalingGroupName, value]) => ({
      name,
      unit,
      value,
      dimensions: silentNodesDimensions(environmentName, autoScalingGroupName),
    }));
    return putMetrics(cloudwatch, METRIC_NAMESPACE, data);
  },
  send: (queueUrl, { body, ...message }) =>
    sendMessage(sqs, queueUrl, { ...message, body: JSON.stringify(body) }),
});

export const sdkClients = (): SdkClients<SweepServices> => ({
  ec2: ec2Client(),
  cloudwatch: cloudWatchClient(),
  ssm: ssmClient(),
  sqs: sqsClient(),
});
