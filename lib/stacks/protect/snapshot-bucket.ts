import { CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { etcdSnapshotBucketName, etcdSnapshotKeyAlias } from '../../domain/names/naming';
import { A_YEAR_AND_A_MONTH, KeptBucket } from '../../constructs/kept-bucket';
import { KeptKey } from '../../constructs/kept-key';
import { shortStackCreation } from '../../constructs/stack-creation';

export interface SnapshotBucketProps {
  readonly environmentName: string;
  /** Days after which a snapshot goes, and as many again for a version that was overwritten. */
  readonly retentionDays: number;
}

/**
 * The bucket of etcd's snapshots. A snapshot holds every secret of the cluster: it is encrypted with its own key, so that a
 * right to read the account's buckets is not enough. A version cannot be deleted before it is due without
 * `s3:BypassGovernanceRetention`, which no role of ours has. Both outlive the stack, unless its creation is rolled back: then there
 * is nothing to keep. Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-deletionpolicy.html
 */
export class SnapshotBucket extends Construct {
  readonly bucketName: string;

  constructor(scope: Construct, id: string, { environmentName, retentionDays }: SnapshotBucketProps) {
    super(scope, id);
    const encryptionKey = new KeptKey(this, 'Key', {
      alias: etcdSnapshotKeyAlias(environmentName),
      description: `Headroom ${environmentName}: snapshots of etcd`,
    });
    this.bucketName = etcdSnapshotBucketName(
      environmentName,
      Stack.of(this).account,
      shortStackCreation(this),
    );
    const retention = Duration.days(retentionDays);
    new KeptBucket(this, 'Bucket', {
      ...{ keep: retention, keepOldVersions: retention },
      bucketName: this.bucketName,
      encryption: s3.BucketEncryption.KMS,
      encryptionKey,
      bucketKeyEnabled: true,
      // Governance, not compliance: an administrator can take back a retention of 3,000 days. Uploads need a checksum, which
      // the AWS CLI sends by itself (docs/contract.md).
      // https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html
      objectLockDefaultRetention: s3.ObjectLockRetention.governance(retention),
      // Who read a snapshot has every secret of the cluster. S3 delivers to a bucket with SSE-S3 alone, and to none with a lock.
      // https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html
      // https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-managing.html
      serverAccessLogsBucket: new KeptBucket(this, 'AccessLog', { keep: A_YEAR_AND_A_MONTH }) as s3.IBucket,
    });
    new CfnOutput(this, 'Name', {
      key: 'EtcdSnapshotBucket',
      value: this.bucketName,
      description: 'Bucket of snapshots of etcd; it outlives this stack',
    });
  }
}
