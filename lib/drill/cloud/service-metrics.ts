import type { Assembly } from './assembly';
import type { ModelledInstance } from './fleet';
import type { Datum } from './metric-store';
import type { MessageQueue } from './message-queue';

/** Metrics that AWS services send by themselves, as far as alarms may look at them. */
export function serviceMetrics(
  assembly: Assembly,
  instances: readonly ModelledInstance[],
  queues: readonly MessageQueue[],
  at: Date,
): readonly Datum[] {
  const groups = assembly
    .ofType('AWS::AutoScaling::AutoScalingGroup')
    .flatMap(({ physicalId, properties }) => {
      const members = instances.filter(
        ({ autoScalingGroupName }) => autoScalingGroupName === physicalId,
      ).length;
      // Group metrics are sent only where MetricsCollection asks for them.
      return properties.MetricsCollection === undefined ? [] : [[physicalId, members] as const];
    });
  return [
    ...groups.flatMap(([name, members]) =>
      ['GroupInServiceInstances', 'GroupDesiredCapacity'].map((metric) => ({
        ...{ namespace: 'AWS/AutoScaling', name: metric, dimensions: { AutoScalingGroupName: name } },
        ...{ at, value: members },
      })),
    ),
    ...instances.flatMap(({ instanceId }) =>
      ['StatusCheckFailed', 'StatusCheckFailed_System', 'StatusCheckFailed_Instance'].map((name) => ({
        ...{ namespace: 'AWS/EC2', name, dimensions: { InstanceId: instanceId }, at, value: 0 },
      })),
    ),
    ...queues.map(({ settings, messages }) => ({
      namespace: 'AWS/SQS',
      name: 'ApproximateNumberOfMessagesVisible',
      dimensions: { QueueName: settings.name },
      at,
      value: messages.filter(({ visibleAt }) => visibleAt <= at).length,
    })),
  ];
}
