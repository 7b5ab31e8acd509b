import { PLAN_ENVIRONMENT } from '../../../lambda/plan/environment';
import { NONE, RECORD_ENVIRONMENT } from '../../../lambda/record/environment';

/**
 * Where the actions that IAM checks differ from the operation that is called. Everything else is `service:Operation`, as the
 * service authorization reference says: https://docs.aws.amazon.com/service-authorization/latest/reference/
 */
export const ACTIONS_OF_OPERATION: Readonly<Record<string, readonly string[]>> = {
  // Without ListBucket the answer for an absent object is 403. https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
  's3:HeadObject': ['s3:GetObject', 's3:ListBucket'],
  // The same. https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
  's3:GetObject': ['s3:GetObject', 's3:ListBucket'],
  // https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
  's3:ListObjectsV2': ['s3:ListBucket'],
  // `aws s3 cp`, by its direction. https://docs.aws.amazon.com/cli/latest/reference/s3/cp.html
  's3:Download': ['s3:GetObject'],
  's3:Upload': ['s3:PutObject'],
  // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-api-permissions-reference.html
  'sqs:SendMessageBatch': ['sqs:SendMessage'],
  'sqs:ChangeMessageVisibilityBatch': ['sqs:ChangeMessageVisibility'],
  // Every document that is started names a role for itself, which the caller hands over.
  // https://docs.aws.amazon.com/systems-manager/latest/userguide/automation-setup-iam.html
  'ssm:StartAutomationExecution': ['ssm:StartAutomationExecution', 'iam:PassRole'],
};

export const actionsOf = (operation: string): readonly string[] =>
  ACTIONS_OF_OPERATION[operation] ?? [operation];

/** IAM's name of a service, by the SDK's package, where they differ. */
export const SERVICE_PREFIX: Readonly<Record<string, string>> = {
  'auto-scaling': 'autoscaling',
  eventbridge: 'events',
};

/**
 * What an operation needs beside itself when it is called as the role's code calls it.
 * Role: the beginning of its logical id.
 */
export const BESIDE: readonly {
  readonly role: string;
  readonly actions: readonly string[];
  readonly because: string;
}[] = [
  {
    role: 'DispatchRole',
    actions: ['ssm:AddTagsToResource'],
    // https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_StartAutomationExecution.html
    because: 'StartAutomationExecution with Tags',
  },
  {
    role: 'ControlPlaneRole',
    actions: ['kms:Decrypt', 'kms:Encrypt', 'kms:GenerateDataKey'],
    // https://docs.aws.amazon.com/kms/latest/developerguide/services-parameter-store.html
    because: 'reads and writes SecureStrings, advanced ones among them, under the key of the environment',
  },
  {
    role: 'WorkerRole',
    actions: ['kms:Decrypt'],
    because: 'reads a SecureString under the key of the environment',
  },
  {
    role: 'NodesControlPlanePolicy',
    actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
    // https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html
    because: 'writes and reads objects of a bucket with SSE-KMS, large ones in parts',
  },
];

/** What a handler calls only where the environment wants it, by the value of a variable of its function. */
export const ONLY_WHERE: readonly {
  readonly operation: string;
  readonly variable: string;
  readonly has: RegExp;
}[] = [
  { operation: 'ec2:DescribeSnapshots', variable: PLAN_ENVIRONMENT.snapshotFirst, has: /^yes$/ },
  {
    operation: 'events:PutEvents',
    variable: RECORD_ENVIRONMENT.webhookBusName,
    has: new RegExp(`^(?!${NONE}$)`),
  },
];

/** What services and agents call in a role's name: no code of ours shows it. */
export const CALLS_OF_OTHERS = {
  // https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html; the log group is the stack's own.
  lambda: ['logs:CreateLogStream', 'logs:PutLogEvents'],
  // https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
  queuePoller: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'],
  // https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
  failureDestination: ['sqs:SendMessage'],
  // https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html; the log group is the stack's own.
  flowLog: ['logs:CreateLogStream', 'logs:DescribeLogStreams', 'logs:PutLogEvents'],
  // Instances as the resource type, snapshots that are tagged and deleted.
  // https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSDataLifecycleManagerServiceRole.html
  dlm: [
    'ec2:CreateSnapshots',
    'ec2:CreateTags',
    'ec2:DeleteSnapshot',
    'ec2:DescribeInstances',
    'ec2:DescribeSnapshots',
    'ec2:DescribeVolumes',
  ],
  // SendCommand, then its progress. AWS lists no set for aws:runCommand; all but the first only read, and IAM knows no resource for
  // them. https://docs.aws.amazon.com/systems-manager/latest/userguide/automation-action-runcommand.html
  runCommandStep: [
    'ssm:SendCommand',
    'ssm:DescribeInstanceInformation',
    'ssm:GetCommandInvocation',
    'ssm:ListCommandInvocations',
    'ssm:ListCommands',
  ],
  // AmazonSSMManagedInstanceCore without Patch Manager (GetDeployablePatchSnapshotForInstance), parameters of documents
  // (GetParameters) and packages (below). https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AmazonSSMManagedInstanceCore.html
  ssmAgent: [
    'ssm:DescribeAssociation',
    'ssm:DescribeDocument',
    'ssm:GetDocument',
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
  ],
  /** Of the same policy: where an association runs AWS-ConfigureAWSPackage. */
  packageInstaller: ['ssm:GetManifest', 'ssm:PutConfigurePackageResult'],
  // `fetch-config -c ssm:…` and its metrics. https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/create-iam-roles-for-cloudwatch-agent.html
  cloudWatchAgent: ['ssm:GetParameter', 'cloudwatch:PutMetricData'],
  /** It reads AutoScalingGroupName from the instance's tags. */
  cloudWatchAgentInGroup: ['ec2:DescribeTags'],
} as const;
