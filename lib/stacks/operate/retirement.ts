import { Duration, Stack } from 'aws-cdk-lib';
import * as autoscaling from 'aws-cdk-lib/aws-autoscaling';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as sns from 'aws-cdk-lib/aws-sns';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { WorkerNodeGroup } from '../../config/node-groups';
import { alarmDescription } from '../../domain/names/alarm-kinds';
import {
  RETIRE_HOOK_NAME,
  documentName,
  resourcePrefix,
  retireUndeliveredAlarmName,
  workerAutoScalingGroupName,
} from '../../domain/names/naming';
import { anyAutomationExecutionArn, documentArn, ssmArn } from '../../constructs/arns';

/**
 * How long a termination waits for its drain. RetireWorker finishes before that, whatever fails in it; should it not even
 * start, the hook lets go by itself.
 */
export const RETIRE_HEARTBEAT = Duration.minutes(20);

/** Named, so that the role which they use can name them. */
const RULES = ['Terminating', 'Terminated'] as const;
const ruleName = (environmentName: string, rule: (typeof RULES)[number]): string =>
  `${resourcePrefix(environmentName)}-${rule.toLowerCase()}`;

export interface RetirementProps {
  readonly environmentName: string;
  readonly groups: readonly WorkerNodeGroup[];
  readonly role: iam.IRole;
  readonly topic: sns.ITopic;
}

/** Workers are drained before they go, and the ones that are gone leave the API. */
export class Retirement extends Construct {
  constructor(scope: Construct, id: string, props: RetirementProps) {
    super(scope, id);
    const { environmentName, groups } = props;
    const names = groups.map((group) => workerAutoScalingGroupName(environmentName, group));
    if (names.length === 0) return;
    const hooks = groups.map(
      (group, index) =>
        new autoscaling.CfnLifecycleHook(this, `Hook-${group.name}`, {
          // By name: the group itself is the cluster stack's.
          autoScalingGroupName: names[index]!,
          lifecycleHookName: RETIRE_HOOK_NAME,
          lifecycleTransition: 'autoscaling:EC2_INSTANCE_TERMINATING',
          heartbeatTimeout: RETIRE_HEARTBEAT.toSeconds(),
          // A termination must never wait for ever.
          defaultResult: 'CONTINUE',
        }),
    );
    const undelivered = this.undelivered(props);
    const invoker = this.invoker(props);
    const rule = (
      ruleId: (typeof RULES)[number],
      description: string,
      detail: Record<string, unknown>,
      type: string,
      template: string,
    ) => {
      const made = new events.CfnRule(this, ruleId, {
        name: ruleName(environmentName, ruleId),
        description: `Headroom ${environmentName}: ${description}`,
        eventPattern: {
          source: ['aws.autoscaling'],
          'detail-type': [type],
          detail: { AutoScalingGroupName: names, ...detail },
        },
        targets: [
          {
            id: 'RetireWorker',
            arn: ssmArn(
              this,
              'automation-definition',
              `${documentName(environmentName, 'RetireWorker')}:$DEFAULT`,
            ),
            roleArn: invoker.roleArn,
            inputTransformer: {
              inputPathsMap: {
                instance: '$.detail.EC2InstanceId',
                ...(template.includes('<group>') && { group: '$.detail.AutoScalingGroupName' }),
                ...(template.includes('<hook>') && { hook: '$.detail.LifecycleHookName' }),
              },
              inputTemplate: template,
            },
            retryPolicy: { maximumEventAgeInSeconds: RETIRE_HEARTBEAT.toSeconds(), maximumRetryAttempts: 20 },
            deadLetterConfig: { arn: undelivered.queueArn },
          },
        ],
      });
      undelivered.addToResourcePolicy(
        new iam.PolicyStatement({
          sid: `Allow${ruleId}`,
          principals: [new iam.ServicePrincipal('events.amazonaws.com')],
          actions: ['sqs:SendMessage'],
          resources: [undelivered.queueArn],
          conditions: { ArnEquals: { 'aws:SourceArn': made.attrArn } },
        }),
      );
      return made;
    };
    const terminating = rule(
      'Terminating',
      'a worker is about to be terminated',
      { LifecycleHookName: [RETIRE_HOOK_NAME] },
      'EC2 Instance-terminate Lifecycle Action',
      '{"InstanceId":[<instance>],"AutoScalingGroupName":[<group>],"LifecycleHookName":[<hook>]}',
    );
    // A hook without its rule would only make terminations slow.
    for (const hook of hooks) hook.addResourceDependency(terminating);
    rule(
      'Terminated',
      'a worker is gone, for whatever reason',
      {},
      'EC2 Instance Terminate Successful',
      '{"InstanceId":[<instance>]}',
    );
  }

  /** Lets EventBridge start RetireWorker, and nothing else. */
  private invoker({ environmentName, role }: RetirementProps): iam.Role {
    const invoker = new iam.Role(this, 'InvokerRole', {
      assumedBy: new iam.ServicePrincipal('events.amazonaws.com', {
        // https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-conditions.html
        conditions: {
          StringEquals: { 'aws:SourceAccount': Stack.of(this).account },
          ArnEquals: {
            'aws:SourceArn': RULES.map((rule) =>
              Stack.of(this).formatArn({
                service: 'events',
                resource: 'rule',
                resourceName: ruleName(environmentName, rule),
              }),
            ),
          },
        },
      }),
      description: `Headroom ${environmentName}: starts RetireWorker`,
    });
    const name = documentName(environmentName, 'RetireWorker');
    invoker.addToPolicy(
      new iam.PolicyStatement({
        sid: 'StartRetireWorker',
        actions: ['ssm:StartAutomationExecution'],
        // EventBridge names its target in the former form.
        resources: [
          documentArn(this, environmentName, 'RetireWorker'),
          anyAutomationExecutionArn(this),
          ssmArn(this, 'automation-definition', `${name}:*`),
        ],
      }),
    );
    invoker.addToPolicy(
      new iam.PolicyStatement({
        sid: 'HandOverTheRole',
        actions: ['iam:PassRole'],
        resources: [role.roleArn],
        conditions: { StringEquals: { 'iam:PassedToService': 'ssm.amazonaws.com' } },
      }),
    );
    return invoker;
  }

  private undelivered({ environmentName, topic }: RetirementProps): sqs.Queue {
    const queue = new sqs.Queue(this, 'Undelivered', {
      queueName: `${resourcePrefix(environmentName)}-retire-undelivered`,
      encryption: sqs.QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    new cloudwatch.Alarm(queue, 'NotEmpty', {
      alarmName: retireUndeliveredAlarmName(environmentName),
      alarmDescription: alarmDescription(
        'retire-undelivered',
        `EventBridge could not start RetireWorker of ${environmentName}.`,
        'Headroom lets such terminations continue without a drain; the API may still list their nodes.',
      ),
      metric: queue.metricApproximateNumberOfMessagesVisible({
        statistic: cloudwatch.Stats.MAXIMUM,
        period: Duration.minutes(1),
      }),
      threshold: 1,
      comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      evaluationPeriods: 1,
      // SQS stops sending the metric of a queue that was idle for six hours: idle is what this queue should be.
      treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
    }).addAlarmAction(new SnsAction(topic));
    return queue;
  }
}
