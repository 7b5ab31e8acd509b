import type { NodeRole } from '../../domain/names/naming';
import {
  type Assembly,
  type AssemblyResource,
  fields,
  optional,
  privateIp,
  resourceId,
  type Tags,
  text,
  texts,
} from '../../../packages/local-aws/src';
import type { NodeInstance } from './node-fleet';

/** Custom resource of an attached environment that stands for one group of nodes. */
const NODE_GROUP = 'Custom::HeadroomNodeGroup';
const ROOT_DEVICE = '/dev/sda1';
/** Members that an Auto Scaling group has of its own accord. */
const MEMBERS = 2;

/** Nodes of an attached environment as their makers left them: with the operator's tags, and none of Headroom's. */
export function existingNodes(assembly: Assembly, now: Date): readonly NodeInstance[] {
  return assembly.ofType(NODE_GROUP).flatMap((resource) => nodesOf(assembly, resource, now));
}

function nodesOf(assembly: Assembly, { properties, logicalId }: AssemblyResource, now: Date): NodeInstance[] {
  const group = fields(properties.Group, `${logicalId} Group`);
  const name = text(group.name, `${logicalId} Group name`);
  const role: NodeRole = group.role === 'control-plane' ? 'control-plane' : 'worker';
  const operators = Object.entries(fields(properties.Tags, `${logicalId} Tags`)).map(
    ([key, value]) => [key, text(value, `${logicalId} tag ${key}`)] as const,
  );
  const autoScalingGroupName = optional(group.autoScalingGroupName, logicalId, text, undefined);
  const ids = optional(
    group.instanceIds,
    `${logicalId} instanceIds`,
    texts,
    Array.from({ length: MEMBERS }, (_, index) => resourceId('i', `${autoScalingGroupName}/${index}`)),
  );
  const tags: Tags = Object.fromEntries([
    ...operators,
    ...(autoScalingGroupName === undefined
      ? []
      : [['aws:autoscaling:groupName', autoScalingGroupName] as const]),
  ]);
  return ids.map((instanceId, index) => ({
    instanceId,
    role,
    nodeGroup: name,
    tags,
    imageId: 'ami-0',
    instanceType: 'm7i.large',
    subnetId: 'subnet-0',
    availabilityZone: `${assembly.place.region}${'abc'[index % 3] ?? 'a'}`,
    privateIp: privateIp(instanceId),
    rootDeviceName: ROOT_DEVICE,
    launchedAt: now,
    autoScalingGroupName,
    userData: '',
    volume: {
      volumeId: resourceId('vol', instanceId),
      tags: {},
      createdAt: now,
      sizeGiB: 20,
      volumeType: 'gp3',
      iops: 3000,
      throughput: 125,
      modifications: [],
    },
  }));
}
