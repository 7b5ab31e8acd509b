import type { Outcome, Rule } from '../rule';
import { cannotTell, finding, listed, pass } from './support/outcomes';
import { declaredVolumes, unreadDevices, volumesBySubject, type DeclaredVolume } from './support/volumes';

/** Why nobody should take it any more. Source: https://docs.aws.amazon.com/ebs/latest/userguide/ebs-volume-types.html */
const OUTDATED: Readonly<Record<string, string>> = {
  gp2: 'gp3 costs a fifth less, has 3,000 IOPS at every size, and grows to 64 TiB in place of 16',
  io1: 'io2 costs the same, wears out a hundredth as often, and grows to 64 TiB in place of 16',
  standard: 'magnetic disks have about 100 IOPS and end at 1 TiB',
};

type Verdict = 'current' | { readonly outdated: string } | { readonly unknown: string };

const verdictOf = ({ device: { volumeType }, name, group }: DeclaredVolume): Verdict => {
  if (volumeType.state === 'unknown') return { unknown: `the type of ${name} is unknown: ${volumeType.why}` };
  if (volumeType.state === 'absent')
    // CreateVolume's default; a node's root follows its image, and EKS has a default of its own.
    return group === undefined
      ? { outdated: `${name} declares no type and becomes gp2: ${String(OUTDATED['gp2'])}` }
      : { unknown: `${name} declares no VolumeType: it has the one of its image, or AWS's default` };
  const why = Object.hasOwn(OUTDATED, volumeType.value) ? OUTDATED[volumeType.value] : undefined;
  return why === undefined ? 'current' : { outdated: `${name} is ${volumeType.value}: ${why}` };
};

/** One outcome for all volumes of a node group: they are mended, or accepted, together. */
const check = (volumes: readonly [DeclaredVolume, ...DeclaredVolume[]]): Outcome => {
  const [{ subject }] = volumes;
  const verdicts = volumes.map(verdictOf);
  const outdated = verdicts.flatMap((one) =>
    typeof one === 'object' && 'outdated' in one ? [one.outdated] : [],
  );
  if (outdated.length > 0) return finding(subject, `${outdated.join('; ')}.`);
  const unknown = verdicts.flatMap((one) =>
    typeof one === 'object' && 'unknown' in one ? [one.unknown] : [],
  );
  return unknown.length > 0 ? cannotTell(subject, listed(unknown)) : pass(subject);
};

export const volumeTypeOutdated: Rule = {
  id: 'volume-type-outdated',
  severity: 'warning',
  title: 'Outdated volume type',
  what: 'The type of each EBS volume: gp2, io1 and standard are of former generations.',
  why: 'gp2 costs more and is slower below 1,000 GiB: a small root disk has 100 IOPS once its burst is spent, just when images are pulled and etcd waits for fsync.',
  mend: 'Set VolumeType to gp3 (io2 in place of io1, where its IOPS are needed).',
  check: ({ head }) => [
    ...unreadDevices(head).map(({ subject, why }) => cannotTell(subject, why)),
    ...volumesBySubject(declaredVolumes(head)).map(check),
  ],
};
