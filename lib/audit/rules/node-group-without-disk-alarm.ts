import type { Rule } from '../rule';
import { alarmKind } from './support/alarms';
import { coverage } from './support/coverage';
import { nodeSeverity } from './support/node-group';

export const nodeGroupWithoutDiskAlarm: Rule = {
  id: 'node-group-without-disk-alarm',
  severity: 'error',
  title: 'No disk alarm',
  what: 'Whether an alarm of the templates watches how full the disk of every node of each group is.',
  why: 'A disk that no alarm watches is found full by the kubelet, which evicts pods, and then by everyone.',
  mend: 'Add an alarm on disk_used_percent of / for the group: one for each single instance, or one Metrics Insights query over the group.',
  check: ({ head }) =>
    head.nodeGroups.map((group) =>
      coverage(head, group, (alarm) => alarmKind(alarm) === 'level', {
        noAlarm: 'No alarm of the templates watches the disk of',
        severity: nodeSeverity(group),
      }),
    ),
};
