import type { Outcome, Rule } from '../rule';
import { cannotTell, finding, listed, pass } from './support/outcomes';
import { declaredVolumes, unreadDevices, volumesBySubject, type DeclaredVolume } from './support/volumes';

/** What is wrong with one volume, `cannot tell` in words, or nothing. */
type Verdict = 'encrypted' | { readonly plain: string } | { readonly unknown: string };

const verdictOf = ({ device: { encrypted, snapshotId }, name }: DeclaredVolume): Verdict => {
  if (encrypted.state === 'unknown')
    return { unknown: `whether ${name} is encrypted is unknown: ${encrypted.why}` };
  if (encrypted.state === 'known')
    return encrypted.value ? 'encrypted' : { plain: `${name} is declared as not encrypted` };
  if (snapshotId.state !== 'absent')
    return { unknown: `${name} comes from a snapshot, and is encrypted if that is` };
  return {
    plain: `${name} does not declare Encrypted (it is encrypted only where the account or the image sees to it)`,
  };
};

/** One outcome for all volumes of a node group: they are mended, or accepted, together. */
const check = (volumes: readonly [DeclaredVolume, ...DeclaredVolume[]]): Outcome => {
  const [{ subject }] = volumes;
  const verdicts = volumes.map(verdictOf);
  const plain = verdicts.flatMap((verdict) =>
    typeof verdict === 'object' && 'plain' in verdict ? [verdict.plain] : [],
  );
  if (plain.length > 0) return finding(subject, `${listed(plain)}.`);
  const unknown = verdicts.flatMap((verdict) =>
    typeof verdict === 'object' && 'unknown' in verdict ? [verdict.unknown] : [],
  );
  return unknown.length > 0 ? cannotTell(subject, listed(unknown)) : pass(subject);
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
