import { defineRule, yaml } from '../rule';
import { judgeVolumes, type DeclaredVolume, type VolumeVerdict } from './support/volumes';

/** Why it should not be used any more. Source: https://docs.aws.amazon.com/ebs/latest/userguide/ebs-volume-types.html */
const OUTDATED: Readonly<Record<string, string>> = {
  gp2: 'gp3 costs a fifth less, has 3,000 IOPS at every size, and grows to 64 TiB in place of 16',
  io1: 'io2 costs the same, wears out a hundredth as often, and grows to 64 TiB in place of 16',
  standard: 'magnetic disks have about 100 IOPS and end at 1 TiB',
};

const verdictOf = ({ device: { volumeType }, group }: DeclaredVolume): VolumeVerdict | undefined => {
  if (volumeType.state === 'unknown') {
    const { why } = volumeType;
    return { kind: 'unknown', of: (names) => `the type of ${names} is unknown: ${why}` };
  }
  if (volumeType.state === 'absent')
    // CreateVolume's default; a node's root follows its image, and EKS has another default.
    return group === undefined
      ? {
          kind: 'finding',
          of: (names) => `${names} declares no type and becomes gp2: ${String(OUTDATED['gp2'])}`,
        }
      : {
          kind: 'unknown',
          of: (names, several) =>
            several
              ? `${names} declare no VolumeType: they have those of their image, or AWS's default`
              : `${names} declares no VolumeType: it has the one of its image, or AWS's default`,
        };
  const { value } = volumeType;
  const why = Object.hasOwn(OUTDATED, value) ? OUTDATED[value] : undefined;
  return why === undefined
    ? undefined
    : { kind: 'finding', of: (names, several) => `${names} ${several ? 'are' : 'is'} ${value}: ${why}` };
};

/** A volume of this type. */
const volume = (type: string): string => yaml`
  Resources:
    Data:
      Type: AWS::EC2::Volume
      Properties: { AvailabilityZone: eu-central-1a, Size: 64, VolumeType: ${type}, Encrypted: true }
`;

export const volumeTypeOutdated = defineRule({
  id: 'volume-type-outdated',
  severity: 'warning',
  title: 'Outdated volume type',
  needs: ['nodeGroups', 'volumes'],
  what: [
    'The type of each EBS volume: gp2, io1 and standard are of former generations.',
    'A single volume without a type becomes gp2; a node’s root without a type may have the one of its image, so that it cannot tell.',
  ],
  why: [
    'gp2 costs more and is slower below 1,000 GiB: it has 3 IOPS a GiB, so a root of 30 GiB has 100 once its burst is spent, just when images are pulled and etcd waits for fsync.',
    'gp3 has 3,000 at every size, for a fifth less, and grows to 64 TiB in place of 16.',
  ],
  fix: [
    'Set VolumeType to gp3 (io2 in place of io1, where its IOPS are needed).',
    'io2 costs the same as io1. A running volume changes in place: `aws ec2 modify-volume --volume-type gp3 --volume-id ID`.',
  ],
  acceptable: 'the snapshot job of this account needs gp2 until March',
  examples: [{ fails: volume('gp2'), passes: volume('gp3') }],
  check: ({ head }) => judgeVolumes(head, verdictOf),
});
