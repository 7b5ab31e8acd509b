import { defineRule, yaml } from '../rule';
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

/** A volume with these properties besides its size. */
const volume = (properties: string): string => yaml`
  Resources:
    Data:
      Type: AWS::EC2::Volume
      Properties: { AvailabilityZone: eu-central-1a, Size: 64, VolumeType: gp3${properties} }
`;

export const volumeUnencrypted = defineRule({
  id: 'volume-unencrypted',
  severity: 'error',
  title: 'Volume not encrypted',
  needs: ['nodeGroups', 'volumes'],
  what: [
    'Encrypted of each EBS volume, of node groups and alone.',
    'Not declared counts as not encrypted, since the account’s default is not in the template. Of a volume from a snapshot it cannot tell, since it is encrypted if the snapshot is. A node group has one finding, however many volumes it has.',
  ],
  why: [
    'Root volumes hold Secrets, service-account tokens and, on a control plane, all of etcd; a snapshot of one that is not encrypted can be read by anyone who gets it.',
  ],
  fix: [
    'Set Encrypted to true.',
    'On an `AWS::EC2::Instance` that maps its devices itself this replaces the instance: compare with `--base` first.',
  ],
  acceptable: 'the account encrypts by default, enforced by an SCP',
  examples: [{ fails: volume(''), passes: volume(', Encrypted: true') }],
  check: ({ head }) => judgeVolumes(head, verdictOf),
});
