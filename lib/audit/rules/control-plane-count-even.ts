import type { Fact, NodeGroupFacts } from '../facts';
import type { Outcome, Rule } from '../rule';
import { groupFix, isExisting, whereToEdit } from './support/node-group';
import { cannotTell, finding, groupSubject, pass } from './support/outcomes';

/** How many there are day by day: what is desired, else the least. */
const countOf = ({ nodes: { desired, min } }: NodeGroupFacts): Fact<number> =>
  desired.state === 'absent' ? min : desired;

const check = (group: NodeGroupFacts): Outcome => {
  const subject = groupSubject(group);
  const count = countOf(group);
  if (count.state !== 'known')
    return cannotTell(
      subject,
      `how many nodes ${group.name} has is unknown${count.state === 'unknown' ? `: ${count.why}` : ''}`,
    );
  if (count.value % 2 !== 0 || count.value < 2) return pass(subject);
  const survives = Math.ceil(count.value / 2) - 1;
  return finding(
    subject,
    `${group.name} has ${count.value} nodes: etcd survives the loss of ${survives}, as with ${count.value - 1}, and one more node can fail.`,
    isExisting(group)
      ? {
          // It is so already: whoever attaches it must not be kept from it.
          severity: 'warning',
          mend: `Add a control-plane node, and its id to ${whereToEdit(group, 'instanceIds', 'the instances')}.`,
        }
      : {
          mend: `Set ${whereToEdit(group, 'count', 'the number of control-plane nodes')} to ${count.value + 1}.`,
          fix: groupFix(group, 'count', count.value + 1),
        },
  );
};

export const controlPlaneCountEven: Rule = {
  id: 'control-plane-count-even',
  severity: 'error',
  title: 'Even number of control-plane nodes',
  what: 'How many nodes each control-plane group has.',
  why: 'etcd needs a majority: two members lose it with one, four with two, as one and three do; the even one only adds a node that can fail.',
  mend: 'Run 1, 3 or 5 control-plane nodes.',
  check: ({ head }) => head.nodeGroups.filter(({ role }) => role === 'control-plane').map(check),
};
