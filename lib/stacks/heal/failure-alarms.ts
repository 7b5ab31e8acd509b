import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { alarmDescription } from '../../domain/names/alarm-kinds';
import { HEAL_METRICS } from '../../domain/names/heal-metrics';
import { METRIC_NAMESPACE, functionErrorsAlarmName, healingFailedAlarmName } from '../../domain/names/naming';
import type { HandlerFunction } from '../../constructs/handler-function';

export interface FailureAlarmsProps {
  readonly environmentName: string;
  /** Every function that healing hangs on, by its name. */
  readonly functions: Readonly<Record<string, HandlerFunction>>;
  readonly notifyOperators: cloudwatch.IAlarmAction;
}

const PERIOD = Duration.minutes(5);

/** When healing itself is ill. */
export class FailureAlarms extends Construct {
  constructor(
    scope: Construct,
    id: string,
    { environmentName, functions, notifyOperators }: FailureAlarmsProps,
  ) {
    super(scope, id);
    // One alarm a function: none of them hides in a sum, and the alarm's name says where to look.
    for (const [name, handler] of Object.entries(functions)) {
      new cloudwatch.Alarm(this, `${name}Errors`, {
        alarmName: functionErrorsAlarmName(environmentName, name),
        alarmDescription: alarmDescription(
          'heal-function-errors',
          `The function ${name} of Headroom ${environmentName} keeps failing.`,
          'Headroom retries each call, but healings may be late or end without a report.',
        ),
        metric: handler.function.metricErrors({ statistic: cloudwatch.Stats.SUM, period: PERIOD }),
        threshold: 1,
        comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
        // One error is retried and needs no one; errors that last ten minutes do.
        evaluationPeriods: 3,
        datapointsToAlarm: 2,
        // A function that was not called has no data.
        treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
      }).addAlarmAction(notifyOperators);
    }

    new cloudwatch.Alarm(this, 'HealingFailed', {
      alarmName: healingFailedAlarmName(environmentName),
      alarmDescription: alarmDescription(
        'heal-failed',
        `An execution of HealNode in ${environmentName} ended without a verdict.`,
        'Headroom has recorded what is known and escalated the node.',
      ),
      metric: new cloudwatch.Metric({
        namespace: METRIC_NAMESPACE,
        metricName: HEAL_METRICS.healingFailed.name,
        dimensionsMap: { Environment: environmentName },
        statistic: cloudwatch.Stats.SUM,
        period: PERIOD,
      }),
      threshold: 1,
      comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      evaluationPeriods: 1,
      // No healing, no data: that is the good case.
      treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
    }).addAlarmAction(notifyOperators);
  }
}
