import { known, unknown, type Fact, type MathMetricFacts } from '../facts';
import type { ReadGroup } from './node-groups/read-group';
import type { Resource } from './stack-set';
import type { Template } from './template';

/** By what metrics know a group. */
export interface Naming {
  /** Of its Auto Scaling group. */
  readonly nameOf: (resource: Resource) => Fact<string>;
  /** Of nodes that no template makes. */
  readonly instanceIdsOf: (resource: Resource) => Fact<readonly string[]>;
}

/** Which node groups a metric comes from, by its dimensions. */
export class Watched {
  private readonly byResource = new Map<Resource, string[]>();
  private readonly byInstanceId = new Map<string, string[]>();
  private readonly byName = new Map<string, string[]>();
  private readonly byCluster = new Map<string, string[]>();
  private readonly byEnvironment = new Map<string, string[]>();

  constructor(
    private readonly groups: readonly ReadGroup[],
    { nameOf, instanceIdsOf }: Naming,
  ) {
    const add = <K>(map: Map<K, string[]>, key: K, id: string): void =>
      void map.set(key, [...(map.get(key) ?? []), id]);
    for (const { facts, resources, clusters } of groups) {
      for (const resource of resources) {
        add(this.byResource, resource, facts.id);
        const name = ['auto-scaling-group', 'existing'].includes(facts.kind) ? nameOf(resource) : undefined;
        if (name?.state === 'known') add(this.byName, name.value, facts.id);
        const ids = instanceIdsOf(resource);
        if (ids.state === 'known') ids.value.forEach((id) => add(this.byInstanceId, id, facts.id));
      }
      if (facts.policy.environment !== undefined && facts.kind !== 'launch-template')
        add(this.byEnvironment, facts.policy.environment, facts.id);
      for (const cluster of clusters) add(this.byCluster, cluster, facts.id);
    }
  }

  ofResource(resource: Resource): readonly string[] {
    return this.byResource.get(resource) ?? [];
  }

  ofAutoScalingGroup(name: string): readonly string[] {
    return this.byName.get(name) ?? [];
  }

  /** An id that stands there as such: of a node that runs already. */
  ofInstanceId(id: string): readonly string[] {
    return this.byInstanceId.get(id) ?? [];
  }

  ofCluster(name: string): readonly string[] {
    return this.byCluster.get(name) ?? [];
  }

  /** By `Metadata.Headroom.environment`, which Headroom's own metrics carry as a dimension. */
  ofEnvironment(name: string): readonly string[] {
    return this.byEnvironment.get(name) ?? [];
  }

  /** `ref:LOGICAL_ID` has no stack: one of the same template goes before those of the same directory and of others. */
  ofToken(text: string, by: Template): readonly string[] | undefined {
    const id = /^ref:([A-Za-z0-9]+)$/.exec(text)?.[1];
    if (id === undefined) return undefined;
    const named = [...this.byResource.keys()].filter(({ logicalId }) => logicalId === id);
    const directory = (file: string): string => file.slice(0, file.lastIndexOf('/') + 1);
    const near = [
      named.filter(({ template }) => template === by),
      named.filter(({ template }) => directory(template.file) === directory(by.file)),
      named,
    ].find((some) => some.length > 0);
    return near?.flatMap((resource) => this.ofResource(resource)) ?? [];
  }

  seenFrom(template: Template): SeenGroups {
    return { groups: this, template };
  }

  all(): readonly string[] {
    return this.groups.filter(({ facts }) => facts.kind !== 'launch-template').map(({ facts }) => facts.id);
  }
}

/** The node groups, as a template names them. */
export interface SeenGroups {
  readonly groups: Watched;
  readonly template: Template;
}

/** Dimensions of a node's metrics that do not say which node it is. */
const NEUTRAL = new Set([
  'path',
  'fstype',
  'device',
  'InstanceType',
  'ImageId',
  'AutoScalingGroupName',
  'InstanceId',
]);

const IDENTITY = new Set(['AutoScalingGroupName', 'InstanceId']);

