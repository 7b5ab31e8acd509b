import { createHash } from 'node:crypto';
import { AwsError } from '../api/aws-error';
import type { Clock } from '../time/clock';
import { fields, optional, text, type Fields } from '../values/fields';
import type { AccessRequest } from '../iam/iam-policy';
import type { Service } from '../api/local-aws';
import type { Place } from '../template/physical-ids';

export interface StoredObject {
  readonly bucket: string;
  readonly key: string;
  readonly body: string;
  readonly contentType: string | undefined;
  readonly storedAt: Date;
  readonly metadata: Readonly<Record<string, string>>;
}

const bodyText = (body: unknown): string => {
  if (body === undefined) return '';
  if (typeof body === 'string') return body;
  if (ArrayBuffer.isView(body))
    return Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8');
  throw new AwsError('InvalidRequest', 'the Body must be a string or bytes');
};

/** As S3 keeps it: names in lower case, values as text. */
const metadataOf = (value: unknown): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(optional(value, 'Metadata', fields, {})).map(([name, each]) => [
      name.toLowerCase(),
      text(each, `Metadata ${name}`),
    ]),
  );

const etag = (body: string): string => `"${createHash('md5').update(body).digest('hex')}"`;

const noSuchKey = (): AwsError =>
  new AwsError('NoSuchKey', 'The specified key does not exist.', { status: 404 });

const describe = (object: StoredObject): Fields => ({
  ContentLength: Buffer.byteLength(object.body),
  ContentType: object.contentType ?? 'application/octet-stream',
  ETag: etag(object.body),
  LastModified: object.storedAt,
  Metadata: object.metadata,
});

/** @param place the partition for the ARNs, and the owner of every bucket; @param objects kept by `bucket/key` */
export function s3Service(
  clock: Clock,
  { partition, account }: Pick<Place, 'partition' | 'account'>,
  buckets: readonly string[],
  objects: Map<string, StoredObject>,
): Service {
  const access =
    (action: string) =>
    ({ Bucket: bucket, Key: key }: Fields): readonly AccessRequest[] => [
      {
        action,
        resource: `arn:${partition}:s3:::${text(bucket, 'Bucket')}/${text(key, 'Key')}`,
        context: { 'aws:ResourceAccount': account },
      },
    ];
  const path = (input: Fields): { readonly bucket: string; readonly key: string; readonly id: string } => {
    const [bucket, key] = [text(input.Bucket, 'Bucket'), text(input.Key, 'Key')];
    // https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html
    if (optional(input.ExpectedBucketOwner, 'ExpectedBucketOwner', text, account) !== account)
      throw new AwsError('AccessDenied', 'Access Denied', { status: 403 });
    if (!buckets.includes(bucket)) {
      throw new AwsError('NoSuchBucket', 'The specified bucket does not exist', { status: 404 });
    }
    return { bucket, key, id: `${bucket}/${key}` };
  };
  return {
    PutObject: {
      input: {
        Bucket: 'string!',
        ExpectedBucketOwner: 'string',
        Key: 'string!',
        Body: 'blob',
        ContentType: 'string',
        IfMatch: 'string',
        IfNoneMatch: 'string',
        ServerSideEncryption: 'string',
        Metadata: 'map',
        ChecksumAlgorithm: 'string',
      },
      access: access('s3:PutObject'),
      run: (input) => {
        const { bucket, key, id } = path(input);
        const current = objects.get(id);
        const ifMatch = optional(input.IfMatch, 'IfMatch', text, undefined);
        // https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html; the answer for an absent object:
        // https://github.com/minio/minio/issues/21526
        if (ifMatch !== undefined && current === undefined) throw noSuchKey();
        if (
          (input.IfNoneMatch === '*' && current !== undefined) ||
          (ifMatch !== undefined && current !== undefined && ifMatch !== etag(current.body))
        )
          throw new AwsError(
            'PreconditionFailed',
            'At least one of the pre-conditions you specified did not hold',
            { status: 412 },
          );
        const body = bodyText(input.Body);
        const contentType = optional(input.ContentType, 'ContentType', text, undefined);
        objects.set(id, {
          bucket,
          key,
          body,
          contentType,
          storedAt: clock.now(),
          metadata: metadataOf(input.Metadata),
        });
        return { ETag: etag(body) };
      },
    },
    HeadObject: {
      input: { Bucket: 'string!', ExpectedBucketOwner: 'string', Key: 'string!' },
      access: access('s3:GetObject'),
      run: (input) => {
        const object = objects.get(`${text(input.Bucket, 'Bucket')}/${text(input.Key, 'Key')}`);
        // HEAD has no body, so S3 can say neither NoSuchKey nor NoSuchBucket: the SDK names both NotFound.
        if (!object) throw new AwsError('NotFound', 'UnknownError', { status: 404 });
        return describe(object);
      },
    },
    GetObject: {
      input: { Bucket: 'string!', ExpectedBucketOwner: 'string', Key: 'string!' },
      access: access('s3:GetObject'),
      run: (input) => {
        const object = objects.get(path(input).id);
        if (!object) throw noSuchKey();
        return { ...describe(object), Body: { transformToString: () => Promise.resolve(object.body) } };
      },
    },
  };
}
