import { defineSuppressionRule, yaml } from '../rule';

/** A volume whose missing encryption is accepted, with this encryption. */
const encrypted = (isEncrypted: 'true' | 'false'): string => yaml`
  Resources:
    Data:
      Type: AWS::EC2::Volume
      Metadata:
        Headroom: { suppress: [{ rule: volume-unencrypted, reason: 'the account encrypts by default, enforced by an SCP' }] }
      Properties: { AvailabilityZone: eu-central-1a, Size: 64, VolumeType: gp3, Encrypted: ${isEncrypted} }
`;

export const suppressionUnused = defineSuppressionRule({
  id: 'suppression-unused',
  severity: 'warning',
  title: 'Suppression that suppresses nothing',
  what: [
    'Suppressions that match no finding of a rule that looked, and those of a rule that does not exist.',
    'A rule that had nothing to look at (no `--base`, no `--live`) or could not tell leaves its suppressions alone.',
  ],
  why: [
    'What it excused is fixed or renamed; left there, it will hide the next finding, which no one has reviewed.',
  ],
  fix: ['Remove the suppression, or correct its rule or subject.'],
  examples: [{ fails: encrypted('true'), passes: encrypted('false') }],
  checkSuppression: ({ suppression: { rule }, isUnused, isOfKnownRule }) => {
    if (!isUnused) return undefined;
    return isOfKnownRule
      ? { message: 'suppresses nothing: the rule finds nothing there.' }
      : {
          message: `suppresses nothing: there is no rule "${rule}".`,
          remediation: 'Write the id of a rule as docs/audit lists them.',
        };
  },
});
