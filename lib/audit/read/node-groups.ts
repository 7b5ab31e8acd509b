import {
  absent,
  known,
  unknown,
  type BlockDevice,
  type Fact,
  type ImageFamily,
  type InstanceFacts,
  type NodeGroupFacts,
} from '../facts';
import { diskSizeDevice, rootVolume } from './block-devices';
import { amiTypeFamily } from './image-family';
import { canonical, type Json } from './json';
import {
  NO_LAUNCH,
  launchConfiguration,
  launchFromSpecification,
  launchOf,
  launchTemplate,
  merged,
  overrideTypes,
  unknownLaunch,
  type Launch,
} from './launch';
import { initText } from './cfn-init';
import { EXISTING_GROUP, existingParts } from './existing-group';
import { exchangesNodes } from './exchanges-nodes';
import { readMetadata } from './metadata';
import { idOf, placeOf, type ReadContext } from './place';
import { replacingOf } from './replacing';
import { roleOf } from './role';
import type { Resolved } from './resolved';
import type { Resource } from './stack-set';
import { allKnown, flatFact, listFact, mapFact, numberFact, tagsOf, textFact } from './values';

/** A node group with what links other resources to it. */
export interface ReadGroup {
  readonly facts: NodeGroupFacts;
  /** The instances, or the group. */
  readonly resources: readonly Resource[];
  /** All that first boot runs: user data, and what `cfn-init` writes and runs. */
  readonly boot: Fact<string>;
  /** Resources whose `cfn-init` metadata its nodes may run. */
  readonly born: readonly Resource[];
  /** Names by which metrics know its cluster. */
  readonly clusters: readonly string[];
}

export interface Parts {
  readonly id: string;
  readonly kind: NodeGroupFacts['kind'];
  readonly resource: Resource;
  readonly launch: Launch;
  readonly nodes: NodeGroupFacts['nodes'];
  readonly instanceTypes: Fact<readonly string[]>;
  readonly tags?: Readonly<Record<string, string>>;
  readonly instances?: readonly InstanceFacts[];
  readonly role?: NodeGroupFacts['role'];
  readonly family?: Fact<ImageFamily>;
  readonly devices?: Fact<readonly BlockDevice[]>;
  readonly root?: Fact<BlockDevice>;
  readonly suffix?: string;
  readonly exchangesNodes?: Fact<boolean>;
}

const ONE: NodeGroupFacts['nodes'] = { min: known(1), desired: known(1), max: known(1) };

const bornOf = ({ resource, launch }: Parts): readonly Resource[] => [
  ...new Set([resource, ...(launch.resource ? [launch.resource] : [])]),
];

const bootOf = (context: ReadContext, parts: Parts): Fact<string> => {
  const { userData } = parts.launch;
  const init = bornOf(parts).map((resource) => initText(context, resource));
  const text = [userData.state === 'known' ? userData.value : '', ...init].filter(Boolean).join('\n');
  return text === '' ? userData : known(text);
};

const groupOf = (context: ReadContext, parts: Parts): NodeGroupFacts => {
  const { resource, launch } = parts;
  const policy = { ...launch.policy, ...readMetadata(context.resolver, resource).policy };
  const tags = { ...launch.tags, ...parts.tags };
  const named =
    policy.nodeGroup ??
    (Object.hasOwn(tags, 'headroom:node-group') ? tags['headroom:node-group'] : undefined);
  const role = roleOf(policy, tags, bootOf(context, parts));
  const family = parts.family ?? launch.image.family;
  const devices = parts.devices ?? launch.blockDevices;
  return {
    id: parts.id,
    name: `${named ?? resource.logicalId}${parts.suffix ?? ''}`,
    kind: parts.kind,
    place: placeOf(context, resource),
    ...(launch.place && parts.kind !== 'launch-template' && { launchTemplate: launch.place }),
    role: role === 'unknown' ? (parts.role ?? role) : role,
    nodes: parts.nodes,
    instances: parts.instances ?? [],
    instanceTypes: parts.instanceTypes,
    image: { family, id: launch.image.id },
    blockDevices: devices,
    rootVolume: parts.root ?? rootVolume(devices, family),
    imdsV2Required: launch.imdsV2Required,
    userData: launch.userData,
    policy,
    tags,
    ...(parts.exchangesNodes && { exchangesNodes: parts.exchangesNodes }),
    region: resource.template.region,
  };
};

