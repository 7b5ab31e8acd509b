import type { Attachment, ExistingGroup } from './attachment';
import { AUTO_SCALING_GROUP_TAG, TAGS } from '../names/naming';

type Tags = Readonly<Record<string, string>>;

export interface SeenInstance {
  readonly instanceId: string;
  /** EC2's own word, e.g. `running`. */
  readonly state: string;
  readonly tags: Tags;
  /** undefined: EC2 names no volume for its root device, or not yet. */
  readonly rootVolumeId: string | undefined;
  /** Why Headroom cannot work on it; undefined: nothing prevents it. */
  readonly unsupported?: string;
}

export interface SeenVolume {
  readonly volumeId: string;
  readonly tags: Tags;
}

/** Everything that may be concerned: members of the groups, and whatever is tagged with the environment. */
export interface Seen {
  readonly instances: readonly SeenInstance[];
  readonly volumes: readonly SeenVolume[];
  /** Names of those that there are. */
  readonly autoScalingGroups: readonly string[];
  /** When this was seen, milliseconds since the epoch. */
  readonly atMs: number;
}

/** First `tag`, then `untag`: only what is tagged with the environment may be untagged. */
export interface AttachDecision {
  /** All of Headroom's tags of the resource, also those that it has. */
  readonly tag: readonly { readonly resourceId: string; readonly tags: Tags }[];
  readonly untag: readonly { readonly resourceId: string; readonly keys: readonly string[] }[];
  /** What an operator must fix; the rest is done anyway. */
  readonly problems: readonly string[];
  /** Node group → its nodes. */
  readonly nodes: Readonly<Record<string, readonly string[]>>;
}

const KEYS: readonly string[] = Object.values(TAGS);
const GONE = ['shutting-down', 'terminated'];

const own = (tags: Tags, key: string): string | undefined =>
  Object.hasOwn(tags, key) ? tags[key] : undefined;

const lacking = (tags: Tags, wanted: Tags): string[] =>
  Object.entries(wanted).flatMap(([key, value]) => (own(tags, key) === value ? [] : [`${key}=${value}`]));

/** The environment that has it, where that is another one. */
const otherOwner = (tags: Tags, environment: string): string | undefined => {
  const owner = own(tags, TAGS.environment);
  return owner === environment ? undefined : owner;
};

const DETACH =
  'a node can belong to one environment only: remove it from that environment, or delete its headroom: tags if that environment no longer exists';

class Decision {
  readonly problems: string[] = [];
  readonly wanted = new Map<string, Tags>();
  readonly nodes: Record<string, readonly string[]> = {};
  private readonly instances: ReadonlyMap<string, SeenInstance>;
  private readonly volumes: ReadonlyMap<string, SeenVolume>;

  constructor(
    private readonly attachment: Attachment,
    private readonly seen: Seen,
  ) {
    this.instances = new Map(
      seen.instances.filter(({ state }) => !GONE.includes(state)).map((each) => [each.instanceId, each]),
    );
    this.volumes = new Map(seen.volumes.map((each) => [each.volumeId, each]));
  }

  controlPlane({ name, instanceIds = [] }: ExistingGroup): void {
    const nodes = instanceIds.flatMap((instanceId, offset) => {
      const instance = this.instances.get(instanceId);
      if (instance === undefined) {
        this.problems.push(
          `${instanceId} of ${name} was not found in this account and region: write the id of the instance that replaced it`,
        );
        return [];
      }
      const missing = lacking(instance.tags, this.attachment.tags);
      if (missing.length > 0) {
        this.problems.push(`${instanceId} of ${name} must have the tag ${missing.join(' and ')}`);
        return [];
      }
      return this.want(instance, name, 'control-plane', {
        [TAGS.index]: String(offset + 1),
        [TAGS.volumeSnapshots]: this.attachment.environment,
      });
    });
    this.nodes[name] = nodes;
  }

