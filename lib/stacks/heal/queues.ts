import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { alarmDescription, type AlarmKind } from '../../domain/names/alarm-kinds';
import {
  deadLetterAlarmName,
  deadLetterQueueName,
  healQueueName,
  undeliveredAlarmName,
  undeliveredQueueName,
} from '../../domain/names/naming';
import { LONGEST_EXECUTION_MS } from '../../domain/sweep/sweep';

export interface QueuesProps {
  readonly environmentName: string;
  /** The longest that dispatch may work on a batch. */
  readonly handlerTimeout: Duration;
  readonly notifyOperators: cloudwatch.IAlarmAction;
}

/** AWS asks for six times the function's timeout. Source: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html */
const VISIBILITY_TIMEOUTS = 6;

/**
 * Receives before a message is dead: ten of a minute each, then six minutes each for as long as one execution may take. A
 * control-plane node waits its turn in the queue while another one is healed; and a receive is also counted when Lambda is
 * throttled, which happens by design, since two pollers share one reserved invocation.
 */
const MAX_RECEIVES = 20 + Math.ceil(LONGEST_EXECUTION_MS / (6 * 60_000));

const SECURE = {
  encryption: sqs.QueueEncryption.SQS_MANAGED,
  enforceSSL: true,
  retentionPeriod: Duration.days(14),
} as const;

/** The path from an alarm to dispatch, and the queues that keep what failed on it. */
export class Queues extends Construct {
  /** One message group for each node group: their order holds, and one group's trouble holds up no other. */
  readonly heal: sqs.Queue;
  readonly deadLetters: sqs.Queue;
  /** Events that EventBridge could not hand over, which takes a queue that is not FIFO. */
  readonly undelivered: sqs.Queue;

  constructor(scope: Construct, id: string, props: QueuesProps) {
    super(scope, id);
    const { environmentName } = props;
    this.deadLetters = new sqs.Queue(this, 'DeadLetters', {
      ...SECURE,
      queueName: deadLetterQueueName(environmentName),
      fifo: true,
      contentBasedDeduplication: true,
    });
    this.heal = new sqs.Queue(this, 'Heal', {
      ...SECURE,
      queueName: healQueueName(environmentName),
      fifo: true,
      contentBasedDeduplication: true,
      visibilityTimeout: Duration.seconds(VISIBILITY_TIMEOUTS * props.handlerTimeout.toSeconds()),
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: MAX_RECEIVES },
    });
    this.undelivered = new sqs.Queue(this, 'Undelivered', {
      ...SECURE,
      queueName: undeliveredQueueName(environmentName),
    });

    this.addAlarm(props, this.deadLetters, deadLetterAlarmName(environmentName), 'heal-dead-letters', [
      `Alarm events of ${environmentName} could not be read, or dispatch failed on them ${MAX_RECEIVES} times.`,
      'Headroom keeps them for 14 days; the nodes they speak of may not have been healed.',
    ]);
    this.addAlarm(props, this.undelivered, undeliveredAlarmName(environmentName), 'heal-undelivered', [
      `EventBridge could not deliver events of ${environmentName} to Headroom.`,
      'Headroom keeps them for 14 days; the nodes they speak of may not have been healed.',
    ]);
  }

  private addAlarm(
    { notifyOperators }: QueuesProps,
    queue: sqs.Queue,
    alarmName: string,
    kind: AlarmKind,
    [symptom, headroomDoes]: readonly [string, string],
  ): void {
    new cloudwatch.Alarm(queue, 'NotEmpty', {
      alarmName,
      alarmDescription: alarmDescription(kind, symptom, headroomDoes),
      metric: queue.metricApproximateNumberOfMessagesVisible({
        statistic: cloudwatch.Stats.MAXIMUM,
        period: Duration.minutes(1),
      }),
      threshold: 1,
      comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      evaluationPeriods: 1,
      // SQS stops sending the metric of a queue that was idle for six hours: idle is what this queue should be.
      treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
    }).addAlarmAction(notifyOperators);
  }
}
