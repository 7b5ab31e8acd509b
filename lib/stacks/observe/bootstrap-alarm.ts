import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import { alarmDescription } from '../../domain/names/alarm-kinds';
import { bootstrapFailedAlarmName, type NodeRole } from '../../domain/names/naming';
import { BOOTSTRAP_METRIC, GUARD_ENVIRONMENT_TAG } from '../../domain/names/guard-metric';

const PERIOD_MINUTES = 5;
/** A try takes up to half an hour, and the next begins ten minutes later: one word in an hour is enough. */
const WINDOW_MINUTES = 60;

export interface BootstrapAlarmProps {
  readonly environmentName: string;
  /** Where the agents of these roles write. One alarm has one query, and one query one namespace. */
  readonly namespace: string;
  readonly roles: readonly NodeRole[];
  readonly notifyOperators: cloudwatch.IAlarmAction;
}

/** An instance of the environment does not become a node. The stack itself waits for its first nodes; this is for later ones. */
export class BootstrapAlarm extends cloudwatch.Alarm {
  constructor(
    scope: Construct,
    id: string,
    { environmentName, namespace, roles, notifyOperators }: BootstrapAlarmProps,
  ) {
    super(scope, id, {
      alarmName: bootstrapFailedAlarmName(environmentName, roles),
      alarmDescription: alarmDescription(
        'bootstrap-failed',
        `An instance of ${environmentName} could not become a ${roles.join(' or ')} node.`,
        'EC2 counts it as in service, but it is not in the cluster. Headroom retries every ten minutes, and notifies operators.',
      ),
      metric: new cloudwatch.MathExpression({
        expression: `SELECT MAX(${BOOTSTRAP_METRIC}) FROM "${namespace}" WHERE ${GUARD_ENVIRONMENT_TAG} = '${environmentName}'`,
        usingMetrics: {},
        label: BOOTSTRAP_METRIC,
        period: Duration.minutes(PERIOD_MINUTES),
      }),
      threshold: 1,
      comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      evaluationPeriods: WINDOW_MINUTES / PERIOD_MINUTES,
      datapointsToAlarm: 1,
      // Nodes speak of it only when they are made. One without an agent is what the silence alarms hear.
      treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
    });
    this.addAlarmAction(notifyOperators);
  }
}