/** With what links other resources to it. */
const readGroup = (
  context: ReadContext,
  parts: Parts,
  clusters: readonly (string | undefined)[] = [],
): ReadGroup => {
  const facts = groupOf(context, parts);
  return {
    facts,
    resources: parts.kind === 'launch-template' ? [] : [parts.resource],
    boot: bootOf(context, parts),
    born: bornOf(parts),
    clusters: [...clusters.flatMap((name) => name ?? []), ...clustersOfTags(facts.tags)],
  };
};

const single = (type: Fact<string>): Fact<readonly string[]> => mapFact(type, (text) => [text]);

/** One way in which a group or a fleet starts machines. */
interface Start {
  readonly launch: Launch;
  readonly types: Fact<readonly string[]>;
}

/** Put together where their disks are alike. */
const alike = (starts: readonly Start[]): readonly (readonly Start[])[] => {
  const groups = new Map<string, Start[]>();
  for (const start of starts) {
    const key = canonical([start.launch.blockDevices, start.launch.image.family] as unknown as Json);
    groups.set(key, [...(groups.get(key) ?? []), start]);
  }
  return [...groups.values()];
};

const typesOf = (starts: readonly Start[]): Fact<readonly string[]> =>
  mapFact(allKnown(starts.map(({ types }) => types)), (lists) => [...new Set(lists.flat())]);

const CLUSTER_TAG = /^kubernetes\.io\/cluster\/(.+)$/;
const clustersOfTags = (tags: Readonly<Record<string, string>>): string[] =>
  Object.keys(tags).flatMap((key) => CLUSTER_TAG.exec(key)?.[1] ?? []);

/** Reads node groups, and remembers which launch templates are in use. */
export class NodeGroupReader {
  private readonly used = new Set<Resource>();

  constructor(private readonly context: ReadContext) {}

  read(resources: readonly Resource[]): readonly ReadGroup[] {
    const instances: ReadGroup[] = [];
    const others: ReadGroup[] = [];
    for (const resource of resources) {
      if (resource.type === 'AWS::EC2::Instance') instances.push(this.instance(resource));
      else if (resource.type === 'AWS::AutoScaling::AutoScalingGroup')
        others.push(...this.autoScalingGroup(resource));
      else if (resource.type === 'AWS::EKS::Nodegroup') others.push(this.eksNodeGroup(resource));
      else if (resource.type === 'AWS::EC2::SpotFleet' || resource.type === 'AWS::EC2::EC2Fleet')
        others.push(...this.fleet(resource));
      else if (resource.type === EXISTING_GROUP)
        others.push(readGroup(this.context, existingParts(this.context, resource)));
    }
    const templates = resources
      .filter((resource) => resource.type === 'AWS::EC2::LaunchTemplate' && !this.used.has(resource))
      .map((resource) => this.unusedTemplate(resource));
    return uniqueIds([...together(instances), ...others, ...templates]);
  }

  private use(specification: Resolved): Launch {
    const launch = launchFromSpecification(this.context, specification);
    if (launch.resource) this.used.add(launch.resource);
    return launch;
  }

  private instance(resource: Resource): ReadGroup {
    const { resolver } = this.context;
    const properties = resolver.properties(resource);
    const launch = merged(
      this.use(resolver.field(properties, 'LaunchTemplate')),
      launchOf(this.context, properties),
    );
    return readGroup(this.context, {
      id: idOf(resource),
      kind: 'instance',
      resource,
      launch,
      nodes: ONE,
      instanceTypes: single(launch.instanceType),
      tags: tagsOf(resolver, resolver.field(properties, 'Tags')),
      instances: [{ place: placeOf(this.context, resource), replacing: replacingOf(this.context, resource) }],
    });
  }

