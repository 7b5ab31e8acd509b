import { ArnFormat, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';

export interface FlowLogProps {
  readonly environmentName: string;
  readonly vpc: ec2.IVpc;
}

/**
 * What the VPC's security groups refuse: who probes, and which rule a cluster lacks. Accepted traffic is not kept: it is the bulk of
 * the records, and they are paid for by the GB. Security Hub asks for the same (EC2.6).
 * Source: https://docs.aws.amazon.com/securityhub/latest/userguide/ec2-controls.html
 */
export class FlowLog extends Construct {
  constructor(scope: Construct, id: string, { environmentName, vpc }: FlowLogProps) {
    super(scope, id);
    const stack = Stack.of(this);
    const logGroup = new logs.LogGroup(this, 'Log', {
      retention: logs.RetentionDays.ONE_YEAR,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const role = new iam.Role(this, 'Role', {
      // Source: https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html
      assumedBy: new iam.ServicePrincipal('vpc-flow-logs.amazonaws.com', {
        conditions: {
          StringEquals: { 'aws:SourceAccount': stack.account },
          ArnLike: {
            'aws:SourceArn': stack.formatArn({
              ...{ service: 'ec2', resource: 'vpc-flow-log', resourceName: '*' },
              arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
            }),
          },
        },
      }),
      description: `Headroom ${environmentName}: flow log of the VPC`,
    });
    const { policyDependable: policy } = role.addToPrincipalPolicy(
      new iam.PolicyStatement({
        sid: 'WriteFlowLog',
        actions: ['logs:CreateLogStream', 'logs:DescribeLogStreams', 'logs:PutLogEvents'],
        resources: [logGroup.logGroupArn],
      }),
    );
    const flowLog = new ec2.CfnFlowLog(this, 'FlowLog', {
      resourceType: 'VPC',
      resourceId: vpc.vpcId,
      trafficType: ec2.FlowLogTrafficType.REJECT,
      logDestinationType: 'cloud-watch-logs',
      logGroupName: logGroup.logGroupName,
      deliverLogsPermissionArn: role.roleArn,
    });
    // The role's policy is a separate resource, for which the reference does not wait.
    if (policy !== undefined) flowLog.node.addDependency(policy);
  }
}
