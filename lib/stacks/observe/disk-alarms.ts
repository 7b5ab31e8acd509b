import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import type { NodeGroup, WorkerNodeGroup } from '../../config/node-groups';
import type { DiskPolicy } from '../../domain/plan/disk-policy';
import {
  DISK_LEVELS,
  controlPlaneDiskAlarmName,
  workerAutoScalingGroupName,
  workerDiskAlarmName,
  type DiskLevel,
} from '../../domain/names/naming';
import { AT_LEVEL, alarmDescription } from '../../domain/names/alarm-kinds';
import {
  MEASURE_SECONDS,
  USED_PERCENT_METRIC,
  controlPlaneDiskDimensions,
  workerDiskQuery,
} from './disk-metrics';

export interface DiskAlarmsProps {
  readonly environmentName: string;
  /** Where the agents of the role write. */
  readonly namespace: string;
  readonly levels: DiskPolicy;
  /** Notified at emergency. EventBridge notifies Headroom itself, at every level. */
  readonly notifyOperators: cloudwatch.IAlarmAction;
}

const period = Duration.seconds(MEASURE_SECONDS);

const thresholdOf = (levels: DiskPolicy, level: DiskLevel): number => levels[`${level}Percent`];

abstract class DiskAlarms extends Construct {
  protected addAlarm(
    props: DiskAlarmsProps,
    level: DiskLevel,
    alarmName: string,
    symptom: string,
    metric: cloudwatch.IMetric,
  ): void {
    const alarm = new cloudwatch.Alarm(this, level, {
      alarmName,
      alarmDescription: alarmDescription(`disk-${level}`, symptom, AT_LEVEL[level]),
      metric,
      threshold: thresholdOf(props.levels, level),
      comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      // A disk fills within minutes and does not flap: the first measurement counts.
      evaluationPeriods: 1,
      datapointsToAlarm: 1,
      // No data is neither good nor bad here (the silence alarm speaks of it), and a full disk that reports
      // again must be a new transition, since only transitions send events.
      treatMissingData: cloudwatch.TreatMissingData.MISSING,
    });
    if (level === 'emergency') alarm.addAlarmAction(props.notifyOperators);
  }
}

export interface ControlPlaneDiskAlarmsProps extends DiskAlarmsProps {
  readonly group: NodeGroup;
  /** Counts from 1. */
  readonly index: number;
  readonly instanceId: string;
}

/** The three levels of one control-plane node. */
export class ControlPlaneDiskAlarms extends DiskAlarms {
  constructor(scope: Construct, id: string, props: ControlPlaneDiskAlarmsProps) {
    super(scope, id);
    const { environmentName, namespace, group, index, instanceId, levels } = props;
    const metric = new cloudwatch.Metric({
      namespace,
      metricName: USED_PERCENT_METRIC,
      dimensionsMap: controlPlaneDiskDimensions(instanceId, group.os),
      statistic: cloudwatch.Stats.MAXIMUM,
      period,
    });
    for (const level of DISK_LEVELS) {
      const symptom = `The root disk of control-plane node ${index} of ${environmentName} is at or above ${thresholdOf(levels, level)} %.`;
      this.addAlarm(props, level, controlPlaneDiskAlarmName(environmentName, index, level), symptom, metric);
    }
  }
}

export interface WorkerDiskAlarmsProps extends DiskAlarmsProps {
  readonly group: WorkerNodeGroup;
}

/** The three levels of a worker group: one alarm over all its nodes, which speaks of each node separately. */
export class WorkerDiskAlarms extends DiskAlarms {
  constructor(scope: Construct, id: string, props: WorkerDiskAlarmsProps) {
    super(scope, id);
    const { environmentName, namespace, group, levels } = props;
    const metric = new cloudwatch.MathExpression({
      expression: workerDiskQuery(namespace, workerAutoScalingGroupName(environmentName, group)),
      usingMetrics: {},
      label: USED_PERCENT_METRIC,
      period,
    });
    for (const level of DISK_LEVELS) {
      const symptom = `The root disk of a node of the worker group ${group.name} of ${environmentName} is at or above ${thresholdOf(levels, level)} %.`;
      this.addAlarm(props, level, workerDiskAlarmName(environmentName, group.name, level), symptom, metric);
    }
  }
}
