import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { HEALING_DOCUMENTS, TAGS } from '../../domain/names/naming';
import {
  anyAutomationExecutionArn,
  anyInstanceArn,
  anySnapshotArn,
  anyVolumeArn,
  documentArn,
} from '../../constructs/arns';

export interface AutomationRoleProps {
  readonly environmentName: string;
  /** Functions that HealNode calls. */
  readonly functionArns: readonly string[];
  /** HealNode takes a snapshot of a volume before its first growth. */
  readonly takesSnapshots: boolean;
}

/** What HealNode may do: to nodes and volumes of its environment only, as their tags say. */
export class AutomationRole extends iam.Role {
  constructor(scope: Construct, id: string, props: AutomationRoleProps) {
    const { environmentName, functionArns, takesSnapshots } = props;
    const { account } = Stack.of(scope);
    super(scope, id, {
      assumedBy: new iam.ServicePrincipal('ssm.amazonaws.com', {
        conditions: {
          StringEquals: { 'aws:SourceAccount': account },
          ArnLike: { 'aws:SourceArn': anyAutomationExecutionArn(scope) },
        },
      }),
      description: `Headroom ${environmentName}: Automation HealNode`,
    });
    const statements: iam.PolicyStatementProps[] = [
      {
        sid: 'RunOurDocuments',
        actions: ['ssm:SendCommand'],
        resources: HEALING_DOCUMENTS.map((base) => documentArn(this, environmentName, base)),
      },
      {
        sid: 'OnOurNodes',
        actions: ['ssm:SendCommand'],
        resources: [anyInstanceArn(this)],
        conditions: { StringEquals: { [`ssm:resourceTag/${TAGS.environment}`]: environmentName } },
      },
      {
        sid: 'FollowCommands',
        // None of these has a resource in IAM.
        actions: [
          'ssm:DescribeInstanceInformation',
          'ssm:GetCommandInvocation',
          'ssm:ListCommandInvocations',
          'ssm:ListCommands',
        ],
        resources: ['*'],
      },
      {
        sid: 'GrowOurVolumes',
        actions: ['ec2:ModifyVolume'],
        resources: [anyVolumeArn(this)],
        conditions: { StringEquals: { [`aws:ResourceTag/${TAGS.environment}`]: environmentName } },
      },
      ...(takesSnapshots ? this.snapshotStatements(environmentName) : []),
      {
        sid: 'FollowGrowth',
        // EC2's Describe calls have no resource in IAM.
        actions: ['ec2:DescribeVolumesModifications'],
        resources: ['*'],
      },
      {
        sid: 'RebootOurNodes',
        actions: ['ec2:RebootInstances'],
        resources: [anyInstanceArn(this)],
        conditions: { StringEquals: { [`aws:ResourceTag/${TAGS.environment}`]: environmentName } },
      },
      { sid: 'PlanAndRecord', actions: ['lambda:InvokeFunction'], resources: [...functionArns] },
    ];
    for (const statement of statements) this.addToPolicy(new iam.PolicyStatement(statement));
  }

  /**
   * Of our volumes alone, and tagged as ours in the call that takes them; no snapshot that is there can be tagged, read or
   * deleted. No right on a key: the role of Data Lifecycle Manager takes them of encrypted volumes without one.
   * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/supported-iam-actions-tagging.html
   * https://docs.aws.amazon.com/ebs/latest/userguide/managed-policies.html
   */
  private snapshotStatements(environmentName: string): readonly iam.PolicyStatementProps[] {
    const snapshots = anySnapshotArn(this);
    const taggedAsOurs = { [`aws:RequestTag/${TAGS.environment}`]: environmentName };
    return [
      {
        sid: 'SnapshotOurVolumes',
        actions: ['ec2:CreateSnapshot'],
        resources: [anyVolumeArn(this)],
        conditions: { StringEquals: { [`aws:ResourceTag/${TAGS.environment}`]: environmentName } },
      },
      {
        sid: 'AsOurSnapshots',
        actions: ['ec2:CreateSnapshot'],
        resources: [snapshots],
        conditions: { StringEquals: taggedAsOurs },
      },
      {
        sid: 'TagThemWhenTheyAreTaken',
        actions: ['ec2:CreateTags'],
        resources: [snapshots],
        conditions: { StringEquals: { 'ec2:CreateAction': 'CreateSnapshot', ...taggedAsOurs } },
      },
    ];
  }
}
