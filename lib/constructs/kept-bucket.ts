import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as s3 from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';

/** A year, and a month to look back on it. */
export const A_YEAR_AND_A_MONTH = Duration.days(400);

export interface KeptBucketProps extends s3.BucketProps {
  /** After so long an object expires. */
  readonly keep: Duration;
  /** After so long an overwritten version is deleted. @default 30 days */
  readonly keepOldVersions?: Duration;
}

/**
 * A private, versioned bucket that outlives its stack, unless the stack's creation is rolled back: then there is nothing to keep.
 * Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-deletionpolicy.html
 */
export class KeptBucket extends s3.Bucket {
  constructor(scope: Construct, id: string, { keep, keepOldVersions, ...props }: KeptBucketProps) {
    super(scope, id, {
      versioned: true,
      encryption: s3.BucketEncryption.S3_MANAGED,
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      lifecycleRules: [
        {
          expiration: keep,
          noncurrentVersionExpiration: keepOldVersions ?? Duration.days(30),
          abortIncompleteMultipartUploadAfter: Duration.days(1),
        },
      ],
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
      ...props,
    });
  }
}
