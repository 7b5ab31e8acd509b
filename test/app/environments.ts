import { join } from 'node:path';
import { loadEnvironments } from '../../lib/config/load';
import { isAttached, type ProvisionedEnvironment } from '../../lib/config/schema';
import { ROOT } from './sources';

export { ROOT };

export interface Shipped {
  readonly name: string;
  readonly environment: ProvisionedEnvironment;
}

/** Headroom makes the nodes of all of them; test/stacks/attach/ has environments whose nodes run already. */
export const ENVIRONMENTS: readonly Shipped[] = loadEnvironments(join(ROOT, 'environments')).map(
  ({ name, environment }) => {
    if (isAttached(environment)) throw new Error(`${name} is attached to nodes that run already`);
    return { name, environment };
  },
);

/** A shipped environment's file, with changes. */
export const environmentOf = (name: string): ProvisionedEnvironment => {
  return structuredClone(ENVIRONMENTS.find((environment) => environment.name === name)!.environment);
};
