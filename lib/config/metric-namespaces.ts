import { namespacesOf, type MetricNamespaces, type NamespaceLayout } from '../domain/names/metric-namespaces';
import { isAttached, type Environment } from './schema';

/**
 * The agent merges its files and has one namespace for all of them. On attached nodes a namespace of ours moves the
 * owner's metrics out of the agent's default, or is refused: it is the owner's choice
 * (amazon-cloudwatch-agent@285c1dd translator/jsonconfig/mergeJsonUtil/util.go, mergeMap).
 */
export const namespaceLayout = (environment: Environment): NamespaceLayout =>
  isAttached(environment) ? (environment.cluster.existing.metricNamespaces ?? 'shared') : 'separate';

/** Where the agents of an environment's nodes write. */
export const metricNamespaces = (environmentName: string, environment: Environment): MetricNamespaces =>
  namespacesOf(environmentName, namespaceLayout(environment));
