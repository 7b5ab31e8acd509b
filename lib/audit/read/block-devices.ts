import { absent, known, unknown, type BlockDevice, type Fact, type ImageFamily } from '../facts';
import type { Resolved } from './resolved';
import type { Resolver } from './resolver';
import { booleanFact, flatFact, listFact, numberFact, textFact } from './values';

/**
 * Name of the root device by family.
 * Sources: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/device_naming.html, https://wiki.debian.org/Cloud/AmazonEC2Image
 */
const ROOT_DEVICE: Readonly<Record<Exclude<ImageFamily, 'other'>, string>> = {
  ubuntu: '/dev/sda1',
  debian: '/dev/xvda',
  'amazon-linux-2': '/dev/xvda',
  'amazon-linux-2023': '/dev/xvda',
  bottlerocket: '/dev/xvda',
  windows: '/dev/sda1',
};

const ROOT_NAMES: ReadonlySet<string> = new Set(Object.values(ROOT_DEVICE));

const throughput = (resolver: Resolver, ebs: Resolved): Fact<number> =>
  numberFact(resolver.field(ebs, 'Throughput'));

const deviceOf = (resolver: Resolver, entry: Resolved): BlockDevice => {
  const ebs = resolver.field(entry, 'Ebs');
  const isThere = (key: string): boolean => {
    const value = resolver.field(entry, key);
    // Auto Scaling writes `NoDevice: false` for a device that is there.
    return value.kind === 'plain' ? value.json !== false && value.json !== 'false' : value.kind !== 'absent';
  };
  return {
    deviceName: textFact(resolver.field(entry, 'DeviceName')),
    sizeGiB: numberFact(resolver.field(ebs, 'VolumeSize')),
    volumeType: textFact(resolver.field(ebs, 'VolumeType')),
    iops: numberFact(resolver.field(ebs, 'Iops')),
    throughputMiBps: throughput(resolver, ebs),
    encrypted: booleanFact(resolver.field(ebs, 'Encrypted')),
    snapshotId: textFact(resolver.field(ebs, 'SnapshotId')),
    ebs: !isThere('NoDevice') && !isThere('VirtualName'),
  };
};

/** Entries of `BlockDeviceMappings`; an entry that cannot be resolved makes all of them unknown. */
export const blockDevices = (resolver: Resolver, mappings: Resolved): Fact<readonly BlockDevice[]> =>
  flatFact(listFact(resolver, mappings), (entries) => {
    const hole = entries.find((entry) => entry.kind !== 'plain');
    if (hole?.kind === 'unknown') return unknown(hole.why);
    return known(entries.map((entry) => deviceOf(resolver, entry)));
  });

/** What an instance adds to its launch template: same names replace. */
export const mergedDevices = (
  base: Fact<readonly BlockDevice[]>,
  over: Fact<readonly BlockDevice[]>,
): Fact<readonly BlockDevice[]> => {
  if (over.state === 'absent') return base;
  if (over.state === 'unknown' || base.state === 'unknown') return over.state === 'unknown' ? over : base;
  if (base.state === 'absent') return over;
  const names = new Set(
    over.value.map(({ deviceName }) => (deviceName.state === 'known' ? deviceName.value : undefined)),
  );
  return known([
    ...base.value.filter(({ deviceName }) => deviceName.state !== 'known' || !names.has(deviceName.value)),
    ...over.value,
  ]);
};

/** EKS's `DiskSize`: of the volume that images fill, which on Bottlerocket is the second. */
export const diskSizeDevice = (sizeGiB: Fact<number>, family: Fact<ImageFamily>): BlockDevice => ({
  deviceName:
    family.state === 'known'
      ? known(family.value === 'bottlerocket' ? '/dev/xvdb' : (rootDeviceName(family.value) ?? '/dev/xvda'))
      : family.state === 'unknown'
        ? unknown(family.why)
        : absent,
  sizeGiB,
  volumeType: absent,
  iops: absent,
  throughputMiBps: absent,
  encrypted: absent,
  snapshotId: absent,
  ebs: true,
});

/** undefined: images of this family come from anybody. */
const rootDeviceName = (family: ImageFamily): string | undefined =>
  family === 'other' ? undefined : ROOT_DEVICE[family];

/**
 * The root volume among the block devices. Where the family is unknown, the only mapping that has any family's root
 * name counts: whoever wrote it meant root. Whether it is right is for `root-device-name-mismatch` to ask.
 */
export const rootVolume = (
  devices: Fact<readonly BlockDevice[]>,
  family: Fact<ImageFamily>,
): Fact<BlockDevice> => {
  if (devices.state !== 'known') return devices;
  const volumes = devices.value.filter(({ ebs }) => ebs);
  const rootName = family.state === 'known' ? rootDeviceName(family.value) : undefined;
  const isRoot = (name: string): boolean =>
    rootName === undefined ? ROOT_NAMES.has(name) : name === rootName;
  const found = volumes.filter(({ deviceName }) => deviceName.state === 'known' && isRoot(deviceName.value));
  if (found.length === 1 && found[0] !== undefined) return known(found[0]);
  if (found.length > 1) {
    if (rootName !== undefined && found.at(-1) !== undefined)
      return unknown(`${rootName} stands there more than once`);
    return unknown('more than one mapping has the name of a root device, and the image family is unknown');
  }
  const unnamed = volumes.find(({ deviceName }) => deviceName.state === 'unknown');
  return unnamed?.deviceName.state === 'unknown' ? unknown(unnamed.deviceName.why) : absent;
};
