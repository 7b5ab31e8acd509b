import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import type { NodeGroup, WorkerNodeGroup } from '../../config/node-groups';
import { alarmDescription } from '../../domain/names/alarm-kinds';
import {
  controlPlaneInodeAlarmName,
  workerAutoScalingGroupName,
  workerInodeAlarmName,
} from '../../domain/names/naming';
import {
  INODES_FREE_METRIC,
  MEASURE_SECONDS,
  controlPlaneDiskDimensions,
  workerInodeQuery,
} from './disk-metrics';

/**
 * Free inodes of `/` at or below which a node is healed. A count, since a Metrics Insights query cannot divide and the
 * agent sends no percentage: 5 % of what ext4 has on 20 GiB, the smallest root volume (one inode for each 16 KiB,
 * mke2fs's default), and so much less of a larger one that the sweep's look at the percentage comes before.
 */
export const LOW_INODES_FREE = 65_536;

const period = Duration.seconds(MEASURE_SECONDS);

abstract class InodeAlarm extends cloudwatch.Alarm {
  constructor(scope: Construct, id: string, alarmName: string, whose: string, metric: cloudwatch.IMetric) {
    super(scope, id, {
      alarmName,
      alarmDescription: alarmDescription(
        'inodes-low',
        `The root disk of ${whose} has ${LOW_INODES_FREE} free inodes or fewer.`,
        'Headroom starts HealNode: it cleans up, grows the volume, which gives ext4 more inodes, or escalates.',
      ),
      metric,
      threshold: LOW_INODES_FREE,
      comparisonOperator: cloudwatch.ComparisonOperator.LESS_THAN_OR_EQUAL_TO_THRESHOLD,
      // As the disk's levels: the first measurement counts, and no data is neither good nor bad here.
      evaluationPeriods: 1,
      datapointsToAlarm: 1,
      treatMissingData: cloudwatch.TreatMissingData.MISSING,
    });
  }
}

export interface ControlPlaneInodeAlarmProps {
  readonly environmentName: string;
  /** Where the agents of the role write. */
  readonly namespace: string;
  readonly group: NodeGroup;
  /** Counts from 1. */
  readonly index: number;
  readonly instanceId: string;
}

/** A control-plane node that runs out of inodes. */
export class ControlPlaneInodeAlarm extends InodeAlarm {
  constructor(scope: Construct, id: string, props: ControlPlaneInodeAlarmProps) {
    const { environmentName, namespace, group, index, instanceId } = props;
    const metric = new cloudwatch.Metric({
      namespace,
      metricName: INODES_FREE_METRIC,
      dimensionsMap: controlPlaneDiskDimensions(instanceId, group.os),
      statistic: cloudwatch.Stats.MINIMUM,
      period,
    });
    const whose = `control-plane node ${index} of ${environmentName}`;
    super(scope, id, controlPlaneInodeAlarmName(environmentName, index), whose, metric);
  }
}

export interface WorkerInodeAlarmProps {
  readonly environmentName: string;
  /** Where the agents of the role write. */
  readonly namespace: string;
  readonly group: WorkerNodeGroup;
}

/** Nodes of a worker group that run out of inodes: one alarm over all of them, which speaks of each separately. */
export class WorkerInodeAlarm extends InodeAlarm {
  constructor(scope: Construct, id: string, { environmentName, namespace, group }: WorkerInodeAlarmProps) {
    const metric = new cloudwatch.MathExpression({
      expression: workerInodeQuery(namespace, workerAutoScalingGroupName(environmentName, group)),
      usingMetrics: {},
      label: INODES_FREE_METRIC,
      period,
    });
    const whose = `a node of the worker group ${group.name} of ${environmentName}`;
    super(scope, id, workerInodeAlarmName(environmentName, group.name), whose, metric);
  }
}
