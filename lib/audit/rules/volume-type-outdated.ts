import type { Outcome, Rule } from '../rule';
import { cannotTell, finding, pass, sentence } from './support/outcomes';
import {
  byReason,
  declaredVolumes,
  unreadDevices,
  volumeNames,
  volumesBySubject,
  type DeclaredVolume,
} from './support/volumes';

/** Why nobody should take it any more. Source: https://docs.aws.amazon.com/ebs/latest/userguide/ebs-volume-types.html */
const OUTDATED: Readonly<Record<string, string>> = {
  gp2: 'gp3 costs a fifth less, has 3,000 IOPS at every size, and grows to 64 TiB in place of 16',
  io1: 'io2 costs the same, wears out a hundredth as often, and grows to 64 TiB in place of 16',
  standard: 'magnetic disks have about 100 IOPS and end at 1 TiB',
};

/** What is to be said of one volume, or of several: `of` makes a clause of their names. */
interface Verdict {
  readonly kind: 'outdated' | 'unknown';
  readonly of: (names: string, several: boolean) => string;
}

const verdictOf = ({ device: { volumeType }, group }: DeclaredVolume): Verdict | undefined => {
  if (volumeType.state === 'unknown') {
    const { why } = volumeType;
    return { kind: 'unknown', of: (names) => `the type of ${names} is unknown: ${why}` };
  }
  if (volumeType.state === 'absent')
    // CreateVolume's default; a node's root follows its image, and EKS has a default of its own.
    return group === undefined
      ? {
          kind: 'outdated',
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
    : { kind: 'outdated', of: (names, several) => `${names} ${several ? 'are' : 'is'} ${value}: ${why}` };
};

/** One outcome for all volumes of a node group: they are mended, or accepted, together. */
const check = (volumes: readonly [DeclaredVolume, ...DeclaredVolume[]]): Outcome => {
  const [{ subject }] = volumes;
  const reasons = byReason(volumes, verdictOf, ({ kind, of }) => `${kind} ${of('', false)}`);
  const clauses = (kind: Verdict['kind']): string[] =>
    reasons
      .filter(({ reason }) => reason.kind === kind)
      .map(({ reason, volumes: same }) => reason.of(volumeNames(same), same.length > 1));
  const [outdated, unknown] = [clauses('outdated'), clauses('unknown')];
  if (outdated.length > 0) return finding(subject, sentence(outdated.join('; ')));
  return unknown.length > 0 ? cannotTell(subject, unknown.join('; ')) : pass(subject);
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
