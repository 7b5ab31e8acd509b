import { CfnOutput } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { NodeRole } from '../domain/naming';
import { nodeStatements } from '../parts/node-statements';

export interface NodePolicyProps {
  readonly environmentName: string;
  readonly roles: readonly NodeRole[];
  /** Instance roles that run already; none: the policy is made all the same, for a person to attach. */
  readonly nodeRoleNames: readonly string[];
}

/** What the SSM agent and the CloudWatch agent call to install their package; AWS defines no resource for these. */
const PACKAGE_ACTIONS = ['ssm:GetManifest', 'ssm:PutConfigurePackageResult'];

/** What the agents of nodes need that run already, for their own instance roles. */
export class NodePolicy extends Construct {
  constructor(scope: Construct, id: string, { environmentName, roles, nodeRoleNames }: NodePolicyProps) {
    super(scope, id);
    const policy = new iam.CfnManagedPolicy(this, 'Policy', {
      description: `Headroom ${environmentName}: what the agents on the nodes need`,
      policyDocument: new iam.PolicyDocument({
        statements: [
          ...nodeStatements(this, {
            environmentName,
            roles,
            awsDocuments: ['AWS-ConfigureAWSPackage', 'AmazonCloudWatch-ManageAgent'],
          }),
          new iam.PolicyStatement({
            sid: 'InstallAgentPackage',
            actions: PACKAGE_ACTIONS,
            resources: ['*'],
          }),
        ],
      }),
      ...(nodeRoleNames.length > 0 && { roles: [...nodeRoleNames] }),
    });
    new CfnOutput(this, 'PolicyArn', {
      key: 'NodePolicyArn',
      value: policy.ref,
      description:
        nodeRoleNames.length > 0
          ? 'Managed policy of the nodes; attached to cluster.existing.nodeRoleNames'
          : "Managed policy of the nodes: attach it to the nodes' instance roles, or name them in cluster.existing.nodeRoleNames",
    });
  }
}
