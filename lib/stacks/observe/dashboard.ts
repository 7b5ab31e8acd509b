import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import { controlPlaneGroup, nodeGroups, workerGroups, type NodeGroup } from '../../config/node-groups';
import type { Environment } from '../../config/schema';
import { metricNamespaces } from '../../config/metric-namespaces';
import { HEAL_METRICS } from '../../domain/names/heal-metrics';
import { MODIFICATIONS_PER_DAY } from '../../domain/plan/ebs-budget';
import {
  DISK_LEVELS,
  METRIC_NAMESPACE,
  deadLetterQueueName,
  healQueueName,
  resourcePrefix,
  undeliveredQueueName,
  workerAutoScalingGroupName,
  type DiskLevel,
} from '../../domain/names/naming';
import {
  MEASURE_SECONDS,
  USED_PERCENT_METRIC,
  controlPlaneDiskDimensions,
  workerDiskQuery,
} from './disk-metrics';

export interface DashboardProps {
  readonly environmentName: string;
  readonly environment: Environment;
  /** In the order of their index. */
  readonly controlPlaneInstanceIds: readonly string[];
}

/** Of 24 columns. */
const HALF = 12;
const HEIGHT = 6;

const COLORS: Record<DiskLevel, string> = {
  warning: cloudwatch.Color.ORANGE,
  critical: cloudwatch.Color.RED,
  emergency: cloudwatch.Color.PURPLE,
};

/** Every node's headroom, and how healing does. */
export class Dashboard extends cloudwatch.Dashboard {
  constructor(scope: Construct, id: string, props: DashboardProps) {
    const { environmentName, environment, controlPlaneInstanceIds } = props;
    super(scope, id, {
      dashboardName: resourcePrefix(environmentName),
      // Metrics Insights, which draws the workers, knows three hours.
      defaultInterval: Duration.hours(3),
    });
    const controlPlane = controlPlaneGroup(environment);
    const namespaces = metricNamespaces(environmentName, environment);
    this.addWidgets(
      ...(controlPlane
        ? [this.controlPlane(environment, namespaces['control-plane'], controlPlane, controlPlaneInstanceIds)]
        : []),
      ...workerGroups(environment).map((group) =>
        this.headroom(`Workers ${group.name}: used percent of /`, environment, [
          new cloudwatch.MathExpression({
            expression: workerDiskQuery(
              namespaces.worker,
              workerAutoScalingGroupName(environmentName, group),
            ),
            usingMetrics: {},
            // Empty: each series is labelled with its instance.
            label: '',
            period: Duration.seconds(MEASURE_SECONDS),
          }),
        ]),
      ),
    );
    this.addWidgets(...this.healing(environmentName, nodeGroups(environment)));
    this.addWidgets(this.budget(environmentName), this.queues(environmentName));
  }

  private controlPlane(
    environment: Environment,
    namespace: string,
    { os }: NodeGroup,
    instanceIds: readonly string[],
  ): cloudwatch.IWidget {
    return this.headroom(
      'Control plane: used percent of /',
      environment,
      instanceIds.map(
        (instanceId, offset) =>
          new cloudwatch.Metric({
            namespace,
            metricName: USED_PERCENT_METRIC,
            dimensionsMap: controlPlaneDiskDimensions(instanceId, os),
            statistic: cloudwatch.Stats.MAXIMUM,
            period: Duration.seconds(MEASURE_SECONDS),
            label: `control-plane ${offset + 1}`,
          }),
      ),
    );
  }

  private headroom(
    title: string,
    { diskLevels }: Environment,
    left: cloudwatch.IMetric[],
  ): cloudwatch.IWidget {
    return new cloudwatch.GraphWidget({
      title,
      left,
      width: HALF,
      height: HEIGHT,
      leftYAxis: { min: 0, max: 100, showUnits: false, label: '%' },
      leftAnnotations: DISK_LEVELS.map((level) => ({
        value: diskLevels[`${level}Percent`],
        label: level,
        color: COLORS[level],
      })),
    });
  }

