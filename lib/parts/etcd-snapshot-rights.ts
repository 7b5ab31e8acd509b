import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { etcdSnapshotBucketName, etcdSnapshotKeyAlias } from '../domain/naming';
import { PROTECT_METRIC_NAMESPACE } from '../domain/snapshot-age';

/** The environment's bucket, by its name: nodes are there before it. */
export const etcdSnapshotBucket = (scope: Construct, environmentName: string): string => {
  const { account, region } = Stack.of(scope);
  return etcdSnapshotBucketName(environmentName, account, region);
};

/**
 * What a control-plane node needs to save etcd and to read a snapshot again. It may delete none, and the bucket keeps
 * versions: whoever takes over a node cannot take the way back.
 */
export const etcdSnapshotStatements = (scope: Construct, environmentName: string): iam.PolicyStatement[] => {
  const stack = Stack.of(scope);
  const bucketArn = stack.formatArn({
    service: 's3',
    region: '',
    account: '',
    resource: etcdSnapshotBucket(scope, environmentName),
  });
  return [
    new iam.PolicyStatement({
      sid: 'SaveAndReadEtcdSnapshots',
      actions: ['s3:GetObject', 's3:PutObject'],
      resources: [`${bucketArn}/${environmentName}/*`],
    }),
    new iam.PolicyStatement({
      sid: 'FindEtcdSnapshots',
      actions: ['s3:ListBucket'],
      resources: [bucketArn],
      conditions: { StringLike: { 's3:prefix': `${environmentName}/*` } },
    }),
    new iam.PolicyStatement({
      sid: 'EncryptEtcdSnapshots',
      actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
      // The key is made after the nodes, so its alias names it.
      resources: [stack.formatArn({ service: 'kms', resource: 'key', resourceName: '*' })],
      conditions: {
        StringEquals: { 'kms:ViaService': `s3.${stack.region}.${stack.urlSuffix}` },
        'ForAnyValue:StringEquals': { 'kms:ResourceAliases': etcdSnapshotKeyAlias(environmentName) },
      },
    }),
    new iam.PolicyStatement({
      sid: 'TellOfEtcdSnapshots',
      actions: ['cloudwatch:PutMetricData'],
      // PutMetricData has no resource; the namespace is what narrows it.
      resources: ['*'],
      conditions: { StringEquals: { 'cloudwatch:namespace': PROTECT_METRIC_NAMESPACE } },
    }),
  ];
};
