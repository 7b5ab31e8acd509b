import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { anyAutomationExecutionArn, documentArn } from '../../constructs/arns';

export interface RestoreRoleProps {
  readonly environmentName: string;
  readonly controlPlaneInstanceIds: readonly string[];
}

/** What RestoreEtcd may do: run its one Command document, on the control-plane nodes. */
export class RestoreRole extends iam.Role {
  constructor(scope: Construct, id: string, { environmentName, controlPlaneInstanceIds }: RestoreRoleProps) {
    const stack = Stack.of(scope);
    super(scope, id, {
      assumedBy: new iam.ServicePrincipal('ssm.amazonaws.com', {
        conditions: {
          StringEquals: { 'aws:SourceAccount': stack.account },
          ArnLike: { 'aws:SourceArn': anyAutomationExecutionArn(scope) },
        },
      }),
      description: `Headroom ${environmentName}: Automation RestoreEtcd`,
    });
    this.addToPolicy(
      new iam.PolicyStatement({
        sid: 'RestoreOnControlPlaneNodes',
        actions: ['ssm:SendCommand'],
        resources: [
          documentArn(this, environmentName, 'RestoreEtcdMember'),
          ...controlPlaneInstanceIds.map((resourceName) =>
            stack.formatArn({ service: 'ec2', resource: 'instance', resourceName }),
          ),
        ],
      }),
    );
    this.addToPolicy(
      new iam.PolicyStatement({
        sid: 'FollowCommands',
        // None of these has a resource in IAM.
        actions: [
          'ssm:DescribeInstanceInformation',
          'ssm:GetCommandInvocation',
          'ssm:ListCommandInvocations',
          'ssm:ListCommands',
        ],
        resources: ['*'],
      }),
    );
  }
}
