import type { NodeRole } from '../../domain/naming';
import { Assembly } from './assembly';
import { modelFleet } from './fleet';

/**
 * The user data of an environment's nodes of a role, decoded.
 * @throws when the assembly lacks the environment, or the environment such a node
 */
export function userDataOf(assemblyDirectory: string, environmentName: string, role: NodeRole): string {
  const assembly = Assembly.open(assemblyDirectory, environmentName);
  const instances = modelFleet(assembly, new Date(), role === 'worker');
  const instance = instances.find((each) => each.role === role);
  if (!instance) throw new Error(`environment ${environmentName} has no ${role} node`);
  return Buffer.from(instance.userData, 'base64').toString('utf8');
}
