import type { Outcome, Rule } from '../rule';
import { cannotTell, finding, pass } from './support/outcomes';
import { declaredVolumes, unreadDevices, type DeclaredVolume } from './support/volumes';

const check = ({ subject, device, name }: DeclaredVolume): Outcome => {
  const { encrypted, snapshotId } = device;
  if (encrypted.state === 'unknown')
    return cannotTell(subject, `whether ${name} is encrypted is unknown: ${encrypted.why}`);
  if (encrypted.state === 'known')
    return encrypted.value ? pass(subject) : finding(subject, `${name} is declared as not encrypted.`);
  if (snapshotId.state !== 'absent')
    return cannotTell(subject, `${name} comes from a snapshot, and is encrypted if that is`);
  return finding(
    subject,
    `${name} does not declare Encrypted: it is encrypted only where the account or the image sees to it.`,
  );
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
    ...declaredVolumes(head).map(check),
  ],
};
