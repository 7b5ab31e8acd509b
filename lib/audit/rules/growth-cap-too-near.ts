import { defineRule, yaml } from '../rule';
import { initialSizeGiB, groupFix, volumeName, whereToEdit } from './support/node-group';
import { cannotTell, figure, finding, groupSubject, pass } from './support/outcomes';
import { grownOnceGiB } from './support/volume-limits';

const twoGrowthsGiB = (sizeGiB: number): number => grownOnceGiB(grownOnceGiB(sizeGiB));

/** A root volume of 40 GiB that may grow to this size. */
const cap = (maxSizeGiB: number): string => yaml`
  Resources:
    Workers:
      Type: AWS::EC2::LaunchTemplate
      Metadata: { Headroom: { role: worker, maxSizeGiB: ${maxSizeGiB} } }
      Properties:
        LaunchTemplateData:
          ImageId: '{{resolve:ssm:/aws/service/canonical/ubuntu/server/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id}}'
          BlockDeviceMappings: [{ DeviceName: /dev/sda1, Ebs: { VolumeSize: 40, Encrypted: true } }]
`;

export const growthCapTooNear = defineRule({
  id: 'growth-cap-too-near',
  severity: 'warning',
  title: 'Growth cap too near the size',
  needs: ['nodeGroups'],
  what: [
    'Room between the size of the root volume and maxSizeGiB: at least two of healing’s minimum steps, of max(10 GiB, 20 %) each.',
    `A volume of 20 GiB needs a cap of ${twoGrowthsGiB(20)} GiB, one of 100 GiB a cap of ${twoGrowthsGiB(100)} GiB. With \`--live\`, the largest volume in the account counts where it is larger than the declared size.`,
  ],
  why: [
    'The first growth heals the node. The second is needed when the same cause returns a week later, and by then there is no room: healing is at its cap, and someone is called at night after all.',
  ],
  fix: [
    'Raise maxSizeGiB so that two growths fit, or let the volume start that much smaller than its cap.',
    '`--fix` writes the cap into an environment file.',
  ],
  acceptable: 'the group is shut down in March',
  examples: [{ fails: cap(45), passes: cap(200) }],
  check: ({ head, live }) =>
    head.nodeGroups.flatMap((group) => {
      const { maxSizeGiB } = group.policy;
      if (maxSizeGiB === undefined) return [];
      const subject = groupSubject(group);
      const declared = initialSizeGiB(group);
      const volumes = live?.find(({ id }) => id === group.id)?.volumes ?? [];
      const grown = Math.max(0, ...volumes.map(({ sizeGiB }) => sizeGiB));
      if (declared.state !== 'known' && grown === 0)
        return [
          cannotTell(
            subject,
            `the size of ${volumeName(group)} is unknown: ${declared.state === 'unknown' ? declared.why : 'none is declared, it is the image’s'}`,
          ),
        ];
      const sizeGiB = Math.max(grown, declared.state === 'known' ? declared.value : 0);
      const needed = twoGrowthsGiB(sizeGiB);
      if (maxSizeGiB >= needed) return [pass(subject)];
      const room =
        maxSizeGiB < sizeGiB
          ? 'less than it has'
          : maxSizeGiB === sizeGiB
            ? 'no room at all'
            : `room for ${figure(maxSizeGiB - sizeGiB)} GiB`;
      return [
        finding(
          subject,
          `The cap of ${figure(maxSizeGiB)} GiB leaves ${volumeName(group)}, ${grown > 0 && grown === sizeGiB ? 'already' : 'initially'} ${figure(sizeGiB)} GiB, ${room}; two growths need ${figure(needed)} GiB.`,
          {
            remediation: `Set ${whereToEdit(group, 'rootVolume.maxSizeGiB', 'maxSizeGiB in Metadata.Headroom')} to ${figure(needed)} or more.`,
            fix: groupFix(group, 'rootVolume.maxSizeGiB', needed),
          },
        ),
      ];
    }),
});
