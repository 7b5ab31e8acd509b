import { readText, replaceJson, type OwnedBucket } from '../../lib/aws/objects';
import type { SdkClients } from '../../lib/aws/sdk';

interface StoredLedger {
  readonly text: string;
  /** By which S3 knows this content. */
  readonly etag: string;
}

/** The verbs that the growth budget needs of S3. */
export interface LedgerClient {
  /** undefined: there is no such object. */
  read(key: string): Promise<StoredLedger | undefined>;
  /** @see replaceJson */
  write(key: string, text: string, etag: string | undefined): Promise<boolean>;
}

export const connectLedger = ({ s3 }: SdkClients<'s3'>, bucket: OwnedBucket): LedgerClient => ({
  async read(key) {
    const found = await readText(s3, bucket, key);
    if (found === undefined) return undefined;
    const { text, etag } = found;
    if (etag === undefined) throw new Error(`S3 names no ETag of ${key}`);
    return { text, etag };
  },
  write: (key, text, etag) => replaceJson(s3, bucket, key, text, etag),
});
