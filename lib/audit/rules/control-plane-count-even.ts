import type { Fact, NodeGroupFacts } from '../facts';
import { defineRule, yaml, type Outcome } from '../rule';
import { groupFix, isExisting, whereToEdit } from './support/node-group';
import { cannotTell, finding, groupSubject, pass } from './support/outcomes';

/** How many there usually are: the desired number, else the minimum. */
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
          // These nodes exist already: a finding must not keep them from being attached.
          severity: 'warning',
          remediation: `Add a control-plane node, and its id to ${whereToEdit(group, 'instanceIds', 'the instances')}.`,
        }
      : {
          remediation: `Set ${whereToEdit(group, 'count', 'the number of control-plane nodes')} to ${count.value + 1}.`,
          fix: groupFix(group, 'count', count.value + 1),
        },
  );
};

/** A control plane of this many nodes. */
const controlPlane = (count: number): string => yaml`
  Resources:
    ControlPlane:
      Type: AWS::AutoScaling::AutoScalingGroup
      Metadata: { Headroom: { role: control-plane } }
      Properties: { MinSize: ${count}, MaxSize: ${count}, LaunchTemplate: { LaunchTemplateName: node, Version: '1' } }
`;

export const controlPlaneCountEven = defineRule({
  id: 'control-plane-count-even',
  severity: 'error',
  title: 'Even number of control-plane nodes',
  needs: ['nodeGroups'],
  what: [
    'How many nodes each control-plane group has: the desired number, or else the minimum.',
    'On nodes that an environment attaches the finding is a warning.',
  ],
  why: [
    'etcd needs a majority. Two members lose it with one of them, as one member does; four with two of them, as three do. The even member adds nothing but a node that can fail.',
  ],
  fix: ['Run 1, 3 or 5 control-plane nodes.', 'In an environment file: `controlPlane.count`.'],
  acceptable: 'etcd runs elsewhere; these are API servers only',
  examples: [{ fails: controlPlane(2), passes: controlPlane(3) }],
  check: ({ head }) => head.nodeGroups.filter(({ role }) => role === 'control-plane').map(check),
});
