import { Duration, Stack } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type * as sns from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { NONE, RECORD_ENVIRONMENT } from '../../../lambda/record/environment';
import type { DiskPolicy } from '../../domain/plan/disk-policy';
import { EVIDENCE_FOLDER, REPORTS_FOLDER } from '../../domain/names/evidence-place';
import type { NamespaceLayout } from '../../domain/names/metric-namespaces';
import { METRIC_NAMESPACE, documentName } from '../../domain/names/naming';
import { anyAutomationExecutionArn, ssmArn } from '../../constructs/arns';
import { readAndWrite } from '../../constructs/bucket-rights';
import { HandlerFunction } from '../../constructs/handler-function';
import { failuresTo, sendTo } from '../../constructs/queue-rights';
import type { Queues } from './queues';
import { notifyWebhook } from './webhook';

export interface RecordProps {
  readonly environmentName: string;
  readonly levels: DiskPolicy;
  /** Where the nodes' agents write. */
  readonly namespaceLayout: NamespaceLayout;
  /** How long a question waits for its answer. */
  readonly askSeconds: number;
  readonly evidence: s3.IBucket;
  readonly topic: sns.ITopic;
  /** @default - no chat is notified */
  readonly chatTopic?: sns.ITopic | undefined;
  /** @default - no webhook is notified */
  readonly webhookBus?: events.EventBus | undefined;
  readonly queues: Queues;
}

/** Records how a healing ended, and notifies operators when it must. */
export class Record extends HandlerFunction {
  constructor(scope: Construct, id: string, props: RecordProps) {
    const { environmentName, levels, namespaceLayout, evidence, topic, chatTopic, webhookBus } = props;
    const { queues, askSeconds } = props;
    const healDocumentName = documentName(environmentName, 'HealNode');
    super(scope, id, {
      environmentName,
      name: 'record',
      description: 'Writes the report, the metrics and the message of a healing',
      timeout: Duration.seconds(60),
      variables: {
        [RECORD_ENVIRONMENT.environmentName]: environmentName,
        [RECORD_ENVIRONMENT.topicArn]: topic.topicArn,
        [RECORD_ENVIRONMENT.chatTopicArn]: chatTopic?.topicArn ?? NONE,
        [RECORD_ENVIRONMENT.webhookBusName]: webhookBus?.eventBusName ?? NONE,
        [RECORD_ENVIRONMENT.evidenceBucketName]: evidence.bucketName,
        [RECORD_ENVIRONMENT.evidenceBucketOwner]: Stack.of(scope).account,
        [RECORD_ENVIRONMENT.askSeconds]: String(askSeconds),
        [RECORD_ENVIRONMENT.healDocumentName]: healDocumentName,
        [RECORD_ENVIRONMENT.namespaceLayout]: namespaceLayout,
        [RECORD_ENVIRONMENT.diskLevels]: JSON.stringify(levels),
      },
      statements: recordStatements(scope, props),
    });
    this.function.configureAsyncInvoke({
      onFailure: failuresTo(queues.undelivered),
      retryAttempts: 2,
    });
    // HealNode calls record itself; this catches executions that ended without it: timed out, cancelled, broken, and a
    // success whose step called a function that threw. Of one that is recorded already, record does nothing.
    new events.Rule(this, 'UnfinishedExecutions', {
      description: `Headroom ${environmentName}: HealNode executions that have ended`,
      eventPattern: {
        source: ['aws.ssm'],
        detailType: ['EC2 Automation Execution Status-change Notification'],
        detail: {
          Definition: [healDocumentName],
          Status: ['Success', 'Failed', 'TimedOut', 'Cancelled', 'Rejected'],
        },
      },
      targets: [new LambdaFunction(this.function, { deadLetterQueue: queues.undelivered })],
    });
  }
}

const recordStatements = (
  scope: Construct,
  { evidence, topic, chatTopic, webhookBus, queues }: RecordProps,
): iam.PolicyStatement[] => [
  new iam.PolicyStatement({
    sid: 'ReadExecutions',
    actions: ['ssm:GetAutomationExecution'],
    resources: [anyAutomationExecutionArn(scope)],
  }),
  ...readAndWrite(scope, evidence, [REPORTS_FOLDER, EVIDENCE_FOLDER]),
  sendTo('KeepFailures', queues.undelivered),
  new iam.PolicyStatement({
    sid: 'NotifyOperators',
    actions: ['sns:Publish'],
    resources: [topic, ...(chatTopic ? [chatTopic] : [])].map(({ topicArn }) => topicArn),
  }),
  ...(webhookBus ? [notifyWebhook(webhookBus)] : []),
  new iam.PolicyStatement({
    sid: 'WriteMetrics',
    actions: ['cloudwatch:PutMetricData'],
    // PutMetricData has no resource; the namespace is what narrows it.
    resources: ['*'],
    conditions: { StringEquals: { 'cloudwatch:namespace': METRIC_NAMESPACE } },
  }),
  new iam.PolicyStatement({
    sid: 'FindNodesAndOpenOpsItems',
    // The first three have no resource in IAM, and an OpsItem has none before it is made.
    actions: [
      'autoscaling:DescribeAutoScalingInstances',
      'cloudwatch:GetMetricData',
      'ec2:DescribeInstances',
      'ssm:CreateOpsItem',
    ],
    resources: ['*'],
  }),
  new iam.PolicyStatement({
    sid: 'KeepOpsItemsUpToDate',
    // OpsCenter makes the id.
    actions: ['ssm:GetOpsItem', 'ssm:UpdateOpsItem'],
    resources: [ssmArn(scope, 'opsitem', '*')],
  }),
];
