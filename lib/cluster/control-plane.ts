import { Tags } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import type { ProvisionedNodeGroup } from '../config/node-groups';
import { TAGS, resourcePrefix } from '../domain/naming';
import type { DiskPolicy } from '../domain/disk-policy';
import { declareGroup } from '../parts/declared-policy';
import type { Network } from './network';
import { NodeIamRole } from './node-role';
import { NodeTemplate, tagNode } from './node-template';

/**
 * The birth size, for good: a newer version would replace the instance, and with it a member of etcd.
 * Larger sizes are reached by growing the volume in place.
 */
const LAUNCH_TEMPLATE_VERSION = '1';

export interface ControlPlaneProps {
  readonly environmentName: string;
  readonly region: string;
  readonly group: ProvisionedNodeGroup;
  readonly diskLevels: DiskPolicy;
  readonly count: number;
  readonly network: Network;
  /** Members of etcd cannot be terminated until this is false. It changes in place. */
  readonly terminationProtection: boolean;
}

/** Control-plane nodes: single instances over the zones, so that none is ever replaced behind etcd's back. */
export class ControlPlane extends Construct {
  /** Ordered by index; index 0 here is node 1 in names. */
  readonly instances: readonly ec2.CfnInstance[];

  constructor(scope: Construct, id: string, props: ControlPlaneProps) {
    super(scope, id);
    const { environmentName, region, group, network } = props;
    const role = new NodeIamRole(this, 'Role', { environmentName, role: group.role });
    const template = new NodeTemplate(this, 'Template', {
      environmentName,
      region,
      group,
      diskLevels: props.diskLevels,
      role,
      securityGroup: network.controlPlaneSecurityGroup,
    });
    const { subnets } = network.vpc.selectSubnets({ subnetGroupName: 'nodes' });
    this.instances = Array.from({ length: props.count }, (_, index) => {
      const instance = new ec2.CfnInstance(this, `Node${index + 1}`, {
        launchTemplate: { launchTemplateId: template.launchTemplateId!, version: LAUNCH_TEMPLATE_VERSION },
        subnetId: subnets[index % subnets.length]!.subnetId,
        disableApiTermination: props.terminationProtection,
        // Its volume is tagged by the template: the instance itself maps no device whose tags it could propagate.
        tags: [{ key: 'Name', value: `${resourcePrefix(environmentName)}-${group.name}-${index + 1}` }],
      });
      tagNode(instance, environmentName, group);
      Tags.of(instance).add(TAGS.volumeSnapshots, environmentName);
      declareGroup(instance, environmentName, group);
      return instance;
    });
    // Without a way out at first boot a node installs nothing, and its user data does not run again.
    this.instances.forEach((instance) =>
      instance.node.addDependency(network.vpc.internetConnectivityEstablished),
    );
  }
}