  /** One node group, and one more for each override whose own launch template brings other disks. */
  private autoScalingGroup(resource: Resource): readonly ReadGroup[] {
    const { resolver } = this.context;
    const properties = resolver.properties(resource);
    const mixed = resolver.path(properties, 'MixedInstancesPolicy', 'LaunchTemplate');
    const specification =
      mixed.kind === 'absent'
        ? resolver.field(properties, 'LaunchTemplate')
        : resolver.field(mixed, 'LaunchTemplateSpecification');
    const launch =
      specification.kind === 'absent' ? this.ofInstanceOrConfiguration(properties) : this.use(specification);
    const overrides = resolver.field(mixed, 'Overrides');
    const number = (key: string): Fact<number> => numberFact(resolver.field(properties, key));
    const types = overrideTypes(this.context, overrides);
    const first = { launch, types: types.state === 'absent' ? single(launch.instanceType) : types };
    const own = this.overrideStarts(overrides, launch);
    const items = resolver.items(overrides);
    // Where each override has a template of its own, nothing starts from the group's.
    const isBaseUsed =
      items === undefined || 'why' in items || items.length === 0 || own.length < items.length;
    const variants = alike([...(isBaseUsed ? [first] : []), ...own]);
    const open = unknown('the group picks from several launch templates');
    return variants.map((starts, index) =>
      readGroup(this.context, {
        id: index === 0 ? idOf(resource) : `${idOf(resource)}#${index + 1}`,
        kind: 'auto-scaling-group',
        resource,
        launch: starts[0]?.launch ?? launch,
        nodes:
          variants.length > 1
            ? { min: open, desired: open, max: open }
            : { min: number('MinSize'), desired: number('DesiredCapacity'), max: number('MaxSize') },
        instanceTypes: typesOf(starts),
        tags: tagsOf(resolver, resolver.field(properties, 'Tags')),
        exchangesNodes: exchangesNodes(this.context, resource),
        ...(index > 0 && { suffix: `#${index + 1}` }),
      }),
    );
  }

  /** Overrides with a launch template of their own. */
  private overrideStarts(overrides: Resolved, base: Launch): readonly Start[] {
    const { resolver } = this.context;
    const items = listFact(resolver, overrides);
    if (items.state !== 'known') return [];
    return items.value.flatMap((item): Start[] => {
      const specification = resolver.field(item, 'LaunchTemplateSpecification');
      if (specification.kind === 'absent') return [];
      const launch = this.use(specification);
      const type = textFact(resolver.field(item, 'InstanceType'));
      const own = type.state === 'absent' ? launch.instanceType : type;
      // Whatever its template leaves out is not filled up from the group's.
      return [{ launch: { ...launch, policy: { ...base.policy, ...launch.policy } }, types: single(own) }];
    });
  }

  private ofInstanceOrConfiguration(properties: Resolved): Launch {
    const { resolver } = this.context;
    const instance = resolver.field(properties, 'InstanceId');
    return instance.kind === 'link'
      ? launchOf(this.context, resolver.properties(instance.resource))
      : launchConfiguration(this.context, resolver.field(properties, 'LaunchConfigurationName'));
  }

  private eksNodeGroup(resource: Resource): ReadGroup {
    const { resolver } = this.context;
    const properties = resolver.properties(resource);
    const specification = resolver.field(properties, 'LaunchTemplate');
    const launch = this.use(specification);
    const amiType = textFact(resolver.field(properties, 'AmiType'));
    const isOwnImage = launch.image.id.state !== 'absent';
    const family = isOwnImage ? launch.image.family : amiTypeFamily(amiType);
    const diskSize = numberFact(resolver.field(properties, 'DiskSize'));
    const managed =
      specification.kind === 'absent' && diskSize.state !== 'absent'
        ? diskSizeDevice(diskSize, family)
        : undefined;
    const types = flatFact(listFact(resolver, resolver.field(properties, 'InstanceTypes')), (items) =>
      allKnown(items.map(textFact)),
    );
    const scaling = (key: string): Fact<number> =>
      numberFact(resolver.path(properties, 'ScalingConfig', key));
    const cluster = resolver.field(properties, 'ClusterName');
    const clusterText = cluster.kind === 'link' ? `ref:${cluster.resource.logicalId}` : undefined;
    const clusterName = textFact(cluster);
    const clusters = [clusterText, clusterName.state === 'known' ? clusterName.value : undefined];
    return readGroup(
      this.context,
      {
        id: idOf(resource),
        kind: 'eks-node-group',
        resource,
        launch,
        nodes: { min: scaling('MinSize'), desired: scaling('DesiredSize'), max: scaling('MaxSize') },
        instanceTypes: types.state === 'absent' ? single(launch.instanceType) : types,
        tags: tagsOf(resolver, resolver.field(properties, 'Tags')),
        role: 'worker',
        family,
        ...(managed && { devices: known([managed]), root: known(managed) }),
      },
      clusters,
    );
  }

