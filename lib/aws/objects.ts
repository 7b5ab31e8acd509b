import { GetObjectCommand, HeadObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { means, orUndefined } from './errors';
import { call, type SdkClient } from './sdk';

/** A bucket, and the account that it must belong to: S3 refuses the call otherwise. */
export interface OwnedBucket {
  readonly name: string;
  readonly owner: string;
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html */
const named = ({ name, owner }: OwnedBucket) => ({ Bucket: name, ExpectedBucketOwner: owner });

export interface StoredText {
  readonly text: string;
  /** By which S3 knows this content; undefined: S3 did not say. */
  readonly etag: string | undefined;
}

/**
 * undefined: there is no such object. Without s3:ListBucket an absent one is refused.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
 * @throws what the SDK throws
 */
export const readText = async (
  s3: SdkClient,
  bucket: OwnedBucket,
  key: string,
): Promise<StoredText | undefined> => {
  const command = new GetObjectCommand({ ...named(bucket), Key: key });
  const found = await orUndefined(call(s3, command), 'noObject');
  return found && { text: (await found.Body?.transformToString()) ?? '', etag: found.ETag };
};

/** An object's own metadata; undefined: there is no such object. @throws what the SDK throws */
export const objectMetadata = async (
  s3: SdkClient,
  bucket: OwnedBucket,
  key: string,
): Promise<Readonly<Record<string, string>> | undefined> => {
  const command = new HeadObjectCommand({ ...named(bucket), Key: key });
  const found = await orUndefined(call(s3, command), 'noObject');
  return found && (found.Metadata ?? {});
};

/** @throws what the SDK throws */
export const putJson = async (
  s3: SdkClient,
  bucket: OwnedBucket,
  key: string,
  text: string,
  metadata: Readonly<Record<string, string>>,
): Promise<void> => {
  await call(
    s3,
    new PutObjectCommand({
      ...named(bucket),
      Key: key,
      Body: text,
      ContentType: 'application/json',
      Metadata: { ...metadata },
    }),
  );
};

/**
 * Writes only where the object still is what was read.
 * @param etag undefined: where there still is none
 * @returns whether it was written; no: someone else did meanwhile
 * @throws what the SDK throws
 */
export const replaceJson = async (
  s3: SdkClient,
  bucket: OwnedBucket,
  key: string,
  text: string,
  etag: string | undefined,
): Promise<boolean> => {
  const condition = etag === undefined ? { IfNoneMatch: '*' } : { IfMatch: etag };
  try {
    await call(
      s3,
      new PutObjectCommand({
        ...named(bucket),
        Key: key,
        Body: text,
        ContentType: 'application/json',
        ...condition,
      }),
    );
    return true;
  } catch (error) {
    if (means(error, 'objectChanged')) return false;
    throw error;
  }
};
