import { Tags } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { NodeGroup, ProvisionedNodeGroup } from '../../config/node-groups';
import type { ProvisionedEnvironment } from '../../config/schema';
import { kubeletDiskPolicy } from '../../domain/plan/disk-order';
import { TAGS } from '../../domain/names/naming';
import { declarePolicy } from '../../constructs/declared-policy';
import { machineImage, rootDeviceName } from './machine';
import { nodeUserData, type DeployedSettings } from './user-data';

export interface NodeTemplateProps {
  readonly environmentName: string;
  readonly environment: ProvisionedEnvironment;
  readonly group: ProvisionedNodeGroup;
  readonly deployed: DeployedSettings;
  readonly role: iam.IRole;
  readonly securityGroup: ec2.ISecurityGroup;
}

/** Puts the tags that IAM conditions, rules and reports hang on. */
export const tagNode = (scope: Construct, environmentName: string, group: NodeGroup): void => {
  Tags.of(scope).add(TAGS.environment, environmentName);
  Tags.of(scope).add(TAGS.role, group.role);
  Tags.of(scope).add(TAGS.nodeGroup, group.name);
};

/** The launch template of one node group: how a node is created, from image to user data. */
export class NodeTemplate extends ec2.LaunchTemplate {
  constructor(scope: Construct, id: string, props: NodeTemplateProps) {
    const { environmentName, environment, group, deployed } = props;
    const { sizeGiB, iops, throughputMiBps } = group.rootVolume;
    super(scope, id, {
      instanceType: new ec2.InstanceType(group.instanceType),
      machineImage: machineImage(group.os, group.instanceType),
      role: props.role,
      securityGroup: props.securityGroup,
      userData: ec2.UserData.custom(nodeUserData({ environmentName, environment, group, deployed }).text),
      // A control-plane node reads its index from its tag; every other tag it could read anyway or needs not.
      instanceMetadataTags: group.role === 'control-plane',
      httpTokens: ec2.LaunchTemplateHttpTokens.REQUIRED,
      // One hop: the agents run on the host. A pod behind the CNI is a second hop and gets no node credentials.
      httpPutResponseHopLimit: 1,
      blockDevices: [
        {
          deviceName: rootDeviceName(group.os),
          volume: ec2.BlockDeviceVolume.ebs(sizeGiB, {
            volumeType: ec2.EbsDeviceVolumeType.GP3,
            iops,
            throughput: throughputMiBps,
            encrypted: true,
            deleteOnTermination: true,
          }),
        },
      ],
    });
    tagNode(this, environmentName, group);
    const { diskLevels } = environment;
    declarePolicy(this, environmentName, group, diskLevels, kubeletDiskPolicy(diskLevels));
  }
}
