import type { Facts, InstanceFacts, NodeGroupFacts, Place } from '../facts';
import type { Outcome, Rule, Subject } from '../rule';
import { finding, listed, pass } from './support/outcomes';

interface Member {
  readonly group: NodeGroupFacts;
  readonly instance: InstanceFacts;
}

const keyOf = ({ stackName, logicalId }: Place): string => `${stackName}/${logicalId}`;

const members = ({ nodeGroups }: Facts): Map<string, Member> =>
  new Map(
    nodeGroups.flatMap((group) =>
      group.instances.map((instance) => [keyOf(instance.place), { group, instance }] as const),
    ),
  );

const subjectOf = ({ group, instance }: Member): Subject => ({
  place: instance.place,
  nodeGroup: group.id,
  name: group.instances.length > 1 ? `${group.name} (${instance.place.logicalId})` : group.name,
});

/** Texts longer than this say nothing in a sentence. */
const SHORT = 40;

const difference = (name: string, before: string | undefined, after: string | undefined): string =>
  [before, after].every((text) => text === undefined || text.length <= SHORT)
    ? `${name} (${before ?? 'absent'} → ${after ?? 'absent'})`
    : name;

const differences = (before: InstanceFacts, after: InstanceFacts): string[] =>
  [...new Set([...Object.keys(before.replacing), ...Object.keys(after.replacing)])]
    .sort()
    .filter((name) => before.replacing[name] !== after.replacing[name])
    .map((name) => difference(name, before.replacing[name], after.replacing[name]));

/** A worker is drained and made again; anything else may be a member of etcd. */
const severityOf = ({ group }: Member): 'error' | 'warning' =>
  group.role === 'worker' ? 'warning' : 'error';

const compare = (before: Member, after: Member | undefined): Outcome => {
  const severity = severityOf(before);
  if (after === undefined)
    return finding(
      subjectOf(before),
      `${before.instance.place.logicalId} of ${before.group.name} is in the base and no more in the templates: CloudFormation terminates the instance and deletes its root volume.`,
      {
        severity,
        mend: 'Put it back, with the same logical id; or drain it first, and on a control plane remove its etcd member.',
      },
    );
  const changed = differences(before.instance, after.instance);
  return changed.length === 0
    ? pass(subjectOf(after))
    : finding(
        subjectOf(after),
        `${after.instance.place.logicalId} of ${after.group.name} is replaced: ${listed(changed)} ${changed.length === 1 ? 'changes' : 'change'}.`,
        { severity: severity === 'error' ? severity : severityOf(after) },
      );
};

export const instanceReplaced: Rule = {
  id: 'instance-replaced',
  severity: 'error',
  title: 'The change replaces an instance',
  what: 'Properties of single instances whose change makes CloudFormation replace them, and instances that vanish, against the base.',
  why: 'CloudFormation ends the old instance with its root volume, and with it a control-plane node’s etcd member; two at once end the quorum.',
  mend: 'Undo the change of that property; grow a volume in place, pin the launch template to a version, and exchange control-plane nodes one by one by hand.',
  check: ({ head, base }) => {
    if (base === undefined) return [];
    const after = members(head);
    return [...members(base)].map(([key, before]) => compare(before, after.get(key)));
  },
};
