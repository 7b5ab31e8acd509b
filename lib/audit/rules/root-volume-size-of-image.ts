import { defineRule, yaml } from '../rule';
import { recommendedGiB } from './support/recommendation';
import {
  MINIMUM_ROOT_GIB,
  initialSizeGiB,
  nodeSeverity,
  sizeFix,
  volumeName,
  whereToEdit,
} from './support/node-group';
import { cannotTell, finding, groupSubject, pass } from './support/outcomes';
import { isMeantForRoot } from './support/root-device';

/** Ubuntu with these entries of the launch template. */
const template = (entries: string): string => yaml`
  Resources:
    Workers:
      Type: AWS::EC2::LaunchTemplate
      Metadata: { Headroom: { role: worker } }
      Properties:
        LaunchTemplateData:
          ImageId: '{{resolve:ssm:/aws/service/canonical/ubuntu/server/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id}}'
          ${entries}
`;

export const rootVolumeSizeOfImage = defineRule({
  id: 'root-volume-size-of-image',
  severity: 'error',
  title: 'Root volume has the size of its image',
  needs: ['nodeGroups'],
  what: [
    'Whether the template declares a size for the root volume of each node group.',
    'A mapping without `VolumeSize` does not. A mapping under a name that is meant for root and is not the image’s is [another finding](root-device-name-mismatch.md). Machines of which nothing says that they are Kubernetes nodes get a warning.',
  ],
  why: [
    'Without a declared size the root volume has the size of the image, which is 8 GiB on Ubuntu and Amazon Linux: full at the first upgrade, and another size when the image changes.',
    'On Bottlerocket it is 2 GiB and 20 GiB of data. No one has chosen it, and no one finds it in a review.',
  ],
  fix: ['Declare a block device mapping with the root device name of the image and a VolumeSize.'],
  acceptable: 'the image is ours, and is built with 64 GiB',
  examples: [
    {
      fails: template('InstanceType: m7i.large'),
      passes: template(
        'BlockDeviceMappings: [{ DeviceName: /dev/sda1, Ebs: { VolumeSize: 64, Encrypted: true } }]',
      ),
    },
  ],
  check: ({ head }) =>
    head.nodeGroups.flatMap((group) => {
      const subject = groupSubject(group);
      const size = initialSizeGiB(group);
      if (size.state === 'known') return [pass(subject)];
      if (size.state === 'unknown')
        return [cannotTell(subject, `the size of ${volumeName(group)} is unknown: ${size.why}`)];
      // Meant for root, with a name that the image does not have: root-device-name-mismatch's.
      if (
        group.rootVolume.state === 'absent' &&
        group.blockDevices.state === 'known' &&
        group.blockDevices.value.some(isMeantForRoot)
      )
        return [];
      const sizeGiB = Math.max(MINIMUM_ROOT_GIB, recommendedGiB(group) ?? 0);
      return [
        finding(
          subject,
          `No size is declared for ${volumeName(group)}: it starts with the size of its image.`,
          {
            remediation: `Set ${whereToEdit(group, 'rootVolume.sizeGiB', 'VolumeSize of the root device')} to ${sizeGiB}.`,
            severity: nodeSeverity(group),
            fix: sizeFix(group, sizeGiB),
          },
        ),
      ];
    }),
});
