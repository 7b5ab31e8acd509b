import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as ssm from 'aws-cdk-lib/aws-ssm';
import { Construct } from 'constructs';
import { joinParameterPath, keyAlias, type NodeRole } from '../../domain/names/naming';
import { KeptKey } from '../../constructs/kept-key';
import { stackCreation } from '../../constructs/stack-creation';

/** The environment's key: for the join parameters, and for everything else in it that is encrypted. */
export const clusterKey = (scope: Construct, environmentName: string): KeptKey =>
  new KeptKey(scope, 'Key', { alias: keyAlias(environmentName), description: `Headroom ${environmentName}` });

/** Where this stack's nodes publish how to join, and read it. */
export class JoinParameters extends Construct {
  readonly path: string;

  constructor(scope: Construct, id: string, environmentName: string) {
    super(scope, id);
    this.path = joinParameterPath(environmentName, stackCreation(this));
    // The only one without an expiration, so it is the stack's: it goes with the cluster whose first node writes into it.
    new ssm.CfnParameter(this, 'Cluster', {
      name: `${this.path}/cluster`,
      description: `Headroom ${environmentName}: where a cluster was initialised, and by which node`,
      type: 'String',
      value: '{}',
    });
  }
}

/** What a role may do with the parameters by which nodes join. */
const rightsOf = (path: string, role: NodeRole) =>
  role === 'control-plane'
    ? {
        name: `${path}/*`,
        parameter: ['ssm:GetParameter', 'ssm:PutParameter'],
        // Advanced parameters are encrypted under a data key.
        key: ['kms:Decrypt', 'kms:Encrypt', 'kms:GenerateDataKey'],
      }
    : {
        name: `${path}/worker`,
        parameter: ['ssm:GetParameter'],
        key: ['kms:Decrypt'],
      };

/**
 * Control planes publish how to join, workers read only their own part. The key answers only for these parameters, and only to
 * Systems Manager. Source: https://docs.aws.amazon.com/kms/latest/developerguide/services-parameter-store.html
 */
export const joinStatements = (
  key: kms.IKey,
  environmentName: string,
  role: NodeRole,
): iam.PolicyStatement[] => {
  const stack = Stack.of(key);
  const rights = rightsOf(joinParameterPath(environmentName, stackCreation(key)), role);
  const arn = stack.formatArn({
    service: 'ssm',
    resource: 'parameter',
    resourceName: rights.name.replace(/^\//, ''),
  });
  return [
    new iam.PolicyStatement({ sid: 'JoinParameters', actions: rights.parameter, resources: [arn] }),
    new iam.PolicyStatement({
      sid: 'JoinParametersKey',
      actions: rights.key,
      resources: [key.keyArn],
      conditions: {
        StringEquals: { 'kms:ViaService': `ssm.${stack.region}.${stack.urlSuffix}` },
        StringLike: { 'kms:EncryptionContext:PARAMETER_ARN': arn },
      },
    }),
  ];
};
