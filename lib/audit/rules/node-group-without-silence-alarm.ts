import { defineRule, yaml } from '../rule';
import { ringsForSilence } from './support/alarms';
import { coverage } from './support/coverage';
import { isKubernetes } from './support/node-group';

/** An instance, and resources beside it. */
const node = (beside: string): string => yaml`
  Resources:
    Node1:
      Type: AWS::EC2::Instance
      Metadata: { Headroom: { role: worker } }
${beside}`;

const SILENCE_ALARM = `    Node1Silent:
      Type: AWS::CloudWatch::Alarm
      Properties:
        Namespace: CWAgent
        MetricName: disk_used_percent
        Dimensions: [{ Name: InstanceId, Value: !Ref Node1 }, { Name: fstype, Value: ext4 }, { Name: path, Value: / }]
        Statistic: SampleCount
        Period: 60
        EvaluationPeriods: 5
        Threshold: 1
        ComparisonOperator: LessThanThreshold
        TreatMissingData: breaching
        AlarmActions: [arn:aws:sns:eu-central-1:111122223333:on-call]`;

export const nodeGroupWithoutSilenceAlarm = defineRule({
  id: 'node-group-without-silence-alarm',
  severity: 'warning',
  title: 'No silence alarm',
  needs: ['nodeGroups', 'alarms'],
  what: [
    'Whether an alarm rings when nodes of a group report nothing.',
    'That is an alarm on the sample count of an agent’s metric, on a used percent below a threshold, on metric maths that FILL what is missing, or a single-metric disk alarm that treats missing data as breaching. A query over many series does not count: CloudWatch drops the series that is missing. It is a note where nothing says that these are Kubernetes nodes.',
  ],
  why: [
    'On a full disk the agent is among the first to stop. Its disk alarms then have no data, and stay quiet or return to OK, at the moment when the disk is full.',
  ],
  fix: [
    'Add an alarm on the sample count of disk_used_percent below 1 that treats missing data as breaching; for a group, one that compares the nodes that report with GroupInServiceInstances.',
  ],
  acceptable: 'node health is watched from outside the account',
  examples: [{ fails: node(''), passes: node(SILENCE_ALARM) }],
  check: ({ head }) =>
    head.nodeGroups.map((group) =>
      coverage(head, group, ringsForSilence, {
        noAlarm: 'No alarm of the templates rings when nothing is measured on',
        severity: isKubernetes(group) ? undefined : 'note',
      }),
    ),
});
