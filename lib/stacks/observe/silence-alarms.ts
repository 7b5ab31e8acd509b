import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import type { NodeGroup, WorkerNodeGroup } from '../../config/node-groups';
import {
  controlPlaneSilenceAlarmName,
  workerAutoScalingGroupName,
  workerSilenceAlarmName,
} from '../../domain/names/naming';
import { alarmDescription } from '../../domain/names/alarm-kinds';
import {
  MEASURE_SECONDS,
  USED_PERCENT_METRIC,
  controlPlaneDiskDimensions,
  workerGroupDimensions,
} from './disk-metrics';

/** Minutes without a measurement after which a node counts as silent. */
const SILENT_MINUTES = 5;

export interface ControlPlaneSilenceAlarmProps {
  readonly environmentName: string;
  /** Where the agents of the role write. */
  readonly namespace: string;
  readonly group: NodeGroup;
  /** Counts from 1. */
  readonly index: number;
  readonly instanceId: string;
  /** @default - no one: {@link AttachedControlPlaneSilence} notifies operators */
  readonly notifyOperators?: cloudwatch.IAlarmAction;
}

/** A control-plane node that reports nothing. On a full disk the agent may be the first to go. */
export class ControlPlaneSilenceAlarm extends cloudwatch.Alarm {
  constructor(scope: Construct, id: string, props: ControlPlaneSilenceAlarmProps) {
    const { environmentName, namespace, group, index, instanceId } = props;
    super(scope, id, {
      alarmName: controlPlaneSilenceAlarmName(environmentName, index),
      alarmDescription: alarmDescription(
        'node-silent',
        `Control-plane node ${index} of ${environmentName} has not reported its disk for ${SILENT_MINUTES} minutes.`,
        'Headroom starts HealNode, which grows and reboots a full node that does not run commands, or escalates.',
      ),
      metric: new cloudwatch.Metric({
        namespace,
        metricName: USED_PERCENT_METRIC,
        dimensionsMap: controlPlaneDiskDimensions(instanceId, group.os),
        statistic: cloudwatch.Stats.SAMPLE_COUNT,
        period: Duration.seconds(MEASURE_SECONDS),
      }),
      threshold: 1,
      comparisonOperator: cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
      evaluationPeriods: SILENT_MINUTES,
      datapointsToAlarm: SILENT_MINUTES,
      // A silent node sends no zero, it sends nothing: missing data is the very thing looked for.
      treatMissingData: cloudwatch.TreatMissingData.BREACHING,
    });
    if (props.notifyOperators) this.addAlarmAction(props.notifyOperators);
  }
}

export interface WorkerSilenceAlarmProps {
  readonly environmentName: string;
  /** Where the agents of the role write. */
  readonly namespace: string;
  readonly group: WorkerNodeGroup;
  readonly notifyOperators: cloudwatch.IAlarmAction;
}

/**
 * A worker group in which fewer nodes report than are in service.
 *
 * A node's measurements of five minutes may be counted as four or six, whichever side of the border they fall on;
 * what one window lacks the next has too many. Hence more than half a node, in two windows running.
 */
export class WorkerSilenceAlarm extends cloudwatch.Alarm {
  constructor(scope: Construct, id: string, props: WorkerSilenceAlarmProps) {
    const { environmentName, namespace, group } = props;
    const autoScalingGroupName = workerAutoScalingGroupName(environmentName, group);
    const period = Duration.minutes(SILENT_MINUTES);
    const perNode = period.toSeconds() / MEASURE_SECONDS;
    super(scope, id, {
      alarmName: workerSilenceAlarmName(environmentName, group.name),
      alarmDescription: alarmDescription(
        'worker-group-silent',
        `Fewer nodes of the worker group ${group.name} of ${environmentName} report their disk than are in service.`,
        'Headroom cannot identify the silent node from this alarm; the topic is notified.',
      ),
      metric: new cloudwatch.MathExpression({
        expression: `inService - FILL(samples, 0) / ${perNode}`,
        label: 'silent nodes',
        period,
        usingMetrics: {
          inService: new cloudwatch.Metric({
            namespace: 'AWS/AutoScaling',
            metricName: 'GroupInServiceInstances',
            dimensionsMap: { AutoScalingGroupName: autoScalingGroupName },
            // A node counts once it was in service for the whole window: a new one gets time to install its agents.
            statistic: cloudwatch.Stats.MINIMUM,
          }),
          samples: new cloudwatch.Metric({
            namespace,
            metricName: USED_PERCENT_METRIC,
            dimensionsMap: workerGroupDimensions(autoScalingGroupName),
            statistic: cloudwatch.Stats.SAMPLE_COUNT,
          }),
        },
      }),
      threshold: 0.5,
      comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
      evaluationPeriods: 2,
      datapointsToAlarm: 2,
      // The samples are filled with zeros, so only the group's own count can be missing, and a group that
      // no one counts is a group that no one watches.
      treatMissingData: cloudwatch.TreatMissingData.BREACHING,
    });
    this.addAlarmAction(props.notifyOperators);
  }
}
