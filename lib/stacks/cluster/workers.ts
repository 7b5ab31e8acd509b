import { Tags } from 'aws-cdk-lib';
import * as autoscaling from 'aws-cdk-lib/aws-autoscaling';
import { Construct } from 'constructs';
import type { ProvisionedWorkerGroup } from '../../config/node-groups';
import type { ProvisionedEnvironment } from '../../config/schema';
import { kubeletDiskPolicy } from '../../domain/plan/disk-order';
import { workerAutoScalingGroupName } from '../../domain/names/naming';
import { declarePolicy } from '../../constructs/declared-policy';
import type { Network } from './network';
import type { NodeIamRole } from './node-role';
import { NodeTemplate, tagNode } from './node-template';
import type { DeployedSettings } from './user-data';

export interface WorkersProps {
  readonly environmentName: string;
  readonly environment: ProvisionedEnvironment;
  readonly group: ProvisionedWorkerGroup;
  readonly deployed: DeployedSettings;
  readonly role: NodeIamRole;
  readonly network: Network;
}

/** One worker group. A changed template reaches a node at its next launch; running nodes are left alone. */
export class Workers extends Construct {
  constructor(scope: Construct, id: string, props: WorkersProps) {
    super(scope, id);
    const { environmentName, environment, group, deployed, role, network } = props;
    const { diskLevels } = environment;
    const launchTemplate = new NodeTemplate(this, 'Template', {
      environmentName,
      environment,
      group,
      deployed,
      role,
      securityGroup: network.workerSecurityGroup,
    });
    const autoScalingGroup = new autoscaling.AutoScalingGroup(this, 'Group', {
      // Named, since the name is a dimension of every node's metrics and stands in the alarms' queries.
      autoScalingGroupName: workerAutoScalingGroupName(environmentName, group),
      vpc: network.vpc,
      vpcSubnets: { subnetGroupName: 'nodes' },
      launchTemplate,
      minCapacity: group.min,
      maxCapacity: group.max,
      // The silence alarm counts nodes in service against nodes that report.
      groupMetrics: [new autoscaling.GroupMetrics(autoscaling.GroupMetric.IN_SERVICE_INSTANCES)],
    });
    tagNode(autoScalingGroup, environmentName, group);
    declarePolicy(autoScalingGroup, environmentName, group, diskLevels, kubeletDiskPolicy(diskLevels));
    Tags.of(autoScalingGroup).add('Name', workerAutoScalingGroupName(environmentName, group));
    autoScalingGroup.node.addDependency(...network.wayOut, role);
  }
}
