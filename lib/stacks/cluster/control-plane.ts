import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { Tags } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import type { ProvisionedNodeGroup } from '../../config/node-groups';
import type { ProvisionedEnvironment } from '../../config/schema';
import { TAGS, resourcePrefix } from '../../domain/names/naming';
import { declareGroup } from '../../constructs/declared-policy';
import type { Network } from './network';
import type { NodeIamRole } from './node-role';
import { NodeTemplate, tagNode } from './node-template';
import type { DeployedSettings } from './user-data';

/**
 * The initial size, for good: a newer version would replace the instance, and with it a member of etcd.
 * Larger sizes are reached by growing the volume in place.
 */
const LAUNCH_TEMPLATE_VERSION = '1';

export interface ControlPlaneProps {
  readonly environmentName: string;
  readonly environment: ProvisionedEnvironment;
  readonly group: ProvisionedNodeGroup;
  readonly deployed: DeployedSettings;
  readonly role: NodeIamRole;
  readonly network: Network;
}

/** Control-plane nodes: single instances over the zones, so that none is ever replaced behind etcd's back. */
export class ControlPlane extends Construct {
  /** Ordered by index; index 0 here is node 1 in names. */
  readonly instances: readonly ec2.CfnInstance[];

  constructor(scope: Construct, id: string, props: ControlPlaneProps) {
    super(scope, id);
    const { environmentName, environment, group, deployed, role, network } = props;
    const template = new NodeTemplate(this, 'Template', {
      environmentName,
      environment,
      group,
      deployed,
      role,
      securityGroup: network.controlPlaneSecurityGroup,
    });
    const { subnets } = network.vpc.selectSubnets({ subnetGroupName: 'nodes' });
    this.instances = Array.from({ length: environment.controlPlane.count }, (_, index) => {
      const instance = new ec2.CfnInstance(this, `Node${index + 1}`, {
        launchTemplate: { launchTemplateId: template.launchTemplateId!, version: LAUNCH_TEMPLATE_VERSION },
        subnetId: subnets[index % subnets.length]!.subnetId,
        // Members of etcd cannot be terminated until this is false. It changes in place.
        disableApiTermination: environment.cluster.terminationProtection,
        // Its volume is tagged by the template: the instance itself maps no device whose tags it could propagate.
        tags: [{ key: 'Name', value: `${resourcePrefix(environmentName)}-${group.name}-${index + 1}` }],
      });
      tagNode(instance, environmentName, group);
      // The node reads it: the first one initialises the cluster.
      Tags.of(instance).add(TAGS.index, String(index + 1));
      Tags.of(instance).add(TAGS.volumeSnapshots, environmentName);
      declareGroup(instance, environmentName, group);
      return instance;
    });
    // Without a way out, or its rights, at first boot a node installs nothing.
    for (const instance of this.instances) instance.node.addDependency(...network.wayOut, role);
  }
}
