import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import type { WorkerNodeGroup } from '../../config/node-groups';
import { alarmDescription } from '../../domain/names/alarm-kinds';
import { INODE_METRICS } from '../../domain/names/disk-metric';
import {
  METRIC_NAMESPACE,
  fellSilentAlarmName,
  functionLogGroup,
  measuredAlarmName,
  workerAutoScalingGroupName,
  workerSilenceAlarmName,
} from '../../domain/names/naming';
import { SILENT_NODES, SILENT_NODES_LOG, silentNodesDimensions } from '../../domain/sweep/silence';
import { MEASURE_SECONDS, controlPlaneDiskDimensions } from './disk-metrics';
import { ControlPlaneSilenceAlarm, type ControlPlaneSilenceAlarmProps } from './silence-alarms';

/**
 * Silence of nodes that ran before their alarms were there. They are measured some minutes after the deploy, or never: an
 * alarm on missing data cannot distinguish that from a node that fell silent.
 */

/** Minutes with a measurement after which a node's silence is reported. */
const REMEMBERED_AFTER_MINUTES = 5;

export interface AttachedSilenceProps extends ControlPlaneSilenceAlarmProps {
  readonly notifyOperators: cloudwatch.IAlarmAction;
}

/**
 * Notifies operators about a control-plane node that was measured once and no longer reports. One that was never measured is found by the
 * sweep, an hour after it was attached.
 */
export class AttachedControlPlaneSilence extends Construct {
  constructor(scope: Construct, id: string, { notifyOperators, ...node }: AttachedSilenceProps) {
    super(scope, id);
    const { environmentName, namespace, group, index, instanceId } = node;
    const silent = new ControlPlaneSilenceAlarm(this, 'Silent', node);
    const measured = new cloudwatch.Alarm(this, 'Measured', {
      // Another instance has another alarm: what is remembered of this one says nothing of that.
      alarmName: measuredAlarmName(environmentName, instanceId),
      alarmDescription: `Remembers in ALARM that control-plane node ${index} of ${environmentName} was measured. It notifies no one.`,
      metric: new cloudwatch.Metric({
        namespace,
        metricName: INODE_METRICS.total,
        dimensionsMap: controlPlaneDiskDimensions(instanceId, group.os),
        statistic: cloudwatch.Stats.SAMPLE_COUNT,
        period: Duration.seconds(MEASURE_SECONDS),
      }),
      threshold: 1,
      comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      // The first measurement ends the other's ALARM; this one's begins when there are so many. Never both in between.
      evaluationPeriods: REMEMBERED_AFTER_MINUTES,
      datapointsToAlarm: REMEMBERED_AFTER_MINUTES,
      // "The current alarm state is maintained": ALARM ever after.
      // https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
      treatMissingData: cloudwatch.TreatMissingData.IGNORE,
    });
    new cloudwatch.CompositeAlarm(this, 'FellSilent', {
      compositeAlarmName: fellSilentAlarmName(environmentName, index),
      alarmDescription: alarmDescription(
        'node-silent',
        `Control-plane node ${index} of ${environmentName} reported its disk and no longer does.`,
        'Headroom starts HealNode, which grows and reboots a full node that does not run commands, or escalates.',
      ),
      alarmRule: cloudwatch.AlarmRule.allOf(
        cloudwatch.AlarmRule.fromAlarm(silent, cloudwatch.AlarmState.ALARM),
        cloudwatch.AlarmRule.fromAlarm(measured, cloudwatch.AlarmState.ALARM),
      ),
    }).addAlarmAction(notifyOperators);
  }
}

export interface AttachedWorkerSilenceAlarmProps {
  readonly environmentName: string;
  readonly group: WorkerNodeGroup;
  readonly notifyOperators: cloudwatch.IAlarmAction;
}

/** Workers of a group that something else made, of which the sweep says that they should report and do not. */
export class AttachedWorkerSilenceAlarm extends cloudwatch.Alarm {
  constructor(scope: Construct, id: string, props: AttachedWorkerSilenceAlarmProps) {
    const { environmentName, group } = props;
    super(scope, id, {
      alarmName: workerSilenceAlarmName(environmentName, group.name),
      alarmDescription: alarmDescription(
        'worker-group-silent',
        `Nodes of the worker group ${group.name} of ${environmentName} do not report their disk.`,
        `Headroom starts HealNode for each of them; the log ${functionLogGroup(environmentName, 'sweep')} names them, in its lines "${SILENT_NODES_LOG}".`,
      ),
      metric: new cloudwatch.Metric({
        namespace: METRIC_NAMESPACE,
        metricName: SILENT_NODES.name,
        dimensionsMap: {
          ...silentNodesDimensions(environmentName, workerAutoScalingGroupName(environmentName, group)),
        },
        statistic: cloudwatch.Stats.MAXIMUM,
        period: Duration.minutes(1),
      }),
      threshold: 1,
      comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      evaluationPeriods: 1,
      // Between two sweeps nothing is counted, and what the last one found holds.
      treatMissingData: cloudwatch.TreatMissingData.IGNORE,
    });
    this.addAlarmAction(props.notifyOperators);
  }
}
