import { defineRule, yaml } from '../rule';
import { alarmKind } from './support/alarms';
import { coverage } from './support/coverage';
import { nodeSeverity } from './support/node-group';

/** A worker group, and resources beside it. */
const workers = (beside: string): string => yaml`
  Resources:
    Workers:
      Type: AWS::AutoScaling::AutoScalingGroup
      Metadata: { Headroom: { role: worker } }
      Properties: { AutoScalingGroupName: workers, MinSize: 1, MaxSize: 3, LaunchTemplate: { LaunchTemplateName: node, Version: '1' } }
${beside}`;

const DISK_ALARM = `    WorkersDisk:
      Type: AWS::CloudWatch::Alarm
      Properties:
        Metrics:
          - Id: used
            Period: 60
            Expression: >-
              SELECT MAX(disk_used_percent) FROM SCHEMA("CWAgent", AutoScalingGroupName, InstanceId, fstype, path)
              WHERE AutoScalingGroupName = 'workers' AND path = '/' GROUP BY InstanceId
        Threshold: 80
        ComparisonOperator: GreaterThanOrEqualToThreshold
        EvaluationPeriods: 1
        AlarmActions: [arn:aws:sns:eu-central-1:111122223333:on-call]`;

export const nodeGroupWithoutDiskAlarm = defineRule({
  id: 'node-group-without-disk-alarm',
  severity: 'error',
  title: 'No disk alarm',
  needs: ['nodeGroups', 'alarms'],
  what: [
    'Whether an alarm of the templates watches how full the disk of every node of each group is.',
    'It must be on `disk_used_percent` or a similar metric, alone, in metric maths or as a query. Of several single instances each one needs an alarm. Alarms on inodes, on EC2’s own disk operations and on silence do not count. A launch template that nothing in the templates uses is "cannot tell"; a machine of which nothing says that it is a Kubernetes node gets a warning.',
  ],
  why: [
    'Neither EC2 nor EBS knows how full a filesystem is. A disk that no alarm watches is found full by the kubelet, which evicts pods, and then by everyone.',
  ],
  fix: [
    'Add an alarm on disk_used_percent of / for the group: one for each single instance, or one Metrics Insights query over the group.',
    'Let it ring at 80 % used. Audit all stacks of an environment together: alarms are often in another one.',
  ],
  acceptable: 'watched by Prometheus, which pages the same people',
  examples: [{ fails: workers(''), passes: workers(DISK_ALARM) }],
  check: ({ head }) =>
    head.nodeGroups.map((group) =>
      coverage(head, group, (alarm) => alarmKind(alarm) === 'level', {
        noAlarm: 'No alarm of the templates watches the disk of',
        severity: nodeSeverity(group),
      }),
    ),
});
