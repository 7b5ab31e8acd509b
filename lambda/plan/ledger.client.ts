import { GetObjectCommand, PutObjectCommand, type GetObjectCommandOutput } from '@aws-sdk/client-s3';
import { named, type OwnedBucket } from '../shared/owned-bucket';
import { errorCode, type SdkClients } from '../shared/sdk-shape';

interface StoredLedger {
  readonly text: string;
  /** By which S3 knows this content. */
  readonly etag: string;
}

/** The verbs that the growth budget needs of S3. */
export interface LedgerClient {
  /** undefined: there is no such object. */
  read(key: string): Promise<StoredLedger | undefined>;
  /**
   * Writes only where the object still is what was read.
   * @param etag undefined: where there still is none
   * @returns whether it was written; no: someone else did meanwhile
   */
  write(key: string, text: string, etag: string | undefined): Promise<boolean>;
}

/**
 * 412 PreconditionFailed, 409 ConditionalRequestConflict, and of If-Match with an object that is gone 404 NoSuchKey.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html, https://github.com/minio/minio/issues/21526
 */
const CHANGED_MEANWHILE = ['PreconditionFailed', 'ConditionalRequestConflict', 'NoSuchKey'];

export const connectLedger = (sdk: SdkClients<'s3'>, bucket: OwnedBucket): LedgerClient => ({
  async read(key) {
    try {
      const { Body, ETag } = (await sdk.s3.send(
        new GetObjectCommand({ ...named(bucket), Key: key }),
      )) as GetObjectCommandOutput;
      if (ETag === undefined) throw new Error(`S3 names no ETag of ${key}`);
      return { text: (await Body?.transformToString()) ?? '', etag: ETag };
    } catch (error) {
      if (errorCode(error) === 'NoSuchKey') return undefined;
      throw error;
    }
  },

  async write(key, text, etag) {
    try {
      await sdk.s3.send(
        new PutObjectCommand({
          ...named(bucket),
          ...{ Key: key, Body: text, ContentType: 'application/json' },
          ...(etag === undefined ? { IfNoneMatch: '*' } : { IfMatch: etag }),
        }),
      );
      return true;
    } catch (error) {
      if (CHANGED_MEANWHILE.includes(errorCode(error))) return false;
      throw error;
    }
  },
});