const WHERE = /\bWHERE\b(.*?)(?:\bGROUP\s+BY\b|\bORDER\s+BY\b|\bLIMIT\b|$)/is;
const CONDITION = /("[^"]+"|[\w.-]+)\s*(=|!=|<>)\s*'([^']*)'/g;
const NODE_NAMESPACE = /FROM\s+(?:SCHEMA\s*\(\s*)?"?(?:CWAgent|ContainerInsights|AWS\/EC2)\b/i;

/** Longer than CloudWatch takes; a hostile text must not keep an expression busy. Characters. */
const MAX_QUERY = 2_048;

/** Node groups that a Metrics Insights query looks at. */
export const watchedByQuery = (
  query: string,
  { groups: watched, template }: SeenGroups,
): Fact<readonly string[]> => {
  if (query.length > MAX_QUERY) return unknown(`a query is longer than ${MAX_QUERY} characters`);
  const where = WHERE.exec(query)?.[1] ?? '';
  const conditions = [...where.matchAll(CONDITION)].map(([, key = '', sign = '', value = '']) => ({
    key: key.replaceAll('"', ''),
    sign,
    value,
  }));
  const valuesOf = (name: string): string[] =>
    conditions.flatMap(({ key, sign, value }) => (key === name && sign === '=' ? [value] : []));
  for (const key of ['AutoScalingGroupName', 'InstanceId']) {
    const values = valuesOf(key);
    const ids = values.flatMap(
      (value) =>
        watched.ofToken(value, template) ??
        (key === 'InstanceId' ? watched.ofInstanceId(value) : watched.ofAutoScalingGroup(value)),
    );
    if (values.length > 0) return known([...new Set(ids)]);
  }
  if (conditions.some(({ key, sign }) => IDENTITY.has(key) && sign !== '='))
    return unknown('its query leaves some nodes out');
  const ofEnvironment = valuesOf('environment').flatMap((name) => watched.ofEnvironment(name));
  if (ofEnvironment.length > 0) return known([...new Set(ofEnvironment)]);
  const other = conditions.find(({ key }) => !NEUTRAL.has(key));
  if (other !== undefined) return unknown(`nothing says which nodes have the dimension ${other.key}`);
  if (!NODE_NAMESPACE.test(query)) return known([]);
  return known(watched.all());
};

/** Of namespaces of AWS's own, only these speak of nodes. */
const isAboutNodes = (namespace: string): boolean =>
  !namespace.startsWith('AWS/') || namespace === 'AWS/EC2' || namespace === 'AWS/AutoScaling';

export type MetricLinks = Pick<MathMetricFacts, 'namespace' | 'dimensions'> & {
  /** Dimension → the resource that it names. */
  readonly links: ReadonlyMap<string, Resource>;
};

/** Node groups that one metric comes from. */
export const watchedByMetric = (
  { namespace, dimensions, links }: MetricLinks,
  { groups: watched }: SeenGroups,
): Fact<readonly string[]> => {
  if (namespace.state === 'known' && !isAboutNodes(namespace.value)) return known([]);
  if (dimensions.state === 'unknown') return dimensions;
  const values = dimensions.state === 'known' ? dimensions.value : {};
  const has = (key: string): boolean => Object.hasOwn(values, key);
  for (const key of ['InstanceId', 'AutoScalingGroupName']) {
    const link = links.get(key);
    if (link !== undefined) return known(watched.ofResource(link));
    if (!has(key)) continue;
    const value = values[key] ?? '';
    return known(key === 'InstanceId' ? watched.ofInstanceId(value) : watched.ofAutoScalingGroup(value));
  }
  if (has('ClusterName')) {
    const ids = watched.ofCluster(values['ClusterName'] ?? '');
    return ids.length > 0 ? known(ids) : unknown('nothing says which nodes are of that cluster');
  }
  if (has('environment')) return known(watched.ofEnvironment(values['environment'] ?? ''));
  return known([]);
};
