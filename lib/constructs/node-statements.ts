import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { APPENDED_DIMENSIONS } from '../domain/names/disk-metric';
import { agentParameterName, resourcePrefix, type NodeRole } from '../domain/names/naming';

/**
 * What the SSM agent calls for Run Command, Session Manager and associations. AWS defines no resource for these
 * (or only the calling instance itself), hence `*`; AmazonSSMManagedInstanceCore, which this replaces, also allows
 * ssm:GetParameter on every parameter of the account.
 * Source: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssystemsmanager.html
 */
const SSM_AGENT_ACTIONS = [
  'ssm:DescribeAssociation',
  'ssm:ListAssociations',
  'ssm:ListInstanceAssociations',
  'ssm:PutComplianceItems',
  'ssm:PutInventory',
  'ssm:UpdateAssociationStatus',
  'ssm:UpdateInstanceAssociationStatus',
  'ssm:UpdateInstanceInformation',
  'ssmmessages:CreateControlChannel',
  'ssmmessages:CreateDataChannel',
  'ssmmessages:OpenControlChannel',
  'ssmmessages:OpenDataChannel',
  'ec2messages:AcknowledgeMessage',
  'ec2messages:DeleteMessage',
  'ec2messages:FailMessage',
  'ec2messages:GetEndpoint',
  'ec2messages:GetMessages',
  'ec2messages:SendReply',
];

export interface NodeStatementsProps {
  readonly environmentName: string;
  /** The nodes that have the role or policy. */
  readonly roles: readonly NodeRole[];
  /** Where their agents may write. */
  readonly namespaces: readonly string[];
  /** Documents of AWS that State Manager runs on the nodes, by name. @default - none */
  readonly awsDocuments?: readonly string[];
}

/** PutMetricData has no resource; the namespace is what narrows it. */
export const writeAgentMetrics = (namespaces: readonly string[]): iam.PolicyStatement =>
  new iam.PolicyStatement({
    sid: 'WriteAgentMetrics',
    actions: ['cloudwatch:PutMetricData'],
    resources: ['*'],
    conditions: {
      StringEquals: { 'cloudwatch:namespace': namespaces.length === 1 ? namespaces[0] : namespaces },
    },
  });

/** What a node needs: the SSM agent, the CloudWatch agent with its configuration, a control plane etcd's snapshots. */
export const nodeStatements = (
  scope: Construct,
  { environmentName, roles, namespaces, awsDocuments = [] }: NodeStatementsProps,
): iam.PolicyStatement[] => {
  const stack = Stack.of(scope);
  const ssmArn = (account: string, resource: string, resourceName: string): string =>
    stack.formatArn({ service: 'ssm', account, resource, resourceName });
  return [
    new iam.PolicyStatement({ sid: 'SsmAgent', actions: SSM_AGENT_ACTIONS, resources: ['*'] }),
    new iam.PolicyStatement({
      sid: 'ReadDocuments',
      actions: ['ssm:DescribeDocument', 'ssm:GetDocument'],
      resources: [
        ssmArn(stack.account, 'document', `${resourcePrefix(environmentName)}-*`),
        ...awsDocuments.map((name) => ssmArn('', 'document', name)),
      ],
    }),
    new iam.PolicyStatement({
      sid: 'ReadAgentConfiguration',
      actions: ['ssm:GetParameter'],
      resources: roles.map((role) =>
        ssmArn(stack.account, 'parameter', agentParameterName(environmentName, role).replace(/^\//, '')),
      ),
    }),
    writeAgentMetrics(namespaces),
    ...(roles.some((role) => APPENDED_DIMENSIONS[role].includes('AutoScalingGroupName'))
      ? [
          new iam.PolicyStatement({
            sid: 'FindOwnAutoScalingGroup',
            // The CloudWatch agent reads AutoScalingGroupName from its own tags; DescribeTags has no resource.
            actions: ['ec2:DescribeTags'],
            resources: ['*'],
          }),
        ]
      : []),
  ];
};
