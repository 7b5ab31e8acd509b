import type { Assembly, AssemblyResource } from '../template/assembly';
import { fields, flag, isFields, list, number, optional, text, type Fields } from '../values/fields';
import { resourceId } from '../values/ids';
import { privateIp } from '../template/physical-ids';

export type Tags = Readonly<Record<string, string>>;

/** What a modification can change besides the size. */
export interface VolumePerformance {
  readonly volumeType: string;
  readonly iops: number | undefined;
  readonly throughput: number | undefined;
}

export interface VolumeModification {
  readonly originalSizeGiB: number;
  readonly targetSizeGiB: number;
  readonly original: VolumePerformance;
  readonly target: VolumePerformance;
  readonly startedAt: Date;
  state: 'modifying' | 'optimizing' | 'completed' | 'failed';
  statusMessage?: string;
  endedAt?: Date;
}

export interface ModelledVolume {
  readonly volumeId: string;
  tags: Tags;
  readonly createdAt: Date;
  sizeGiB: number;
  volumeType: string;
  iops: number | undefined;
  throughput: number | undefined;
  /** Oldest first. */
  readonly modifications: VolumeModification[];
  /** It completes no I/O since then. @default - it does */
  stalledAt?: Date | undefined;
}

export interface ModelledInstance {
  readonly instanceId: string;
  tags: Tags;
  readonly imageId: string;
  readonly instanceType: string;
  readonly subnetId: string;
  readonly availabilityZone: string;
  readonly privateIp: string;
  readonly rootDeviceName: string;
  readonly launchedAt: Date;
  readonly autoScalingGroupName: string | undefined;
  /** Base64, as synthesized. */
  readonly userData: string;
  readonly volume: ModelledVolume;
  /** @default running */
  state?: 'running' | 'shutting-down' | 'terminated';
  /** What its Auto Scaling group says of it. @default InService */
  lifecycleState?: string;
  /** Fails its status checks, sends nothing, does not run commands. @default false */
  impaired?: boolean;
}

const tagsOf = (value: unknown, where: string): Tags =>
  Object.fromEntries(
    optional(value, where, list, []).map((item) => {
      const tag = fields(item, where);
      return [text(tag.Key, `${where} Key`), text(tag.Value, `${where} Value`)] as const;
    }),
  );

/** `LaunchTemplateData` of the template that an instance or group names. */
function launchTemplate(assembly: Assembly, specification: unknown, where: string): Fields {
  const named = fields(specification, `${where} LaunchTemplate`);
  const id = named.LaunchTemplateId ?? named.LaunchTemplateName;
  const template = assembly
    .ofType('AWS::EC2::LaunchTemplate')
    .find(({ physicalId, properties }) => physicalId === id || properties.LaunchTemplateName === id);
  if (!template) throw new Error(`${where}: no launch template ${String(id)}`);
  return fields(template.properties.LaunchTemplateData, `${template.logicalId} LaunchTemplateData`);
}

function templateTags(data: Fields, resourceType: string, where: string): Tags {
  const all = optional(data.TagSpecifications, where, list, []).map((item) => fields(item, where));
  const chosen = all.filter((one) => one.ResourceType === resourceType);
  return Object.fromEntries(chosen.flatMap((one) => Object.entries(tagsOf(one.Tags, where))));
}

interface Birth {
  readonly instanceId: string;
  readonly data: Fields;
  readonly tags: Tags;
  readonly volumeTags: Tags;
  readonly subnetId: string;
  readonly availabilityZone: string;
  readonly autoScalingGroupName?: string;
  readonly where: string;
}

