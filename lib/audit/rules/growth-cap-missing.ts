import { defineRule, yaml } from '../rule';
import { initialSizeGiB, groupFix, isHealed, volumeName, whereToEdit } from './support/node-group';
import { figure, finding, groupSubject, pass } from './support/outcomes';

/** A cap that leaves room for several growths and still bounds the bill. */
const SUGGESTED_RATIO = 3;

/** A group that Headroom heals, and what more its metadata declare. */
const workers = (cap: string): string => yaml`
  Resources:
    Workers:
      Type: AWS::AutoScaling::AutoScalingGroup
      Metadata: { Headroom: { environment: prod, nodeGroup: general, role: worker${cap} } }
      Properties: { MinSize: 1, MaxSize: 3, LaunchTemplate: { LaunchTemplateName: node, Version: '1' } }
`;

export const growthCapMissing = defineRule({
  id: 'growth-cap-missing',
  severity: 'warning',
  title: 'No growth cap',
  needs: ['nodeGroups'],
  what: [
    'Whether each node group declares maxSizeGiB, the size beyond which healing never grows its root volume.',
    'It is a warning where something says that Headroom heals the group (an environment, a node group name or levels in [Metadata.Headroom](metadata.md)), and a note elsewhere.',
  ],
  why: [
    'A volume never shrinks, so nothing may grow without bound: no cap, no growth. Healing can only clean up, and escalates to a person when that is not enough.',
  ],
  fix: [
    'Declare maxSizeGiB, in the environment file or in Metadata.Headroom.',
    `It is what the node may cost at the most; ${SUGGESTED_RATIO} times its size is a good start.`,
  ],
  acceptable: 'an ephemeral build node, replaced every night',
  examples: [{ fails: workers(''), passes: workers(', maxSizeGiB: 400') }],
  check: ({ head }) =>
    // Whether a template that nothing uses has nodes is unknown.
    head.nodeGroups
      .filter((group) => group.kind !== 'launch-template' || isHealed(group))
      .map((group) => {
        const subject = groupSubject(group);
        if (group.policy.maxSizeGiB !== undefined) return pass(subject);
        const size = initialSizeGiB(group);
        const suggested = size.state === 'known' ? Math.ceil(size.value * SUGGESTED_RATIO) : undefined;
        const healed = isHealed(group);
        return finding(
          subject,
          healed
            ? `${volumeName(group)} has no maxSizeGiB: Headroom will never grow it.`
            : `Nothing declares that ${volumeName(group)} may grow, nor how far: when it is full, a person grows it.`,
          {
            severity: healed ? undefined : 'note',
            remediation: `Set ${whereToEdit(group, 'rootVolume.maxSizeGiB', 'maxSizeGiB in Metadata.Headroom')}${suggested === undefined ? '' : ` to e.g. ${figure(suggested)}`}.`,
            fix:
              healed && suggested !== undefined
                ? groupFix(group, 'rootVolume.maxSizeGiB', suggested)
                : undefined,
          },
        );
      }),
});
