import { describeError, means } from '../aws/errors';
import {
  DISK_METRIC,
  ROOT_FILESYSTEMS,
  diskMetricDimensions,
  diskReporter,
} from '../domain/names/disk-metric';
import { AGENT_DEFAULT_NAMESPACE, sharedNamespace } from '../domain/names/metric-namespaces';
import { TAGS } from '../domain/names/naming';
import type { Facts, LiveNodeGroup, NodeGroupFacts } from './facts';

/** The account cannot be asked: the audit could not run. */
export class LiveError extends Error {
  override readonly name = 'LiveError';
}

export interface LiveInstance {
  readonly instanceId: string;
  /** undefined: no EBS root. */
  readonly rootVolumeId: string | undefined;
  readonly tags: Readonly<Record<string, string>>;
}

export interface LiveSeries {
  readonly namespace: string;
  readonly dimensions: Readonly<Record<string, string>>;
}

/** What the live audit asks of one region. */
export interface LiveClient {
  /** Instances that exist and have each of these tags with one of its values. */
  instances(tags: Readonly<Record<string, readonly string[]>>): Promise<readonly LiveInstance[]>;
  /** GiB by volume id. */
  volumeSizes(volumeIds: readonly string[]): Promise<ReadonlyMap<string, number>>;
  /** The largest value of all these series at each time, by milliseconds since the epoch. */
  fullest(
    series: readonly LiveSeries[],
    window: {
      readonly name: string;
      readonly periodSeconds: number;
      readonly fromMs: number;
      readonly toMs: number;
    },
  ): Promise<ReadonlyMap<number, number>>;
}

const HISTORY_DAYS = 30;
const DAY_MS = 24 * 3_600_000;
/** CloudWatch keeps hours for 455 days, minutes only for 15: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html */
const PERIOD_SECONDS = 3_600;

/** The tags by which a group's instances are found: Headroom's, else those that CloudFormation puts on what it makes. */
export const tagsOf = (group: NodeGroupFacts): Readonly<Record<string, readonly string[]>> => {
  const environment = group.policy.environment ?? group.tags[TAGS.environment];
  const nodeGroup = group.policy.nodeGroup ?? group.tags[TAGS.nodeGroup];
  if (environment !== undefined && nodeGroup !== undefined) {
    return { [TAGS.environment]: [environment], [TAGS.nodeGroup]: [nodeGroup] };
  }
  const logicalIds = group.instances.map(({ place }) => place.logicalId);
  return {
    'aws:cloudformation:stack-name': [group.place.stackName],
    'aws:cloudformation:logical-id': logicalIds.length > 0 ? logicalIds : [group.place.logicalId],
  };
};

/**
 * The actual root volumes of each group's nodes, and 30 days of their use. A group without nodes has neither.
 *
 * @param clientOf by region; undefined where the template is bound to none
 * @throws LiveError when AWS refuses or cannot be reached
 */
export const readLive = async (
  { nodeGroups: groups, agents }: Pick<Facts, 'nodeGroups' | 'agents'>,
  clientOf: (region: string | undefined) => LiveClient,
  nowMs: number,
): Promise<readonly LiveNodeGroup[]> => {
  const clients = new Map<string | undefined, LiveClient>();
  const live: LiveNodeGroup[] = [];
  for (const group of groups) {
    const region = group.region.state === 'known' ? group.region.value : undefined;
    try {
      const client = clients.get(region) ?? clientOf(region);
      clients.set(region, client);
      live.push(await readGroup(group, namespacesOf(group, agents), client, nowMs));
    } catch (error) {
      throw explain(error, group.name, region);
    }
  }
  return live;
};

/** Where the agents of a group write, as their configurations in the templates say; the agent's default where none does. */
const namespacesOf = ({ id }: NodeGroupFacts, agents: Facts['agents']): readonly string[] => {
  const declared = agents.flatMap(({ nodeGroups, configuration }) =>
    nodeGroups.state === 'known' && nodeGroups.value.includes(id) && configuration.state === 'known'
      ? [configuration.value.namespace]
      : [],
  );
  return declared.length > 0 ? [...new Set(declared)] : [AGENT_DEFAULT_NAMESPACE];
};

const readGroup = async (
  group: NodeGroupFacts,
  namespaces: readonly string[],
  client: LiveClient,
  nowMs: number,
): Promise<LiveNodeGroup> => {
  const instances = await client.instances(tagsOf(group));
  const sizes = await client.volumeSizes(instances.flatMap(({ rootVolumeId }) => rootVolumeId ?? []));
  const reporters = instances.flatMap(({ instanceId, tags }) =>
    namespaces.map((namespace) => diskReporter(instanceId, tags, sharedNamespace(namespace))),
  );
  const series = reporters.flatMap((reporter) =>
    ROOT_FILESYSTEMS.map((fsType) => ({
      namespace: reporter.namespace,
      dimensions: diskMetricDimensions(reporter, fsType),
    })),
  );
  const used = await client.fullest(series, {
    name: DISK_METRIC.name,
    periodSeconds: PERIOD_SECONDS,
    fromMs: nowMs - HISTORY_DAYS * DAY_MS,
    toMs: nowMs,
  });
  return {
    id: group.id,
    volumes: instances.flatMap(({ instanceId, rootVolumeId: volumeId }) => {
      const sizeGiB = volumeId === undefined ? undefined : sizes.get(volumeId);
      // A volume that vanished between two calls says nothing about its size.
      return volumeId === undefined || sizeGiB === undefined ? [] : [{ instanceId, volumeId, sizeGiB }];
    }),
    samples: [...used].map(([atMs, usedPercent]) => ({ atMs, usedPercent })).sort((a, b) => a.atMs - b.atMs),
  };
};

const explain = (error: unknown, group: string, region: string | undefined): LiveError => {
  const where = `--live cannot read the node group ${group} in ${region ?? 'the default region'}`;
  const next = means(error, 'noCredentials')
    ? 'Give credentials, e.g. AWS_PROFILE, or leave --live out.'
    : means(error, 'accessDenied')
      ? 'Allow ec2:DescribeInstances, ec2:DescribeVolumes and cloudwatch:GetMetricData (docs/sizing.md), or leave --live out.'
      : 'Try again, or leave --live out.';
  return new LiveError(`${where}: ${describeError(error)}\n${next}`, { cause: error });
};
