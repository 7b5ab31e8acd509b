import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import { alarmDescription } from '../../domain/names/alarm-kinds';
import { guardFailedAlarmName, type NodeRole } from '../../domain/names/naming';
import { GUARD_ENVIRONMENT_TAG, GUARD_METRIC } from '../../domain/names/guard-metric';

/** Minutes over which a guard must fail: one hiccup mends itself at the next tick. */
const PERIOD_MINUTES = 5;
const PERIODS = 3;

export interface GuardAlarmProps {
  readonly environmentName: string;
  /** Where the agents of these roles write. One alarm has one query, and one query one namespace. */
  readonly namespace: string;
  readonly roles: readonly NodeRole[];
  readonly notifyOperators: cloudwatch.IAlarmAction;
}

/** The guard of some node of these roles fails. */
export class GuardAlarm extends cloudwatch.Alarm {
  constructor(
    scope: Construct,
    id: string,
    { environmentName, namespace, roles, notifyOperators }: GuardAlarmProps,
  ) {
    super(scope, id, {
      alarmName: guardFailedAlarmName(environmentName, roles),
      alarmDescription: alarmDescription(
        'guard-failed',
        `The guard on a ${roles.join(' or ')} node of ${environmentName} has failed for ${PERIOD_MINUTES * PERIODS} minutes.`,
        'Headroom cannot rely on the ballast of that node; the topic is notified.',
      ),
      // No SCHEMA: the agent adds its own dimensions to StatsD metrics (metric_type), and none of them matters here.
      metric: new cloudwatch.MathExpression({
        expression: `SELECT MAX(${GUARD_METRIC}) FROM "${namespace}" WHERE ${GUARD_ENVIRONMENT_TAG} = '${environmentName}'`,
        usingMetrics: {},
        label: GUARD_METRIC,
        period: Duration.minutes(PERIOD_MINUTES),
      }),
      threshold: 1,
      comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      evaluationPeriods: PERIODS,
      datapointsToAlarm: PERIODS,
      // An agent that carries no word is what the silence alarms hear, and PrepareNode starts a stopped timer again.
      treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
    });
    this.addAlarmAction(notifyOperators);
  }
}
