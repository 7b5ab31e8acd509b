import type { Rule } from '../rule';
import { ringsForSilence } from './support/alarms';
import { coverage } from './support/coverage';
import { isKubernetes } from './support/node-group';

export const nodeGroupWithoutSilenceAlarm: Rule = {
  id: 'node-group-without-silence-alarm',
  severity: 'warning',
  title: 'No silence alarm',
  what: 'Whether an alarm rings when nodes of a group report nothing.',
  why: 'On a full disk the agent is among the first to stop; its disk alarms then have no data and stay quiet, or return to OK.',
  mend: 'Add an alarm on the sample count of disk_used_percent below 1 that treats missing data as breaching; for a group, one that compares the nodes that report with GroupInServiceInstances.',
  check: ({ head }) =>
    head.nodeGroups.map((group) =>
      coverage(head, group, ringsForSilence, {
        noAlarm: 'No alarm of the templates rings when nothing is measured on',
        severity: isKubernetes(group) ? undefined : 'note',
      }),
    ),
};
