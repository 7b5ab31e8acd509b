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

/** What is to be said of one volume, or of several: `of` makes a clause of their names. */
interface Verdict {
  readonly kind: 'plain' | 'unknown';
  readonly of: (names: string, several: boolean) => string;
}

const verdictOf = ({ device: { encrypted, snapshotId } }: DeclaredVolume): Verdict | undefined => {
  if (encrypted.state === 'unknown') {
    const { why } = encrypted;
    return {
      kind: 'unknown',
      of: (names, several) => `whether ${names} ${several ? 'are' : 'is'} encrypted is unknown: ${why}`,
    };
  }
  if (encrypted.state === 'known')
    return encrypted.value
      ? undefined
      : {
          kind: 'plain',
          of: (names, several) => `${names} ${several ? 'are' : 'is'} declared as not encrypted`,
        };
  if (snapshotId.state !== 'absent')
    return {
      kind: 'unknown',
      of: (names, several) =>
        several
          ? `${names} come from snapshots, and are encrypted if those are`
          : `${names} comes from a snapshot, and is encrypted if that is`,
    };
  return {
    kind: 'plain',
    of: (names, several) =>
      `${names} ${several ? 'do' : 'does'} not declare Encrypted (encrypted only where the account or the image sees to it)`,
  };
};

/** One outcome for all volumes of a node group: they are mended, or accepted, together. */
const check = (volumes: readonly [DeclaredVolume, ...DeclaredVolume[]]): Outcome => {
  const [{ subject }] = volumes;
  const reasons = byReason(volumes, verdictOf, ({ kind, of }) => `${kind} ${of('', false)}`);
  const clauses = (kind: Verdict['kind']): string[] =>
    reasons
      .filter(({ reason }) => reason.kind === kind)
      .map(({ reason, volumes: same }) => reason.of(volumeNames(same), same.length > 1));
  const [plain, unknown] = [clauses('plain'), clauses('unknown')];
  if (plain.length > 0) return finding(subject, sentence(plain.join('; ')));
  return unknown.length > 0 ? cannotTell(subject, unknown.join('; ')) : pass(subject);
};

export const volumeUnencrypted: Rule = {
  id: 'volume-unencrypted',
  severity: 'error',
  title: 'Volume not encrypted',
  what: 'Encrypted of each EBS volume, of node groups and on its own.',
  why: 'Root volumes hold Secrets, service-account tokens and, on a control plane, all of etcd; a snapshot of one that is not encrypted can be read by whoever gets it.',
  mend: 'Set Encrypted to true.',
  check: ({ head }) => [
    ...unreadDevices(head).map(({ subject, why }) => cannotTell(subject, why)),
    ...volumesBySubject(declaredVolumes(head)).map(check),
  ],
};
