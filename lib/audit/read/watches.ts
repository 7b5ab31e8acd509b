import { known, unknown, type Fact, type MathMetricFacts } from '../facts';
import type { ReadGroup } from './node-groups';
import type { Resource } from './stack-set';

/** Which node groups a metric comes from, by its dimensions. */
export class Watched {
  private readonly byResource = new Map<Resource, string[]>();
  private readonly byName = new Map<string, string[]>();
  private readonly byCluster = new Map<string, string[]>();

  constructor(
    private readonly groups: readonly ReadGroup[],
    nameOf: (resource: Resource) => Fact<string>,
  ) {
    const add = <K>(map: Map<K, string[]>, key: K, id: string): void =>
      void map.set(key, [...(map.get(key) ?? []), id]);
    for (const { facts, resources, clusters } of groups) {
      for (const resource of resources) {
        add(this.byResource, resource, facts.id);
        const name = facts.kind === 'auto-scaling-group' ? nameOf(resource) : undefined;
        if (name?.state === 'known') add(this.byName, name.value, facts.id);
      }
      for (const cluster of clusters) add(this.byCluster, cluster, facts.id);
    }
  }

  ofResource(resource: Resource): readonly string[] {
    return this.byResource.get(resource) ?? [];
  }

  ofAutoScalingGroup(name: string): readonly string[] {
    return this.byName.get(name) ?? [];
  }

  ofCluster(name: string): readonly string[] {
    return this.byCluster.get(name) ?? [];
  }

  all(): readonly string[] {
    return this.groups.filter(({ facts }) => facts.kind !== 'launch-template').map(({ facts }) => facts.id);
  }
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

const WHERE = /\bWHERE\b(.*?)(?:\bGROUP\s+BY\b|\bORDER\s+BY\b|\bLIMIT\b|$)/is;
const CONDITION = /("[^"]+"|[\w.-]+)\s*(=|!=|<>)\s*'([^']*)'/g;
const NODE_NAMESPACE = /FROM\s+(?:SCHEMA\s*\(\s*)?"?(?:CWAgent|ContainerInsights|AWS\/EC2)\b/i;

/** Longer than CloudWatch takes; a hostile text must not keep an expression busy. Characters. */
const MAX_QUERY = 2_048;

/** Node groups that a Metrics Insights query looks at. */
export const watchedByQuery = (query: string, watched: Watched): Fact<readonly string[]> => {
  if (query.length > MAX_QUERY) return unknown(`a query is longer than ${MAX_QUERY} characters`);
  const where = WHERE.exec(query)?.[1] ?? '';
  const conditions = [...where.matchAll(CONDITION)].map(([, key = '', sign = '', value = '']) => ({
    key: key.replaceAll('"', ''),
    sign,
    value,
  }));
  const named = conditions.filter(({ key, sign }) => key === 'AutoScalingGroupName' && sign === '=');
  if (named.length > 0)
    return known([...new Set(named.flatMap(({ value }) => watched.ofAutoScalingGroup(value)))]);
  if (conditions.some(({ key, sign }) => key === 'InstanceId' && sign === '=')) return known([]);
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
  watched: Watched,
): Fact<readonly string[]> => {
  if (namespace.state === 'known' && !isAboutNodes(namespace.value)) return known([]);
  if (dimensions.state === 'unknown') return dimensions;
  const values = dimensions.state === 'known' ? dimensions.value : {};
  const has = (key: string): boolean => Object.hasOwn(values, key);
  for (const key of ['InstanceId', 'AutoScalingGroupName']) {
    const link = links.get(key);
    if (link !== undefined) return known(watched.ofResource(link));
    if (!has(key)) continue;
    return known(key === 'AutoScalingGroupName' ? watched.ofAutoScalingGroup(values[key] ?? '') : []);
  }
  if (has('ClusterName')) {
    const ids = watched.ofCluster(values['ClusterName'] ?? '');
    return ids.length > 0 ? known(ids) : unknown('nothing says which nodes are of that cluster');
  }
  return known([]);
};
