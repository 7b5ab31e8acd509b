import * as iam from 'aws-cdk-lib/aws-iam';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { ofThisAccount } from './of-this-account';

/**
 * To read and write objects in these folders, and to distinguish an absent object from a forbidden one: without ListBucket,
 * GetObject and HeadObject of a missing object are answered 403 instead of 404. HeadObject is authorized as GetObject.
 * Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
 * @param folders each ends with `/`
 */
export const readAndWrite = (
  scope: Construct,
  bucket: s3.IBucket,
  folders: readonly string[],
): iam.PolicyStatement[] => [
  new iam.PolicyStatement({
    sid: 'ReadAndWriteObjects',
    actions: ['s3:GetObject', 's3:PutObject'],
    resources: folders.map((folder) => bucket.arnForObjects(`${folder}*`)),
    conditions: ofThisAccount(scope),
  }),
  new iam.PolicyStatement({
    sid: 'TellAbsentFromForbidden',
    actions: ['s3:ListBucket'],
    resources: [bucket.bucketArn],
    conditions: ofThisAccount(scope),
  }),
];
