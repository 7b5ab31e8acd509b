import { defineSuppressionRule, yaml } from '../rule';

/** A suppression with what follows its rule. */
const suppression = (more: string): string => yaml`
  Resources:
    Data:
      Type: AWS::EC2::Volume
      Metadata:
        Headroom: { suppress: [{ rule: volume-unencrypted${more} }] }
      Properties: { AvailabilityZone: eu-central-1a, Size: 64, VolumeType: gp3 }
`;

export const suppressionWithoutReason = defineSuppressionRule({
  id: 'suppression-without-reason',
  severity: 'error',
  title: 'Suppression without a reason',
  what: [
    'Whether each suppression, in a template’s metadata or in a file, says why. One that does not suppresses nothing.',
  ],
  why: ['In a year no one knows whether the risk was weighed or the warning was in the way.'],
  fix: ['Write a reason of one sentence: who decided, and what makes it safe.'],
  examples: [
    {
      fails: suppression(''),
      passes: suppression(", reason: 'the account encrypts by default, enforced by an SCP'"),
    },
  ],
  checkSuppression: ({ hasReason }) =>
    hasReason ? undefined : { message: 'gives no reason, and suppresses nothing.' },
});