  /** One node group for each set of disks that a fleet starts machines with. */
  private fleet(resource: Resource): readonly ReadGroup[] {
    const { resolver } = this.context;
    const properties = resolver.properties(resource);
    const request = resolver.field(properties, 'SpotFleetRequestConfigData');
    const from = request.kind === 'absent' ? properties : request;
    const capacity =
      request.kind === 'absent'
        ? resolver.path(properties, 'TargetCapacitySpecification', 'TotalTargetCapacity')
        : resolver.field(request, 'TargetCapacity');
    const starts: Start[] = [];
    const each = (key: string): readonly Resolved[] => {
      const items = listFact(resolver, resolver.field(from, key));
      if (items.state === 'unknown')
        starts.push({ launch: unknownLaunch(items.why), types: unknown(items.why) });
      return items.state === 'known' ? items.value : [];
    };
    for (const item of each('LaunchSpecifications')) {
      const launch = launchOf(this.context, item);
      starts.push({ launch, types: single(launch.instanceType) });
    }
    for (const item of each('LaunchTemplateConfigs')) {
      const launch = this.use(resolver.field(item, 'LaunchTemplateSpecification'));
      const types = overrideTypes(this.context, resolver.field(item, 'Overrides'));
      starts.push({ launch, types: types.state === 'absent' ? single(launch.instanceType) : types });
    }
    const variants = alike(starts.length > 0 ? starts : [{ launch: NO_LAUNCH, types: absent }]);
    return variants.map((group, index) => {
      const nodes =
        variants.length > 1
          ? unknown('a fleet picks from several launch specifications')
          : numberFact(capacity);
      return readGroup(this.context, {
        id: index === 0 ? idOf(resource) : `${idOf(resource)}#${index + 1}`,
        kind: 'fleet',
        resource,
        launch: group[0]?.launch ?? NO_LAUNCH,
        nodes: { min: nodes, desired: nodes, max: nodes },
        instanceTypes: typesOf(group),
        ...(index > 0 && { suffix: `#${index + 1}` }),
      });
    });
  }

  private unusedTemplate(resource: Resource): ReadGroup {
    const launch = launchTemplate(this.context, resource);
    return readGroup(this.context, {
      id: idOf(resource),
      kind: 'launch-template',
      resource,
      launch,
      nodes: { min: absent, desired: absent, max: absent },
      instanceTypes: single(launch.instanceType),
    });
  }
}

/** Instances that say which node group they are of, and are born alike, are one group. */
const together = (instances: readonly ReadGroup[]): ReadGroup[] => {
  const groups = new Map<string, ReadGroup>();
  for (const group of instances) {
    const { facts } = group;
    const name = facts.policy.nodeGroup ?? facts.tags['headroom:node-group'];
    if (name === undefined) {
      groups.set(`${facts.place.file}\n${facts.id}`, group);
      continue;
    }
    const born = canonical([facts.rootVolume, facts.image.family] as unknown as Json);
    const key = [facts.place.file, facts.place.stackName, name, born].join('\n');
    const before = groups.get(key);
    const members = [...(before?.facts.instances ?? []), ...facts.instances];
    const count = known(members.length);
    groups.set(key, {
      facts: {
        ...(before?.facts ?? facts),
        id: `${facts.place.stackName}/${name}`,
        nodes: { min: count, desired: count, max: count },
        instances: members,
        instanceTypes: joinedTypes(before?.facts.instanceTypes, facts.instanceTypes),
      },
      resources: [...(before?.resources ?? []), ...group.resources],
      boot: before?.boot ?? group.boot,
      born: [...new Set([...(before?.born ?? []), ...group.born])],
      clusters: [...(before?.clusters ?? []), ...group.clusters],
    });
  }
  return [...groups.values()];
};

const joinedTypes = (
  a: Fact<readonly string[]> | undefined,
  b: Fact<readonly string[]>,
): Fact<readonly string[]> =>
  a === undefined ? b : mapFact(allKnown([a, b]), (lists) => [...new Set(lists.flat())]);

/** Two stacks of one name, in two regions, must not have groups of one id. */
const uniqueIds = (groups: readonly ReadGroup[]): readonly ReadGroup[] => {
  const seen = new Map<string, number>();
  return groups.map((group) => {
    const times = (seen.get(group.facts.id) ?? 0) + 1;
    seen.set(group.facts.id, times);
    return times === 1 ? group : { ...group, facts: { ...group.facts, id: `${group.facts.id}#${times}` } };
  });
};
