import type { Rule } from '../rule';
import { judgeVolumes, type DeclaredVolume, type VolumeVerdict } from './support/volumes';

/** Why nobody should take it any more. Source: https://docs.aws.amazon.com/ebs/latest/userguide/ebs-volume-types.html */
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
    // CreateVolume's default; a node's root follows its image, and EKS has a default of its own.
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

export const volumeTypeOutdated: Rule = {
  id: 'volume-type-outdated',
  severity: 'warning',
  title: 'Outdated volume type',
  what: 'The type of each EBS volume: gp2, io1 and standard are of former generations.',
  why: 'gp2 costs more and is slower below 1,000 GiB: a small root disk has 100 IOPS once its burst is spent, just when images are pulled and etcd waits for fsync.',
  mend: 'Set VolumeType to gp3 (io2 in place of io1, where its IOPS are needed).',
  check: ({ head }) => judgeVolumes(head, verdictOf),
};
