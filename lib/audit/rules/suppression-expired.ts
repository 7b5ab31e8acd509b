import { defineSuppressionRule, yaml } from '../rule';

/** A suppression with this last day. */
const until = (expires: string): string => yaml`
  Resources:
    Data:
      Type: AWS::EC2::Volume
      Metadata:
        Headroom:
          suppress:
            - rule: volume-type-outdated
              reason: the snapshot job needs gp2 until its rewrite, planned for May (issue 123)
              expires: ${expires}
      Properties: { AvailabilityZone: eu-central-1a, Size: 64, VolumeType: gp2, Encrypted: true }
`;

export const suppressionExpired = defineSuppressionRule({
  id: 'suppression-expired',
  severity: 'warning',
  title: 'Expired suppression',
  what: [
    'Suppressions whose last day (expires, a day in UTC) is over, or is not a day.',
    '`expires` counts to the end of its day; text that is not a date counts as expired. An expired suppression suppresses nothing any more: the finding itself is back.',
  ],
  why: ['The day was set because the exception was meant to end.'],
  fix: ['Fix the finding and remove the suppression, or decide again and set another day.'],
  examples: [{ fails: until('2026-03-31'), passes: until('2099-05-31') }],
  checkSuppression: ({ suppression: { expires }, expiry }) => {
    if (expiry === 'not-a-day')
      return {
        message: `expires on "${String(expires)}", which is not a day.`,
        remediation: 'Write expires as a day, e.g. 2027-01-31.',
      };
    return expiry === 'over' ? { message: `expired after ${String(expires)} (UTC).` } : undefined;
  },
});
