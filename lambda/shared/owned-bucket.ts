/** A bucket, and the account that it must belong to: S3 refuses the call otherwise. */
export interface OwnedBucket {
  readonly name: string;
  readonly owner: string;
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html */
export const named = ({ name, owner }: OwnedBucket) => ({ Bucket: name, ExpectedBucketOwner: owner });