function instance(birth: Birth, now: Date): ModelledInstance {
  const { data, where, instanceId, tags } = birth;
  const mapping = fields(
    list(data.BlockDeviceMappings, `${where} BlockDeviceMappings`)[0],
    `${where} root device`,
  );
  const ebs = fields(mapping.Ebs, `${where} Ebs`);
  return {
    instanceId,
    tags,
    imageId: optional(data.ImageId, where, text, 'ami-0'),
    instanceType: text(data.InstanceType, `${where} InstanceType`),
    subnetId: birth.subnetId,
    availabilityZone: birth.availabilityZone,
    privateIp: privateIp(instanceId),
    rootDeviceName: text(mapping.DeviceName, `${where} DeviceName`),
    launchedAt: now,
    autoScalingGroupName: birth.autoScalingGroupName,
    userData: optional(data.UserData, `${where} UserData`, text, ''),
    volume: {
      volumeId: resourceId('vol', instanceId),
      tags: birth.volumeTags,
      createdAt: now,
      sizeGiB: number(ebs.VolumeSize, `${where} VolumeSize`),
      volumeType: optional(ebs.VolumeType, where, text, 'gp3'),
      iops: optional(ebs.Iops, where, number, undefined),
      throughput: optional(ebs.Throughput, where, number, undefined),
      modifications: [],
    },
  };
}

function standalone(assembly: Assembly, resource: AssemblyResource, now: Date): ModelledInstance {
  const { properties, physicalId } = resource;
  const where = `${resource.stackName} ${resource.logicalId}`;
  const template =
    properties.LaunchTemplate === undefined ? {} : launchTemplate(assembly, properties.LaunchTemplate, where);
  const tags = tagsOf(properties.Tags, where);
  const propagated = optional(properties.PropagateTagsToVolumeOnCreation, where, flag, false) ? tags : {};
  return instance(
    {
      instanceId: physicalId,
      data: { ...template, ...properties },
      tags: { ...templateTags(template, 'instance', where), ...tags },
      volumeTags: { ...templateTags(template, 'volume', where), ...propagated },
      subnetId: optional(properties.SubnetId, where, text, 'subnet-0'),
      availabilityZone: optional(properties.AvailabilityZone, where, text, `${assembly.place.region}a`),
      where,
    },
    now,
  );
}

/** The first `count` members of an `AWS::AutoScaling::AutoScalingGroup`. */
export function groupMembers(
  assembly: Assembly,
  group: AssemblyResource,
  count: number,
  now: Date,
): readonly ModelledInstance[] {
  const { properties, physicalId: name } = group;
  const where = `${group.stackName} ${group.logicalId}`;
  const mixed = properties.MixedInstancesPolicy;
  const specification = isFields(mixed)
    ? fields(fields(mixed.LaunchTemplate, where).LaunchTemplateSpecification, where)
    : properties.LaunchTemplate;
  const template = launchTemplate(assembly, specification, where);
  const propagated = optional(properties.Tags, where, list, []).filter(
    (item) => optional(fields(item, where).PropagateAtLaunch, where, flag, false) === true,
  );
  const subnets = optional(properties.VPCZoneIdentifier, where, list, ['subnet-0']).map(String);
  return Array.from({ length: count }, (_item, index) =>
    instance(
      {
        instanceId: resourceId('i', `${name}/${index}`),
        data: template,
        tags: {
          ...templateTags(template, 'instance', where),
          ...tagsOf(propagated, where),
          'aws:autoscaling:groupName': name,
        },
        volumeTags: templateTags(template, 'volume', where),
        subnetId: subnets[index % subnets.length] ?? 'subnet-0',
        availabilityZone: `${assembly.place.region}${'abc'[index % 3] ?? 'a'}`,
        autoScalingGroupName: name,
        where,
      },
      now,
    ),
  );
}

/** Every `AWS::EC2::Instance` of the assembly. */
export const standaloneInstances = (assembly: Assembly, now: Date): readonly ModelledInstance[] =>
  assembly.ofType('AWS::EC2::Instance').map((resource) => standalone(assembly, resource, now));

/** The instances that a group has right after a deploy. */
export const desiredCapacity = ({ properties, logicalId }: AssemblyResource): number =>
  number(properties.DesiredCapacity ?? properties.MinSize, `${logicalId} MinSize`);
