import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { etcdSnapshotBucketName, etcdSnapshotKeyAlias } from '../domain/names/naming';
import { ofThisAccount } from './of-this-account';

/**
 * What a control-plane node needs to save etcd and to read a snapshot again. It may delete none, and the bucket keeps
 * versions: someone who takes over a node cannot remove the way back.
 */
export const etcdSnapshotStatements = (scope: Construct, environmentName: string): iam.PolicyStatement[] => {
  const stack = Stack.of(scope);
  // Nodes are there before the bucket, whose name ends with what distinguishes one creation of its stack from another.
  const bucketArn = stack.formatArn({
    service: 's3',
    region: '',
    account: '',
    resource: etcdSnapshotBucketName(environmentName, stack.account, '*'),
  });
  return [
    new iam.PolicyStatement({
      sid: 'SaveAndReadEtcdSnapshots',
      actions: ['s3:GetObject', 's3:PutObject'],
      resources: [`${bucketArn}/${environmentName}/*`],
      conditions: ofThisAccount(scope),
    }),
    new iam.PolicyStatement({
      sid: 'FindEtcdSnapshots',
      actions: ['s3:ListBucket'],
      resources: [bucketArn],
      conditions: { ...ofThisAccount(scope), StringLike: { 's3:prefix': `${environmentName}/*` } },
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
  ];
};
