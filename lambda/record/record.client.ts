import { autoScalingClient } from '../../lib/aws/clients/auto-scaling';
import { cloudWatchClient } from '../../lib/aws/clients/cloudwatch';
import { ec2Client } from '../../lib/aws/clients/ec2';
import { eventBridgeClient } from '../../lib/aws/clients/events';
import { s3Client } from '../../lib/aws/clients/s3';
import { snsClient } from '../../lib/aws/clients/sns';
import { ssmClient } from '../../lib/aws/clients/ssm';
import { putEvent, type BusEvent } from '../../lib/aws/events';
import { getExecution } from '../../lib/aws/executions';
import { groupLifecycle } from '../../lib/aws/groups';
import { describeInstance, type Instance } from '../../lib/aws/instances';
import { putMetrics } from '../../lib/aws/metrics';
import { objectMetadata, putJson, type OwnedBucket } from '../../lib/aws/objects';
import { opsItems, type OpsItems } from '../../lib/aws/ops-items';
import type { SdkClients } from '../../lib/aws/sdk';
import { publish } from '../../lib/aws/topics';
import type { HealDatum } from '../../lib/domain/names/heal-metrics';
import type { AutomationExecutionFacts } from '../../lib/domain/outcome/automation-execution';
import type { UsageSample } from '../../lib/domain/sizing/growth-forecast';
import { readMetric, type MetricQuery } from '../shared/metric';

export type RecordServices = 'ssm' | 'ec2' | 'autoscaling' | 's3' | 'cloudwatch' | 'sns' | 'events';

/** The verbs that record needs of AWS. */
export interface RecordClient extends OpsItems {
  /** @throws Error when Automation does not know the execution */
  execution(executionId: string): Promise<AutomationExecutionFacts>;
  /** undefined: EC2 does not know the instance, or not any more. */
  describeNode(instanceId: string): Promise<Instance | undefined>;
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
  putEvent(busName: string, event: BusEvent): Promise<void>;
}

export const connect = (sdk: SdkClients<RecordServices>): RecordClient => ({
  ...opsItems(sdk.ssm),
  execution: (executionId) => getExecution(sdk.ssm, executionId),
  describeNode: (instanceId) => describeInstance(sdk.ec2, instanceId),
  lifecycle: (instanceId) => groupLifecycle(sdk.autoscaling, instanceId),
  reportMetadata: (bucket, key) => objectMetadata(sdk.s3, bucket, key),
  putObject: (bucket, key, body, metadata) => putJson(sdk.s3, bucket, key, body, metadata),
  putMetrics: (namespace, at, data) => putMetrics(sdk.cloudwatch, namespace, data, at),
  metric: (query) => readMetric(sdk.cloudwatch, query),
  publish: (topicArn, subject, message, attributes) =>
    publish(sdk.sns, topicArn, subject, message, attributes),
  putEvent: (busName, event) => putEvent(sdk.events, busName, event),
});

export const sdkClients = (): SdkClients<RecordServices> => ({
  ssm: ssmClient(),
  ec2: ec2Client(),
  autoscaling: autoScalingClient(),
  s3: s3Client(),
  cloudwatch: cloudWatchClient(),
  sns: snsClient(),
  events: eventBridgeClient(),
});
