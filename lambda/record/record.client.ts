import { AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import { CloudWatchClient, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { EC2Client } from '@aws-sdk/client-ec2';
import {
  HeadObjectCommand,
  PutObjectCommand,
  S3Client,
  type HeadObjectCommandOutput,
} from '@aws-sdk/client-s3';
import {
  EventBridgeClient,
  PutEventsCommand,
  type PutEventsCommandOutput,
} from '@aws-sdk/client-eventbridge';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import {
  GetAutomationExecutionCommand,
  SSMClient,
  type GetAutomationExecutionCommandOutput,
} from '@aws-sdk/client-ssm';
import type { AutomationExecutionFacts } from '../../lib/domain/outcome/automation-execution';
import type { UsageSample } from '../../lib/domain/sizing/growth-forecast';
import type { HealDatum } from '../../lib/domain/names/heal-metrics';
import { groupLifecycle } from '../shared/group-lifecycle.client';
import { describeInstance, type DescribedInstance } from '../shared/instances.client';
import { readMetric, type MetricQuery } from '../shared/metric.client';
import { named, type OwnedBucket } from '../shared/owned-bucket';
import { opsItems, type OpsItems } from './ops-items.client';
import { sdkSettings } from '../shared/sdk-settings';
import { errorCode, lazily, type SdkClients } from '../shared/sdk-shape';

export type RecordServices = 'ssm' | 'ec2' | 'autoscaling' | 's3' | 'cloudwatch' | 'sns' | 'events';

/** The verbs that record needs of AWS. */
export interface RecordClient extends OpsItems {
  /** @throws Error when Automation does not know the execution */
  execution(executionId: string): Promise<AutomationExecutionFacts>;
  /** undefined: EC2 does not know the instance, or not any more. */
  describeNode(instanceId: string): Promise<DescribedInstance | undefined>;
  /** Auto Scaling's word for where the instance is in its life; undefined: it is in no group. */
  lifecycle(instanceId: string): Promise<string | undefined>;
  /** The report's own metadata; undefined: there is no such object. */
  reportMetadata(bucket: OwnedBucket, key: string): Promise<Readonly<Record<string, string>> | undefined>;
  putObject(
    bucket: OwnedBucket,
    key: string,
    body: string,
    metadata: Readonly<Record<string, string>>,
  ): Promise<void>;
  putMetrics(namespace: string, at: Date, data: readonly HealDatum[]): Promise<void>;
  metric(query: MetricQuery): Promise<readonly UsageSample[]>;
  publish(
    topicArn: string,
    subject: string,
    message: string,
    attributes: Readonly<Record<string, string>>,
  ): Promise<void>;
  /** @throws Error with the entry's code as its name when EventBridge took the call, and not the event */
  putEvent(
    busName: string,
    event: { readonly source: string; readonly detailType: string; readonly detail: string },
  ): Promise<void>;
}

export const connect = (sdk: SdkClients<RecordServices>): RecordClient => ({
  async execution(executionId) {
    const { AutomationExecution: execution } = (await sdk.ssm.send(
      new GetAutomationExecutionCommand({ AutomationExecutionId: executionId }),
    )) as GetAutomationExecutionCommandOutput;
    if (execution === undefined) throw new Error(`Automation returned nothing for execution ${executionId}`);
    return {
      executionId,
      documentName: execution.DocumentName ?? '',
      status: execution.AutomationExecutionStatus ?? '',
      startedAtMs: execution.ExecutionStartTime?.getTime(),
      parameters: execution.Parameters ?? {},
      failureMessage: execution.FailureMessage,
      steps: (execution.StepExecutions ?? []).map((step) => ({
        name: step.StepName ?? '',
        status: step.StepStatus ?? '',
        startedAtMs: step.ExecutionStartTime?.getTime(),
        endedAtMs: step.ExecutionEndTime?.getTime(),
        outputs: step.Outputs ?? {},
        failureMessage: step.FailureMessage,
      })),
    };
  },

  describeNode: (instanceId) => describeInstance(sdk.ec2, instanceId),

  lifecycle: (instanceId) => groupLifecycle(sdk.autoscaling, instanceId),

  async reportMetadata(bucket, key) {
    try {
      const { Metadata } = (await sdk.s3.send(
        new HeadObjectCommand({ ...named(bucket), Key: key }),
      )) as HeadObjectCommandOutput;
      return Metadata ?? {};
    } catch (error) {
      // HEAD has no body, so S3 can only say 404, and the SDK names that `NotFound`.
      if (['NotFound', 'NoSuchKey'].includes(errorCode(error))) return undefined;
      throw error;
    }
  },

  async putObject(bucket, key, body, metadata) {
    await sdk.s3.send(
      new PutObjectCommand({
        ...named(bucket),
        Key: key,
        Body: body,
        ContentType: 'application/json',
        Metadata: { ...metadata },
      }),
    );
  },

  async putMetrics(namespace, at, data) {
    await sdk.cloudwatch.send(
      new PutMetricDataCommand({
        Namespace: namespace,
        MetricData: data.map(({ name, unit, value, dimensions }) => ({
          MetricName: name,
          Unit: unit,
          Value: value,
          Timestamp: at,
          Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
        })),
      }),
    );
  },

  metric: (query) => readMetric(sdk.cloudwatch, query),

  ...opsItems(sdk.ssm),

  async publish(topicArn, subject, message, attributes) {
    await sdk.sns.send(
      new PublishCommand({
        TopicArn: topicArn,
        Subject: subject,
        Message: message,
        MessageAttributes: Object.fromEntries(
          Object.entries(attributes).map(([name, value]) => [
            name,
            { DataType: 'String', StringValue: value },
          ]),
        ),
      }),
    );
  },

  async putEvent(busName, { source, detailType, detail }) {
    const { FailedEntryCount, Entries } = (await sdk.events.send(
      new PutEventsCommand({
        Entries: [{ EventBusName: busName, Source: source, DetailType: detailType, Detail: detail }],
      }),
    )) as PutEventsCommandOutput;
    // A call that succeeds may have an entry that does not: an id is what says that it did.
    // https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html
    const [entry] = Entries ?? [];
    if (!FailedEntryCount && entry?.EventId !== undefined) return;
    const refused = new Error(entry?.ErrorMessage ?? 'EventBridge returned neither an event id nor an error');
    refused.name = entry?.ErrorCode ?? 'UnknownError';
    throw refused;
  },
});

export const sdkClients = (): SdkClients<RecordServices> => ({
  ssm: lazily(() => new SSMClient({ ...sdkSettings })),
  ec2: lazily(() => new EC2Client({ ...sdkSettings })),
  autoscaling: lazily(() => new AutoScalingClient({ ...sdkSettings })),
  s3: lazily(() => new S3Client({ ...sdkSettings })),
  cloudwatch: lazily(() => new CloudWatchClient({ ...sdkSettings })),
  sns: lazily(() => new SNSClient({ ...sdkSettings })),
  events: lazily(() => new EventBridgeClient({ ...sdkSettings })),
});
