import { defineRule, yaml } from '../rule';
import { cannotTell, finding, groupSubject, pass } from './support/outcomes';
import { isMeantForRoot, rootDeviceOf } from './support/root-device';

/** Ubuntu with a volume under this device name. */
const mapping = (deviceName: string): string => yaml`
  Resources:
    Workers:
      Type: AWS::EC2::LaunchTemplate
      Properties:
        LaunchTemplateData:
          ImageId: '{{resolve:ssm:/aws/service/canonical/ubuntu/server/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id}}'
          BlockDeviceMappings: [{ DeviceName: ${deviceName}, Ebs: { VolumeSize: 100, Encrypted: true } }]
`;

export const rootDeviceNameMismatch = defineRule({
  id: 'root-device-name-mismatch',
  severity: 'error',
  title: 'Root device name is not the one of the image',
  needs: ['nodeGroups'],
  what: [
    'Device names of block device mappings that are meant for root, against the root device name of the image family.',
    'Names such as `/dev/sda1` and `/dev/xvda` are meant for root; data volumes such as `/dev/sdf` are not looked at. The image’s name is `/dev/sda1` on Ubuntu and Windows, `/dev/xvda` on Amazon Linux, Debian and Bottlerocket. An image of unknown family is "cannot tell".',
  ],
  why: [
    'EC2 takes a mapping with another name as one more volume: the node gets two, the declared size lies idle on the second, and / stays at the size of its image.',
    'The second disk is paid for, and nothing mounts it. Nothing fails, until the disk is full.',
  ],
  fix: [
    'Use the root device name of the image: /dev/sda1 on Ubuntu and Windows, /dev/xvda on Amazon Linux, Debian and Bottlerocket.',
    'To see it: `aws ec2 describe-images --image-ids ID --query "Images[].RootDeviceName"`.',
  ],
  acceptable: 'our own image, whose root is /dev/xvda',
  examples: [{ fails: mapping('/dev/xvda'), passes: mapping('/dev/sda1') }],
  check: ({ head }) =>
    head.nodeGroups.flatMap((group) => {
      const subject = groupSubject(group);
      const { blockDevices } = group;
      if (blockDevices.state === 'absent') return [];
      if (blockDevices.state === 'unknown')
        return [cannotTell(subject, `its block devices are unknown: ${blockDevices.why}`)];
      const devices = blockDevices.value.filter(({ ebs }) => ebs);
      // EKS's DiskSize has no name: EKS picks the right one.
      if (devices.every(({ deviceName }) => deviceName.state === 'absent')) return [];
      const meant = devices.filter(isMeantForRoot);
      const unnamed = devices.find(({ deviceName }) => deviceName.state === 'unknown');
      const { family } = group.image;
      const root = family.state === 'known' ? rootDeviceOf(family.value) : undefined;
      const names = meant.flatMap(({ deviceName }) =>
        deviceName.state === 'known' ? [deviceName.value] : [],
      );
      if (root !== undefined && names.includes(root)) return [pass(subject)];
      if (unnamed?.deviceName.state === 'unknown')
        return [cannotTell(subject, `a device name is unknown: ${unnamed.deviceName.why}`)];
      // Data volumes alone: root has the size of its image, which is another rule's.
      if (names.length === 0) return [];
      if (root === undefined)
        return [
          cannotTell(
            subject,
            `the root device name of its image is unknown: ${family.state === 'unknown' ? family.why : 'the image is of no family that the audit knows'}`,
          ),
        ];
      return [
        finding(
          subject,
          `The mapping ${names.join(', ')} of ${group.name} adds a second volume: root of its image (${String(family.state === 'known' && family.value)}) is ${root}.`,
          { remediation: `Change the device name ${names[0]} to ${root}.` },
        ),
      ];
    }),
});
