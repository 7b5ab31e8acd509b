import type { Outcome, Rule } from '../rule';
import { cannotTell, finding, pass } from './support/outcomes';
import { declaredVolumes, unreadDevices, type DeclaredVolume } from './support/volumes';

/** Why nobody should take it any more. Source: https://docs.aws.amazon.com/ebs/latest/userguide/ebs-volume-types.html */
const OUTDATED: Readonly<Record<string, string>> = {
  gp2: 'gp3 costs a fifth less, has 3,000 IOPS at every size, and grows to 64 TiB in place of 16',
  standard: 'magnetic disks have about 100 IOPS and end at 1 TiB',
};

const check = ({ subject, device, name, group }: DeclaredVolume): Outcome => {
  const { volumeType } = device;
  if (volumeType.state === 'unknown')
    return cannotTell(subject, `the type of ${name} is unknown: ${volumeType.why}`);
  if (volumeType.state === 'absent')
    // CreateVolume's default; a node's root follows its image, and EKS has a default of its own.
    return group === undefined
      ? finding(subject, `${name} declares no type and becomes gp2: ${String(OUTDATED['gp2'])}.`)
      : cannotTell(subject, `${name} declares no VolumeType: it has the one of its image, or AWS's default`);
  const why = Object.hasOwn(OUTDATED, volumeType.value) ? OUTDATED[volumeType.value] : undefined;
  return why === undefined ? pass(subject) : finding(subject, `${name} is ${volumeType.value}: ${why}.`);
};

export const volumeTypeOutdated: Rule = {
  id: 'volume-type-outdated',
  severity: 'warning',
  title: 'Outdated volume type',
  what: 'The type of each EBS volume: gp2 and standard are of former generations.',
  why: 'gp2 costs more and is slower below 1,000 GiB: a small root disk has 100 IOPS once its burst is spent, just when images are pulled and etcd waits for fsync.',
  mend: 'Set VolumeType to gp3.',
  check: ({ head }) => [
    ...unreadDevices(head).map(({ subject, why }) => cannotTell(subject, why)),
    ...declaredVolumes(head).map(check),
  ],
};
