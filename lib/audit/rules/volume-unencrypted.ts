import type { Rule } from '../rule';
import { judgeVolumes, type DeclaredVolume, type VolumeVerdict } from './support/volumes';

const verdictOf = ({ device: { encrypted, snapshotId } }: DeclaredVolume): VolumeVerdict | undefined => {
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
          kind: 'finding',
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
    kind: 'finding',
    of: (names, several) =>
      `${names} ${several ? 'do' : 'does'} not declare Encrypted (encrypted only where the account or the image sees to it)`,
  };
};

export const volumeUnencrypted: Rule = {
  id: 'volume-unencrypted',
  severity: 'error',
  title: 'Volume not encrypted',
  what: 'Encrypted of each EBS volume, of node groups and on its own.',
  why: 'Root volumes hold Secrets, service-account tokens and, on a control plane, all of etcd; a snapshot of one that is not encrypted can be read by anyone who gets it.',
  mend: 'Set Encrypted to true.',
  check: ({ head }) => judgeVolumes(head, verdictOf),
};
