import { isWindows } from '../figures';
import { defineRule, yaml } from '../rule';
import { recommendedGiB } from './support/recommendation';
import { MINIMUM_ROOT_GIB, initialSizeGiB, isKubernetes, raiseSize, volumeName } from './support/node-group';
import { cannotTell, figure, finding, groupSubject, pass } from './support/outcomes';

/** A control-plane node with a root volume of this size. */
const rootVolume = (sizeGiB: number): string => yaml`
  Resources:
    ControlPlane:
      Type: AWS::EC2::LaunchTemplate
      Metadata: { Headroom: { role: control-plane } }
      Properties:
        LaunchTemplateData:
          ImageId: '{{resolve:ssm:/aws/service/canonical/ubuntu/server/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id}}'
          BlockDeviceMappings: [{ DeviceName: /dev/sda1, Ebs: { VolumeSize: ${sizeGiB}, Encrypted: true } }]
`;

export const rootVolumeBelowRecommendation = defineRule({
  id: 'root-volume-below-recommendation',
  severity: 'warning',
  title: 'Root volume below what its role needs',
  needs: ['nodeGroups'],
  what: [
    'The initial size of each Kubernetes node group’s root volume, against the sizing model of its role.',
    `The model is in [docs/sizing.md](../sizing.md). It says nothing where the size is below ${MINIMUM_ROOT_GIB} GiB or not declared: other rules report those. A Kubernetes node of unknown role is "cannot tell": declare \`role\` in [Metadata.Headroom](metadata.md). So is a Windows node: the model adds up Linux, its images and its logs.`,
  ],
  why: [
    'A node that starts small works, and is grown or evicts pods in its first weeks; every growth takes one of four modifications a day, and none can be undone.',
    'The size that a role needs is known beforehand.',
  ],
  fix: [
    'Give the root volume what the sizing model recommends for the role (docs/sizing.md).',
    '`--fix` writes it into the environment file, unless `maxSizeGiB` is below.',
  ],
  acceptable: 'measured over 90 days, it never passed 60 % of 30 GiB',
  examples: [{ fails: rootVolume(20), passes: rootVolume(64) }],
  check: ({ head }) =>
    head.nodeGroups.filter(isKubernetes).flatMap((group) => {
      const subject = groupSubject(group);
      const size = initialSizeGiB(group);
      // Nothing declared, or below the minimum: other rules report these.
      if (size.state === 'absent' || (size.state === 'known' && size.value < MINIMUM_ROOT_GIB)) return [];
      if (size.state === 'unknown')
        return [cannotTell(subject, `the size of ${volumeName(group)} is unknown: ${size.why}`)];
      const recommended = recommendedGiB(group);
      if (recommended === undefined)
        return [
          cannotTell(
            subject,
            isWindows(group)
              ? `the sizing model adds up Linux nodes, and ${group.name} is Windows`
              : `nothing says whether ${group.name} is a control plane or a worker (Metadata.Headroom.role)`,
          ),
        ];
      if (size.value >= recommended) return [pass(subject)];
      return [
        finding(
          subject,
          `${volumeName(group)} starts with ${figure(size.value)} GiB, below the ${figure(recommended)} GiB that a ${group.role === 'worker' ? 'worker' : 'control-plane'} node needs.`,
          {
            ...raiseSize(group, recommended),
          },
        ),
      ];
    }),
});
