import { partitionOf } from '../../domain/names/partition';
import type { Check, Reader } from './reader';
import { MAX_GROUPS_WITH_MODES } from '../healing-schema';
import { unknownNodeGroup } from './known-group';

const modeMapsOf = ({ raw }: Reader): readonly unknown[] => {
  const modes = raw(['healing', 'modes']);
  const groups = raw(['healing', 'modes', 'nodeGroups']);
  const own: unknown[] = typeof groups === 'object' && groups !== null ? Object.values(groups) : [];
  return [modes, ...own];
};

export const roomForModes: Check = ({ raw, groups }) =>
  raw(['healing', 'modes']) === undefined || groups().length <= MAX_GROUPS_WITH_MODES
    ? []
    : [
        {
          path: ['healing', 'modes'],
          rule: `be left out with more than ${MAX_GROUPS_WITH_MODES} worker groups`,
          found: raw(['healing', 'modes']),
          fix: 'split the environment, or merge groups',
          atKey: true,
        },
      ];

/** A question that no one may answer is a no, each time. */
export const approversForAsk: Check = (read) => {
  const asks = modeMapsOf(read).some(
    (map) => typeof map === 'object' && map !== null && Object.values(map).includes('ask'),
  );
  if (!asks || read.raw(['healing', 'approvers']) !== undefined) return [];
  const account = read.text(['account']) ?? '111122223333';
  return [
    {
      path: ['healing', 'approvers'],
      rule: 'name who may approve, since a mode is ask',
      found: undefined,
      fix: `write e.g. approvers: ['arn:aws:iam::${account}:role/oncall']`,
    },
  ];
};

/**
 * An approval is a call of SendAutomationSignal, which names the execution by its id alone: it reaches executions of the caller's
 * own account, and aws:approve knows no other. Source:
 * https://docs.aws.amazon.com/systems-manager/latest/userguide/automation-action-approve.html
 */
export const approversOfAccount: Check = ({ text, list }) => {
  const [account, region] = [text(['account']), text(['region'])];
  if (account === undefined || region === undefined) return [];
  return list(['healing', 'approvers']).flatMap((arn, index) => {
    const [, partition, , , owner, name] = typeof arn === 'string' ? arn.split(':') : [];
    if (name === undefined || (owner === account && partition === partitionOf(region))) return [];
    const own = `arn:${partitionOf(region)}:iam::${account}:`;
    return [
      {
        path: ['healing', 'approvers', index],
        rule: `be of the environment's account (${own}…), since no other account can answer`,
        found: arn,
        fix: `write e.g. ${own}role/oncall; people of another account assume that role`,
      },
    ];
  });
};

export const modesOfKnownGroups: Check = (read) => {
  const groups = read.raw(['healing', 'modes', 'nodeGroups']);
  if (typeof groups !== 'object' || groups === null) return [];
  return Object.keys(groups).flatMap((name) =>
    unknownNodeGroup(read, ['healing', 'modes', 'nodeGroups', name], name, true),
  );
};
