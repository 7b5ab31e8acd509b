import type { Known } from '../known';

/**
 * EC2's attached EBS status check of an instance: `ok`, `impaired`, `insufficient-data`, `not-applicable` or
 * `initializing`; undefined: EC2 names none.
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_EbsStatusSummary.html
 */
export type AttachedEbsStatus = Known<string | undefined>;

/**
 * Why an instance that does not run commands is neither grown nor rebooted: one of its volumes does not complete I/O, and a larger
 * one would not either. Any other answer, or none, says nothing against it. Not asked of an instance that answers: its root
 * was read a moment ago, and the volume that stalls may be a pod's. undefined: nothing is against it.
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_InstanceStatus.html (attachedEbsStatus)
 */
export const whyNoIo = (status: AttachedEbsStatus | undefined): string | undefined =>
  status?.known === true && status.value === 'impaired'
    ? 'the attached EBS status check is impaired: a volume of the instance does not complete I/O, so nothing is bought ' +
      'for it; see `aws ec2 describe-volume-status`, wait for AWS or move the instance to other hardware (stop, start)'
    : undefined;