  workers({ name, autoScalingGroupName = '' }: ExistingGroup): void {
    if (!this.seen.autoScalingGroups.includes(autoScalingGroupName))
      this.problems.push(
        `group ${name}: there is no Auto Scaling group "${autoScalingGroupName}" in this account and region`,
      );
    const members = [...this.instances.values()].filter(
      ({ instanceId, tags }) =>
        own(tags, AUTO_SCALING_GROUP_TAG) === autoScalingGroupName && !this.isControlPlane(instanceId),
    );
    const matching = members.filter(({ tags }) => lacking(tags, this.attachment.tags).length === 0);
    const [first] = members;
    // Some without the tags: that is how a node is taken out. All of them: more likely a mistake in the file.
    if (first !== undefined && matching.length === 0)
      this.problems.push(
        `group ${name}: none of the ${members.length} instances of "${autoScalingGroupName}" has the tag ` +
          `${lacking(first.tags, this.attachment.tags).join(' and ')}`,
      );
    this.nodes[name] = matching.flatMap((instance) => this.want(instance, name, 'worker', {}));
  }

  private isControlPlane(instanceId: string): boolean {
    return this.attachment.groups.some(({ instanceIds }) => instanceIds?.includes(instanceId) === true);
  }

  private want(instance: SeenInstance, nodeGroup: string, role: string, more: Tags): string[] {
    const { environment } = this.attachment;
    const { instanceId, rootVolumeId } = instance;
    const volume = rootVolumeId === undefined ? undefined : this.volumes.get(rootVolumeId);
    const foreign = [
      { id: instanceId, owner: otherOwner(instance.tags, environment) },
      { id: rootVolumeId, owner: volume && otherOwner(volume.tags, environment) },
    ].find(({ owner }) => owner !== undefined);
    if (foreign !== undefined) {
      this.problems.push(
        `${foreign.id} of ${nodeGroup} is tagged ${TAGS.environment}=${foreign.owner}: ${DETACH}`,
      );
      return [];
    }
    if (instance.unsupported !== undefined) {
      this.problems.push(`${instanceId} of ${nodeGroup} is not attached: ${instance.unsupported}`);
      return [];
    }
    if (rootVolumeId === undefined && instance.state === 'running') {
      this.problems.push(`${instanceId} of ${nodeGroup} has no EBS root volume: there is nothing to grow`);
      return [];
    }
    const tags = { [TAGS.environment]: environment, [TAGS.role]: role, [TAGS.nodeGroup]: nodeGroup };
    this.wanted.set(instanceId, { ...tags, ...more, ...this.attachedAt(instance.tags) });
    // One that is only just attached is seen the next time.
    if (volume !== undefined) this.wanted.set(volume.volumeId, tags);
    return [instanceId];
  }

  /** Of one that is attached now. What one has stays; one that was attached before this tag was known gets none. */
  private attachedAt(tags: Tags): Tags {
    const at =
      own(tags, TAGS.environment) === undefined
        ? new Date(this.seen.atMs).toISOString()
        : own(tags, TAGS.attachedAt);
    return at === undefined ? {} : { [TAGS.attachedAt]: at };
  }
}

/**
 * What must be done so that exactly the nodes of an attached environment have its tags: the instances that match, and their
 * root volumes. What another environment has is never touched.
 *
 * @param only this node group alone, present or gone. @default - all, and what is tagged for groups that are gone
 */
export const attach = (attachment: Attachment, seen: Seen, only?: string): AttachDecision => {
  const decision = new Decision(attachment, seen);
  const concerned = attachment.groups.filter(({ name }) => only === undefined || name === only);
  for (const group of concerned)
    if (group.role === 'worker') decision.workers(group);
    else decision.controlPlane(group);

  const resources = [
    ...seen.instances
      .filter(({ state }) => !GONE.includes(state))
      .map(({ instanceId, tags }) => ({ resourceId: instanceId, tags })),
    ...seen.volumes.map(({ volumeId, tags }) => ({ resourceId: volumeId, tags })),
  ];
  return {
    tag: resources.flatMap(({ resourceId, tags }) => {
      const wanted = decision.wanted.get(resourceId);
      return wanted === undefined || lacking(tags, wanted).length === 0 ? [] : [{ resourceId, tags: wanted }];
    }),
    untag: resources.flatMap(({ resourceId, tags }) => {
      const wanted = decision.wanted.get(resourceId);
      const isOurs = own(tags, TAGS.environment) === attachment.environment || wanted !== undefined;
      const isConcerned = only === undefined || own(tags, TAGS.nodeGroup) === only || wanted !== undefined;
      const keys = KEYS.filter((key) => own(tags, key) !== undefined && own(wanted ?? {}, key) === undefined);
      return isOurs && isConcerned && keys.length > 0 ? [{ resourceId, keys }] : [];
    }),
    problems: decision.problems,
    nodes: decision.nodes,
  };
};
