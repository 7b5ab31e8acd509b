import { RemovalPolicy } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';

export interface KeptKeyProps {
  readonly alias: string;
  readonly description: string;
}

/**
 * A key that outlives its stack, as what it encrypted does; a stack that never came to be has nothing. S3 and Systems Manager use it
 * by the caller's own rights, so no principal needs a grant: one would let its holder go on after the key's policy has changed.
 * The conditions: https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-grant-is-for-aws-resource
 */
export class KeptKey extends kms.Key {
  constructor(scope: Construct, id: string, props: KeptKeyProps) {
    super(scope, id, {
      ...props,
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    });
    this.addToResourcePolicy(
      new iam.PolicyStatement({
        effect: iam.Effect.DENY,
        principals: [new iam.AnyPrincipal()],
        actions: ['kms:CreateGrant'],
        resources: ['*'],
        conditions: {
          BoolIfExists: { 'kms:GrantIsForAWSResource': 'false', 'aws:PrincipalIsAWSService': 'false' },
        },
      }),
    );
  }
}
