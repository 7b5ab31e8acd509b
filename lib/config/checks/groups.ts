import { MAX_WORKER_GROUPS } from '../rules';
import { unknownNodeGroup } from './known-group';
import type { Check } from './reader';

export const maxAboveMin: Check = ({ number, groups }) =>
  groups().flatMap((group) => {
    const min = number(['workerGroups', group, 'min']);
    const max = number(['workerGroups', group, 'max']);
    if (min === undefined || max === undefined || max >= min) return [];
    const path = ['workerGroups', group, 'max'];
    return [{ path, rule: `be at least min (${min})`, found: max, fix: `write ${min} or more` }];
  });

/** One group's alarm-name prefix must not match another's alarms: each group has an event rule. */
export const prefixFreeNames: Check = ({ groups, groupsAt }) =>
  groups().flatMap((name) => {
    const shorter = groups().find((other) => name.startsWith(`${other}-`));
    if (shorter === undefined) return [];
    return [
      {
        path: [...groupsAt, name],
        rule: `have a name that does not begin with the name of the group "${shorter}" and a hyphen (their alarms would be mixed up)`,
        found: name,
        fix: `rename it, e.g. ${name.slice(shorter.length + 1)}-${shorter}`,
        atKey: true,
      },
    ];
  });

export const groupCount: Check = ({ groups, groupsAt, raw }) =>
  groups().length <= MAX_WORKER_GROUPS
    ? []
    : [
        {
          path: groupsAt,
          rule: `have at most ${MAX_WORKER_GROUPS} groups`,
          found: raw(groupsAt),
          fix: 'merge groups, or split the environment',
        },
      ];

/** A game day of a group that is not there would fail each month, long after the edit. */
export const gameDayGroup: Check = (read) => {
  const path = ['gameDays', 'nodeGroup'];
  const group = read.text(path);
  return group === undefined ? [] : unknownNodeGroup(read, path, group);
};
