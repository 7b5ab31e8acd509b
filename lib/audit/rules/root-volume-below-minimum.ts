import { defineRule, yaml } from '../rule';
import {
  MINIMUM_ROOT_GIB,
  initialSizeGiB,
  isExisting,
  nodeSeverity,
  raiseSize,
  volumeName,
} from './support/node-group';
import { cannotTell, figure, finding, groupSubject, pass } from './support/outcomes';

/** A worker with a root volume of this size. */
const rootVolume = (sizeGiB: number): string => yaml`
  Resources:
    Workers:
      Type: AWS::EC2::LaunchTemplate
      Metadata: { Headroom: { role: worker } }
      Properties:
        LaunchTemplateData:
          ImageId: '{{resolve:ssm:/aws/service/canonical/ubuntu/server/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id}}'
          BlockDeviceMappings: [{ DeviceName: /dev/sda1, Ebs: { VolumeSize: ${sizeGiB}, Encrypted: true } }]
`;

export const rootVolumeBelowMinimum = defineRule({
  id: 'root-volume-below-minimum',
  severity: 'error',
  title: `Root volume below ${MINIMUM_ROOT_GIB} GiB`,
  needs: ['nodeGroups'],
  what: [
    'The initial size of each node group’s root volume.',
    'That is `VolumeSize` of the root device, or EKS’s `DiskSize` (20 GiB where a managed node group without a launch template declares none). On Bottlerocket it is the data volume `/dev/xvdb`, since root holds the system alone. Machines of which nothing says that they are Kubernetes nodes, and nodes that an environment attaches, get a warning in place of an error.',
  ],
  why: [
    `A system with Kubernetes, its images and its logs takes more than half of ${MINIMUM_ROOT_GIB} GiB; a smaller disk is full after the first upgrade, the kubelet evicts pods, and at 100 % it cannot start its static pods.`,
    'Ubuntu or Amazon Linux with containerd, the images of one Kubernetes version and their logs take 8 to 12 GiB. An upgrade brings the next version’s images before the old ones go. On 8 GiB, the image’s own size, the kubelet evicts pods from 85 % on, and at 100 % it cannot write what its static pods need. The API server of such a node stops, and someone spends the night with `journalctl --vacuum-time`.',
  ],
  fix: [
    `Give the root volume at least ${MINIMUM_ROOT_GIB} GiB.`,
    `Better is what [the recommendation](root-volume-below-recommendation.md) says. \`--fix\` writes ${MINIMUM_ROOT_GIB} into the environment file, unless \`maxSizeGiB\` is below that.`,
  ],
  acceptable: 'a bastion host that stores nothing',
  examples: [{ fails: rootVolume(8), passes: rootVolume(MINIMUM_ROOT_GIB) }],
  check: ({ head }) =>
    head.nodeGroups.flatMap((group) => {
      const subject = groupSubject(group);
      const size = initialSizeGiB(group);
      // Nothing declared is root-volume-size-of-image's.
      if (size.state === 'absent') return [];
      if (size.state === 'unknown')
        return [cannotTell(subject, `the size of ${volumeName(group)} is unknown: ${size.why}`)];
      if (size.value >= MINIMUM_ROOT_GIB) return [pass(subject)];
      return [
        finding(
          subject,
          `${volumeName(group)} starts with ${figure(size.value)} GiB, below the minimum of ${MINIMUM_ROOT_GIB} GiB.`,
          {
            ...raiseSize(group, MINIMUM_ROOT_GIB),
            // These nodes exist already: a finding must not keep them from being attached.
            severity: isExisting(group) ? 'warning' : nodeSeverity(group),
          },
        ),
      ];
    }),
});
