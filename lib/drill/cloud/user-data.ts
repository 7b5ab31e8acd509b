import type { NodeRole } from '../../domain/names/naming';
import { openEnvironment } from './environment-assembly';
import { modelFleet, type NodeInstance } from './node-fleet';

/** The instance that a drill's machine plays, and what it starts with. */
export interface DrilledInstance extends Pick<NodeInstance, 'instanceId' | 'privateIp' | 'availabilityZone'> {
  /** Decoded. */
  readonly userData: string;
  /** Files that its user data would fetch from the CDK's bucket: object key → path. */
  readonly fetched: ReadonlyMap<string, string>;
}

/**
 * The first instance of an environment's nodes of a role.
 * @throws when the assembly lacks the environment, or the environment such a node
 */
export function drilledInstance(
  assemblyDirectory: string,
  environmentName: string,
  role: NodeRole,
): DrilledInstance {
  const assembly = openEnvironment(assemblyDirectory, environmentName);
  const instances = modelFleet(assembly, new Date(), role === 'worker');
  const instance = instances.find((each) => each.role === role);
  if (!instance) throw new Error(`environment ${environmentName} has no ${role} node`);
  const { instanceId, privateIp, availabilityZone } = instance;
  const userData = Buffer.from(instance.userData, 'base64').toString('utf8');
  const keys = [...userData.matchAll(/='s3:\/\/[^/']+\/([^']+)'/g)].map((match) => match[1] ?? '');
  const fetched = new Map(keys.map((key) => [key, assembly.assetPath(key)]));
  return { instanceId, privateIp, availabilityZone, userData, fetched };
}
