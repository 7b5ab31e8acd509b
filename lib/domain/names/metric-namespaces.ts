import { NODE_ROLES, type NodeRole } from './naming';

/**
 * CloudWatch namespaces that the agents on nodes write into, by role. IAM narrows PutMetricData to a namespace and to nothing
 * else: nodes that share one can forge each other's measurements.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatch.html
 */
export type MetricNamespaces = Readonly<Record<NodeRole, string>>;

/**
 * The CloudWatch agent's default.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch-Agent-Configuration-File-Details.html
 */
export const AGENT_DEFAULT_NAMESPACE = 'CWAgent';

/** `separate`: one for each role of an environment, e.g. `Headroom/prod/control-plane`. `shared`: the agent's default. */
export const NAMESPACE_LAYOUTS = ['separate', 'shared'] as const;
export type NamespaceLayout = (typeof NAMESPACE_LAYOUTS)[number];

export const separateNamespaces = (environmentName: string): MetricNamespaces => ({
  'control-plane': `Headroom/${environmentName}/control-plane`,
  worker: `Headroom/${environmentName}/worker`,
});

/** One namespace for all roles. */
export const sharedNamespace = (namespace: string): MetricNamespaces => ({
  'control-plane': namespace,
  worker: namespace,
});

export const namespacesOf = (environmentName: string, layout: NamespaceLayout): MetricNamespaces =>
  layout === 'separate' ? separateNamespaces(environmentName) : sharedNamespace(AGENT_DEFAULT_NAMESPACE);

/**
 * The namespaces by the layout that a construct hands to a function.
 * @throws Error for a layout that is not known
 */
export const readMetricNamespaces = (environmentName: string, layout: string): MetricNamespaces => {
  const known = NAMESPACE_LAYOUTS.find((each) => each === layout);
  if (known === undefined)
    throw new Error(
      `the layout of metric namespaces must be one of ${NAMESPACE_LAYOUTS.join(', ')}, got ${layout}`,
    );
  return namespacesOf(environmentName, known);
};

/** Each namespace once, with the roles that write into it. */
export const eachNamespace = (
  namespaces: MetricNamespaces,
  roles: readonly NodeRole[],
): readonly { readonly namespace: string; readonly roles: readonly NodeRole[] }[] => {
  const present = NODE_ROLES.filter((role) => roles.includes(role));
  return [...new Set(present.map((role) => namespaces[role]))].map((namespace) => ({
    namespace,
    roles: present.filter((role) => namespaces[role] === namespace),
  }));
};
