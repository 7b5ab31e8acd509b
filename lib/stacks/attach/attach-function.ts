import { Duration, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { ATTACH_ENVIRONMENT } from '../../../lambda/attach/environment';
import type { Attachment, ExistingGroup } from '../../domain/attach/attachment';
import { AUTO_SCALING_GROUP_TAG, TAGS, type NodeRole } from '../../domain/names/naming';
import { anyInstanceArn, anyVolumeArn } from '../../constructs/arns';
import { HandlerFunction } from '../../constructs/handler-function';

export interface AttachFunctionProps {
  readonly attachment: Attachment;
}

const KEYS = Object.values(TAGS);

/** Puts Headroom's tags on nodes that run already. It may write these tags alone, and on nothing of another environment. */
export class AttachFunction extends HandlerFunction {
  constructor(scope: Construct, id: string, { attachment }: AttachFunctionProps) {
    const environmentName = attachment.environment;
    super(scope, id, {
      environmentName,
      name: 'attach',
      description: 'Tags existing nodes for Headroom, and removes the tags again',
      timeout: Duration.minutes(2),
      variables: { [ATTACH_ENVIRONMENT.environmentName]: environmentName },
      statements: attachStatements(scope, attachment),
      // The schedule must not tag again what CloudFormation is just taking away.
      reservedConcurrentExecutions: 1,
    });
    // The next run by the schedule is the better retry; CloudFormation is always answered, and waits its turn here.
    this.function.configureAsyncInvoke({ retryAttempts: 0, maxEventAge: Duration.minutes(15) });
  }
}

const attachStatements = (
  scope: Construct,
  { environment, tags, groups }: Attachment,
): iam.PolicyStatement[] => {
  const names = groups.flatMap(({ autoScalingGroupName }) => autoScalingGroupName ?? []);
  const ids = groups.flatMap(({ instanceIds }) => instanceIds ?? []);
  const instanceArn = (resourceName: string): string =>
    Stack.of(scope).formatArn({ service: 'ec2', resource: 'instance', resourceName });
  const operatorsTags = Object.fromEntries(
    Object.entries(tags).map(([key, value]) => [`aws:ResourceTag/${key}`, value]),
  );
  const onlyOurTags = {
    // For an empty set it holds: the tags below must be in the request besides.
    'ForAllValues:StringEquals': { 'aws:TagKeys': KEYS },
  };
  const asOurs = (...some: readonly ExistingGroup[]) => ({
    [`aws:RequestTag/${TAGS.environment}`]: environment,
    [`aws:RequestTag/${TAGS.role}`]: [...new Set(some.map(({ role }) => role))],
    [`aws:RequestTag/${TAGS.nodeGroup}`]: some.map(({ name }) => name),
  });
  /** Absent or ours: what another environment has cannot be taken from it. */
  const notAnothers = { StringEqualsIfExists: { [`aws:ResourceTag/${TAGS.environment}`]: environment } };
  const ofRole = (wanted: NodeRole): ExistingGroup[] => groups.filter(({ role }) => role === wanted);
  const statements: (iam.PolicyStatementProps | undefined)[] = [
    {
      sid: 'FindNodes',
      // None of these has a resource in IAM.
      actions: ['autoscaling:DescribeAutoScalingGroups', 'ec2:DescribeInstances', 'ec2:DescribeVolumes'],
      resources: ['*'],
    },
    names.length === 0
      ? undefined
      : {
          sid: 'TagWorkers',
          actions: ['ec2:CreateTags'],
          resources: [anyInstanceArn(scope)],
          conditions: {
            ...onlyOurTags,
            ...notAnothers,
            StringEquals: {
              ...operatorsTags,
              ...asOurs(...ofRole('worker')),
              // EC2 Auto Scaling's own tag, which no one else can write.
              [`aws:ResourceTag/${AUTO_SCALING_GROUP_TAG}`]: names,
            },
          },
        },
    ids.length === 0
      ? undefined
      : {
          sid: 'TagControlPlane',
          actions: ['ec2:CreateTags'],
          resources: ids.map(instanceArn),
          conditions: {
            ...onlyOurTags,
            ...notAnothers,
            StringEquals: { ...operatorsTags, ...asOurs(...ofRole('control-plane')) },
          },
        },
    {
      sid: 'TagRootVolumes',
      actions: ['ec2:CreateTags'],
      // Root volumes seldom have the operator's tags, and no condition says whose root a volume is.
      resources: [anyVolumeArn(scope)],
      conditions: {
        ...onlyOurTags,
        ...notAnothers,
        StringEquals: asOurs(...groups),
      },
    },
    {
      sid: 'UntagOurs',
      actions: ['ec2:DeleteTags'],
      resources: [anyInstanceArn(scope), anyVolumeArn(scope)],
      conditions: {
        ...onlyOurTags,
        Null: { 'aws:TagKeys': 'false' },
        StringEquals: { [`aws:ResourceTag/${TAGS.environment}`]: environment },
      },
    },
  ];
  return statements.flatMap((statement) => (statement ? [new iam.PolicyStatement(statement)] : []));
};
