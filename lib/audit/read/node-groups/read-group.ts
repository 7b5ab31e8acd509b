import { TAGS } from '../../../domain/names/naming';
import {
  known,
  type BlockDevice,
  type DeclaredPolicy,
  type Fact,
  type ImageFamily,
  type InstanceFacts,
  type NodeGroupFacts,
} from '../../facts';
import { rootVolume } from '../block-devices';
import { initText } from '../cfn-init';
import type { Launch } from '../launch';
import { readMetadata } from '../metadata';
import { idOf, placeOf, type ReadContext } from '../place';
import { roleOf } from '../role';
import type { Resource } from '../stack-set';

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

/** What differs between the kinds of node groups; all else follows from it. */
export interface GroupParts {
  readonly kind: NodeGroupFacts['kind'];
  readonly resource: Resource;
  readonly launch: Launch;
  readonly nodes: NodeGroupFacts['nodes'];
  readonly instanceTypes: Fact<readonly string[]>;
  /** Tells groups of one resource apart, in id and name. @default - there is one */
  readonly suffix?: string;
  /** Of the group's own; they win over those of its launch. @default - none */
  readonly tags?: Readonly<Record<string, string>>;
  readonly instances?: readonly InstanceFacts[];
  /** Where neither policy, tags nor user data tell. @default unknown */
  readonly role?: NodeGroupFacts['role'];
  /** @default - that of the launch's image */
  readonly family?: Fact<ImageFamily>;
  /** @default - those of the launch */
  readonly devices?: Fact<readonly BlockDevice[]>;
  /** @default - the one of the devices that the image family boots from */
  readonly root?: Fact<BlockDevice>;
  readonly exchangesNodes?: Fact<boolean>;
  /** Names of its cluster besides those in tags. @default - none */
  readonly clusters?: readonly string[];
}

/** Facts of a group, with what links other resources to it. */
export const readGroup = (context: ReadContext, parts: GroupParts): ReadGroup => {
  const boot = bootOf(context, parts);
  const facts = groupFacts(context, parts, boot);
  return {
    facts,
    resources: parts.kind === 'launch-template' ? [] : [parts.resource],
    boot,
    born: createdByOf(parts),
    clusters: [...(parts.clusters ?? []), ...clustersOfTags(facts.tags)],
  };
};

/** Name of the node group that a policy or a tag declares. */
export const declaredGroup = ({
  policy,
  tags,
}: {
  readonly policy: DeclaredPolicy;
  readonly tags: Readonly<Record<string, string>>;
}): string | undefined => policy.nodeGroup ?? tags[TAGS.nodeGroup];

const groupFacts = (context: ReadContext, parts: GroupParts, boot: Fact<string>): NodeGroupFacts => {
  const { resource, launch, suffix = '' } = parts;
  const policy = { ...launch.policy, ...readMetadata(context.resolver, resource).policy };
  const tags = { ...launch.tags, ...parts.tags };
  const role = roleOf(policy, tags, boot);
  const family = parts.family ?? launch.image.family;
  const devices = parts.devices ?? launch.blockDevices;
  return {
    id: `${idOf(resource)}${suffix}`,
    name: `${declaredGroup({ policy, tags }) ?? resource.logicalId}${suffix}`,
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

const createdByOf = ({ resource, launch }: GroupParts): readonly Resource[] => [
  ...new Set([resource, ...(launch.resource ? [launch.resource] : [])]),
];

const bootOf = (context: ReadContext, parts: GroupParts): Fact<string> => {
  const { userData } = parts.launch;
  const init = createdByOf(parts).map((resource) => initText(context, resource));
  const text = [userData.state === 'known' ? userData.value : '', ...init].filter(Boolean).join('\n');
  return text === '' ? userData : known(text);
};

const CLUSTER_TAG = /^kubernetes\.io\/cluster\/(.+)$/;
const clustersOfTags = (tags: Readonly<Record<string, string>>): string[] =>
  Object.keys(tags).flatMap((key) => CLUSTER_TAG.exec(key)?.[1] ?? []);
