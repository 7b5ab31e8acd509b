import { Stack } from 'aws-cdk-lib';
import * as dlm from 'aws-cdk-lib/aws-dlm';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { TAGS } from '../../domain/names/naming';
import { anyInstanceArn, anySnapshotArn, anyVolumeArn } from '../../constructs/arns';

/** UTC. The night of most of our regions' working days matters less than that it is always the same. */
const FIRST_SNAPSHOT = '03:10';

export interface VolumeSnapshotsProps {
  readonly environmentName: string;
  readonly everyHours: number;
  /** Snapshots of each volume. */
  readonly keep: number;
}

/**
 * Snapshots of the volumes of instances with the tag `headroom:volume-snapshots`, the control planes, by Data Lifecycle Manager.
 * They are crash-consistent: a way to look at a lost node, or back for a cluster of one; etcd's own snapshots restore a cluster.
 */
export class VolumeSnapshots extends Construct {
  constructor(scope: Construct, id: string, { environmentName, everyHours, keep }: VolumeSnapshotsProps) {
    super(scope, id);
    new dlm.CfnLifecyclePolicy(this, 'Policy', {
      description: `Headroom ${environmentName} control-plane volumes`,
      state: 'ENABLED',
      executionRoleArn: this.role(environmentName).roleArn,
      policyDetails: {
        policyType: 'EBS_SNAPSHOT_MANAGEMENT',
        // Of instances: an instance's tag changes in place, its volume's only at creation.
        resourceTypes: ['INSTANCE'],
        targetTags: [{ key: TAGS.volumeSnapshots, value: environmentName }],
        schedules: [
          {
            name: `every ${everyHours} hours`,
            createRule: { interval: everyHours, intervalUnit: 'HOURS', times: [FIRST_SNAPSHOT] },
            retainRule: { count: keep },
            tagsToAdd: [{ key: TAGS.environment, value: environmentName }],
            variableTags: [{ key: TAGS.instance, value: '$(instance-id)' }],
            copyTags: false,
          },
        ],
      },
    });
  }

  private role(environmentName: string): iam.Role {
    const { account } = Stack.of(this);
    const policies = Stack.of(this).formatArn({ service: 'dlm', resource: 'policy', resourceName: '*' });
    const role = new iam.Role(this, 'Role', {
      assumedBy: new iam.ServicePrincipal('dlm.amazonaws.com', {
        conditions: {
          StringEquals: { 'aws:SourceAccount': account },
          ArnLike: { 'aws:SourceArn': policies },
        },
      }),
      description: `Headroom ${environmentName}: snapshots of control-plane volumes`,
    });
    const snapshots = anySnapshotArn(this);
    const ours = { StringEquals: { [`aws:ResourceTag/${TAGS.environment}`]: environmentName } };
    const statements: iam.PolicyStatementProps[] = [
      {
        sid: 'OfOurNodes',
        actions: ['ec2:CreateSnapshots'],
        resources: [anyInstanceArn(this)],
        conditions: ours,
      },
      // One call names an instance and takes its volumes: the instance's tag holds for all of them.
      {
        sid: 'WithTheirVolumes',
        actions: ['ec2:CreateSnapshots'],
        resources: [anyVolumeArn(this), snapshots],
      },
      {
        sid: 'TagThemWhenTheyAreMade',
        actions: ['ec2:CreateTags'],
        resources: [snapshots],
        // Whether DLM tags in the call that creates a snapshot or in a separate one is documented nowhere: this allows both,
        // and neither turns another environment's snapshot into ours, which may be deleted.
        conditions: {
          StringEqualsIfExists: {
            'ec2:CreateAction': ['CreateSnapshot', 'CreateSnapshots'],
            [`aws:ResourceTag/${TAGS.environment}`]: environmentName,
            [`aws:RequestTag/${TAGS.environment}`]: environmentName,
          },
        },
      },
      { sid: 'DeleteOurOldOnes', actions: ['ec2:DeleteSnapshot'], resources: [snapshots], conditions: ours },
      {
        sid: 'Look',
        // EC2's Describe calls have no resource in IAM.
        actions: ['ec2:DescribeInstances', 'ec2:DescribeSnapshots', 'ec2:DescribeVolumes'],
        resources: ['*'],
      },
    ];
    for (const statement of statements) role.addToPolicy(new iam.PolicyStatement(statement));
    return role;
  }
}
