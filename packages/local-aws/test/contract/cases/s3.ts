import {
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  type GetObjectCommandOutput,
} from '@aws-sdk/client-s3';
import type { ContractCase, World } from '../support/world';

const BODY = '{"a":1}';
const KEY = 'reports/i-1/e1.json';

const put =
  (more: object = {}) =>
  ({ clients, bucket }: World): Promise<unknown> =>
    clients.s3.send(
      new PutObjectCommand({
        Bucket: bucket,
        Key: KEY,
        Body: BODY,
        ContentType: 'application/json',
        Metadata: { verdict: 'healed', Delivered: 'metrics,message' },
        ...more,
      }),
    );

const head =
  (more: object = {}) =>
  ({ clients, bucket }: World): Promise<unknown> =>
    clients.s3.send(new HeadObjectCommand({ Bucket: bucket, Key: KEY, ...more }));

const get = async ({ clients, bucket }: World): Promise<unknown> => {
  const answer = await clients.s3.send(new GetObjectCommand({ Bucket: bucket, Key: KEY }));
  const { Body, Metadata } = answer as GetObjectCommandOutput;
  return { body: await Body?.transformToString(), Metadata };
};

const ETAG = '"bb6cb5c68df4652941caf652a366f2d8"';
/** S3 keeps the keys of metadata in lower case. */
const METADATA = { verdict: 'healed', delivered: 'metrics,message' };
const OTHER_BUCKET = { Bucket: 'no-such-bucket' };

export const S3_CASES: readonly ContractCase[] = [
  {
    operation: 's3:PutObject',
    name: 'an object',
    call: put(),
    expect: { answers: () => ({ ETag: ETAG }) },
  },
  {
    operation: 's3:PutObject',
    name: 'a bucket that is not there',
    call: put(OTHER_BUCKET),
    expect: { fails: 'NoSuchBucket' },
  },
  {
    operation: 's3:PutObject',
    name: 'only where there is none yet',
    arrange: put(),
    call: put({ IfNoneMatch: '*' }),
    expect: { fails: 'PreconditionFailed' },
  },
  {
    operation: 's3:PutObject',
    name: 'only where it still is what was read',
    arrange: put(),
    call: put({ IfMatch: ETAG, Body: 'newer' }),
    expect: { answers: () => ({ ETag: expect.any(String) as string }) },
  },
  {
    operation: 's3:PutObject',
    name: 'not where it was changed meanwhile',
    arrange: put({ Body: 'changed' }),
    call: put({ IfMatch: ETAG }),
    expect: { fails: 'PreconditionFailed' },
  },
  {
    operation: 's3:PutObject',
    name: 'not where it is gone',
    call: put({ IfMatch: ETAG }),
    expect: { fails: 'NoSuchKey' },
  },
  {
    operation: 's3:HeadObject',
    name: 'length, type and metadata as they were put',
    arrange: put(),
    call: head(),
    expect: {
      answers: () => ({
        ContentLength: BODY.length,
        ContentType: 'application/json',
        ETag: ETAG,
        Metadata: METADATA,
        LastModified: expect.any(Date) as Date,
      }),
    },
  },
  {
    operation: 's3:HeadObject',
    name: 'put again: the newer metadata',
    arrange: async (world) => [await put()(world), await put({ Metadata: { verdict: 'x' } })(world)],
    call: head(),
    expect: { answers: () => ({ Metadata: { verdict: 'x' } }) },
  },
  {
    operation: 's3:HeadObject',
    name: 'a key that is not there has no better name than the status',
    call: head(),
    expect: { fails: 'NotFound' },
  },
  {
    operation: 's3:HeadObject',
    name: 'nor has a bucket that is not there',
    call: head(OTHER_BUCKET),
    expect: { fails: 'NotFound' },
  },
  {
    operation: 's3:GetObject',
    name: 'body and metadata as they were put',
    arrange: put(),
    call: get,
    expect: { answers: () => ({ body: BODY, Metadata: METADATA }) },
  },
  {
    operation: 's3:GetObject',
    name: 'a key that is not there',
    call: get,
    expect: { fails: 'NoSuchKey' },
  },
];
