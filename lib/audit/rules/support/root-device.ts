import type { BlockDevice, ImageFamily } from '../../facts';

/**
 * Root device names by image family: the name that the AMI itself gives its root.
 * Sources: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/device_naming.html,
 * https://wiki.debian.org/Cloud/AmazonEC2Image, https://documentation.ubuntu.com/aws/
 */
const ROOT_DEVICE: Readonly<Partial<Record<ImageFamily, string>>> = {
  ubuntu: '/dev/sda1',
  debian: '/dev/xvda',
  'amazon-linux-2': '/dev/xvda',
  'amazon-linux-2023': '/dev/xvda',
  bottlerocket: '/dev/xvda',
  windows: '/dev/sda1',
};

/** undefined: unknown; images of this family have various makers. */
export const rootDeviceOf = (family: ImageFamily): string | undefined => ROOT_DEVICE[family];

/** A name that is meant for root: the first disk, or its first partition. */
const FIRST_DISK = /^(?:\/dev\/)?(?:sda1?|xvda1?|nvme0n1(?:p1)?)$/;

/** The mapping is meant for the root volume, whatever the image calls it. */
export const isMeantForRoot = ({ deviceName, ebs }: BlockDevice): boolean =>
  ebs && deviceName.state === 'known' && FIRST_DISK.test(deviceName.value);