  private healing(
    environmentName: string,
    groups: readonly { readonly name: string }[],
  ): cloudwatch.IWidget[] {
    const own = (
      metric: (typeof HEAL_METRICS)[keyof typeof HEAL_METRICS],
      statistic: string,
      group?: string,
    ): cloudwatch.Metric =>
      new cloudwatch.Metric({
        namespace: METRIC_NAMESPACE,
        metricName: metric.name,
        dimensionsMap: { Environment: environmentName, ...(group !== undefined && { NodeGroup: group }) },
        statistic,
        period: Duration.hours(1),
        label: group === undefined ? metric.name : `${metric.name} ${group}`,
      });
    const sum = cloudwatch.Stats.SUM;
    const graph = (title: string, left: cloudwatch.IMetric[], right: cloudwatch.IMetric[] = []) =>
      new cloudwatch.GraphWidget({ title, left, right, width: HALF, height: HEIGHT });
    const { heals, escalations, healingFailed, secondsToHeal, secondsToFirstAction, pauses } = HEAL_METRICS;
    return [
      graph('Healings', [own(heals, sum), own(escalations, sum), own(healingFailed, sum)]),
      graph(
        'Healings by node group',
        groups.flatMap(({ name }) => [own(heals, sum, name), own(escalations, sum, name)]),
      ),
      graph(
        'Seconds: to heal, and to the first action (right)',
        [own(secondsToHeal, 'p50'), own(secondsToHeal, cloudwatch.Stats.MAXIMUM)],
        [own(secondsToFirstAction, cloudwatch.Stats.MAXIMUM)],
      ),
      graph(
        'GiB: reclaimed, and bought (right)',
        [own(HEAL_METRICS.gibReclaimed, sum)],
        groups.map(({ name }) => own(HEAL_METRICS.gibGrown, sum, name)),
      ),
      new cloudwatch.GraphWidget({
        title: 'Pauses in effect; `headroom status` says whose, until when and why',
        left: [own(pauses, cloudwatch.Stats.MAXIMUM).with({ period: Duration.minutes(5) })],
        leftYAxis: { min: 0, showUnits: false },
        width: HALF,
        height: HEIGHT,
      }),
    ];
  }

  private budget(environmentName: string): cloudwatch.IWidget {
    const { name } = HEAL_METRICS.grows;
    return new cloudwatch.GraphWidget({
      title: 'Budget: volume modifications by node and day',
      width: HALF,
      height: HEIGHT,
      view: cloudwatch.GraphWidgetView.BAR,
      left: [
        new cloudwatch.MathExpression({
          expression: `SEARCH('{${METRIC_NAMESPACE},Environment,InstanceId} MetricName="${name}" Environment="${environmentName}"', 'Sum', 86400)`,
          usingMetrics: {},
          label: '',
          period: Duration.days(1),
        }),
      ],
      leftYAxis: { min: 0, showUnits: false },
      leftAnnotations: [
        { value: MODIFICATIONS_PER_DAY, label: 'all that EBS allows', color: COLORS.critical },
      ],
    });
  }

  private queues(environmentName: string): cloudwatch.IWidget {
    const visible = (queueName: string, label: string): cloudwatch.Metric =>
      new cloudwatch.Metric({
        namespace: 'AWS/SQS',
        metricName: 'ApproximateNumberOfMessagesVisible',
        dimensionsMap: { QueueName: queueName },
        statistic: cloudwatch.Stats.MAXIMUM,
        period: Duration.minutes(1),
        label,
      });
    return new cloudwatch.GraphWidget({
      title: 'Queue: waiting, and dead letters (right)',
      width: HALF,
      height: HEIGHT,
      left: [visible(healQueueName(environmentName), 'waiting')],
      right: [
        visible(deadLetterQueueName(environmentName), 'dead letters'),
        visible(undeliveredQueueName(environmentName), 'undelivered'),
      ],
    });
  }
}
