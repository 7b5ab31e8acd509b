import type { ModelledInstance } from '../fleet/instances';
import type { Datum } from './metric-store';
import type { MessageQueue } from '../queues/message-queue';
import type { ModelledAutoScalingGroup } from '../services/autoscaling';

/** Metrics that AWS services send by themselves, as far as alarms may look at them. */
export function serviceMetrics(
  autoScalingGroups: readonly ModelledAutoScalingGroup[],
  instances: readonly ModelledInstance[],
  queues: readonly MessageQueue[],
  at: Date,
): readonly Datum[] {
  const inGroup = (name: string): number =>
    instances.filter(({ autoScalingGroupName }) => autoScalingGroupName === name).length;
  return [
    // Group metrics are sent only where somebody asks for them.
    ...autoScalingGroups.flatMap(({ name, metrics }) =>
      [...metrics].map((metric) => ({
        namespace: 'AWS/AutoScaling',
        name: metric,
        dimensions: { AutoScalingGroupName: name },
        at,
        value: inGroup(name),
      })),
    ),
    ...instances.flatMap(({ instanceId }) =>
      ['StatusCheckFailed', 'StatusCheckFailed_System', 'StatusCheckFailed_Instance'].map((name) => ({
        namespace: 'AWS/EC2',
        name,
        dimensions: { InstanceId: instanceId },
        at,
        value: 0,
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
