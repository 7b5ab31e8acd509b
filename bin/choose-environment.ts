import { join } from 'node:path';
import { loadEnvironments, type NamedEnvironment } from '../lib/config/load';
import { nodeGroups } from '../lib/config/node-groups';
import { CannotRunError } from '../lib/drill/cannot-run';
import type { Scenario } from '../lib/drill/scenario';

/** The filesystem that the AMIs of each operating system have on their root volume. */
const ROOT_FILESYSTEM = { 'ubuntu-24.04': 'ext4', 'amazon-linux-2023': 'xfs' } as const;

const healsThisFilesystem = ({ environment }: NamedEnvironment, { node }: Scenario): boolean => {
  const groups = nodeGroups(environment).filter(({ role }) => role === node.role);
  return groups.some((group) => ROOT_FILESYSTEM[group.os] === node.rootFs);
};

/** The environment that heals the scenario's node. @throws CannotRunError when none would */
export function chooseEnvironment(scenario: Scenario, projectRoot: string): NamedEnvironment {
  const environments = loadEnvironments(join(projectRoot, 'environments'), scenario.environment);
  const chosen = environments.find((environment) => healsThisFilesystem(environment, scenario));
  if (chosen) return chosen;
  throw new CannotRunError(
    `No environment${scenario.environment === undefined ? '' : ` (asked for: ${scenario.environment})`} has a ${scenario.node.role} ` +
      `whose root filesystem is ${scenario.node.rootFs}, so no alarm would match. ` +
      `Give one an operating system with ${scenario.node.rootFs}: ${Object.entries(ROOT_FILESYSTEM)
        .map(([os, fs]) => `${os} has ${fs}`)
        .join(', ')}.`,
  );
}
