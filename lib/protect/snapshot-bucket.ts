import { CfnOutput, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { etcdSnapshotBucketName, etcdSnapshotKeyAlias } from '../domain/naming';
import { shortStackCreation } from '../parts/stack-creation';

export interface SnapshotBucketProps {
  readonly environmentName: string;
  /** Days after which a snapshot goes, and as many again for a version that was overwritten. */
  readonly retentionDays: number;
}

/** As long as evidence is kept: a year, and a month to look back on it. */
const KEEP_ACCESS_LOG = Duration.days(400);

/**
 * The bucket of etcd's snapshots. A snapshot holds every secret of the cluster: it is encrypted with a key of its own, so that a
 * right to read the account's buckets is not enough. Both outlive the stack, unless its creation is rolled back: then there is
 * nothing to keep. Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-deletionpolicy.html
 */
export class SnapshotBucket extends Construct {
  readonly bucketName: string;

  constructor(scope: Construct, id: string, { environmentName, retentionDays }: SnapshotBucketProps) {
    super(scope, id);
    const encryptionKey = new kms.Key(this, 'Key', {
      alias: etcdSnapshotKeyAlias(environmentName),
      description: `Headroom ${environmentName}: snapshots of etcd`,
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    });
    this.bucketName = etcdSnapshotBucketName(
      environmentName,
      Stack.of(this).account,
      shortStackCreation(this),
    );
    new s3.Bucket(this, 'Bucket', {
      bucketName: this.bucketName,
      versioned: true,
      encryption: s3.BucketEncryption.KMS,
      encryptionKey,
      bucketKeyEnabled: true,
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      // Who read a snapshot has every secret of the cluster.
      serverAccessLogsBucket: this.accessLog() as s3.IBucket,
      lifecycleRules: [
        {
          expiration: Duration.days(retentionDays),
          noncurrentVersionExpiration: Duration.days(retentionDays),
          abortIncompleteMultipartUploadAfter: Duration.days(1),
        },
      ],
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    });
    new CfnOutput(this, 'Name', {
      key: 'EtcdSnapshotBucket',
      value: this.bucketName,
      description: 'Bucket of snapshots of etcd; it outlives this stack',
    });
  }

  /** SSE-S3, since S3 delivers to no other. https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html */
  private accessLog(): s3.Bucket {
    return new s3.Bucket(this, 'AccessLog', {
      versioned: true,
      encryption: s3.BucketEncryption.S3_MANAGED,
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      lifecycleRules: [
        {
          expiration: KEEP_ACCESS_LOG,
          noncurrentVersionExpiration: Duration.days(30),
          abortIncompleteMultipartUploadAfter: Duration.days(1),
        },
      ],
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    });
  }
}
