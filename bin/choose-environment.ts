import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EnvironmentFileError } from '../lib/config/environment-file-error';
import { loadEnvironments, type NamedEnvironment } from '../lib/config/load';
import { nodeGroups } from '../lib/config/node-groups';
import { parseEnvironment } from '../lib/config/parse';
import { documentOf } from '../lib/config/place';
import { CannotRunError } from '../lib/drill/cannot-run';
import type { Scenario } from '../lib/drill/scenario';

/** The filesystem that the AMIs of each operating system have on their root volume. */
const ROOT_FILESYSTEM = { 'ubuntu-24.04': 'ext4', 'amazon-linux-2023': 'xfs' } as const;

const healsThisFilesystem = ({ environment }: NamedEnvironment, { node }: Scenario): boolean => {
  const groups = nodeGroups(environment).filter(({ role }) => role === node.role);
  return groups.some((group) => ROOT_FILESYSTEM[group.os] === node.rootFs);
};

export interface DrilledEnvironment extends NamedEnvironment {
  /** The environment's file with the scenario's `healing`; undefined: the file as it is. */
  readonly text?: string;
}

/**
 * The environment that heals the scenario's node, with the scenario's own `healing`.
 * @throws CannotRunError when none would
 * @throws EnvironmentFileError when it has no such `healing`
 */
export function chooseEnvironment(scenario: Scenario, projectRoot: string): DrilledEnvironment {
  const folder = join(projectRoot, 'environments');
  const environments = loadEnvironments(folder, scenario.environment);
  const chosen = environments.find((environment) => healsThisFilesystem(environment, scenario));
  if (chosen) return withHealing(chosen, scenario, join(folder, `${chosen.name}.yaml`));
  throw new CannotRunError(
    `No environment${scenario.environment === undefined ? '' : ` (asked for: ${scenario.environment})`} has a ${scenario.node.role} ` +
      `whose root filesystem is ${scenario.node.rootFs}, so no alarm would match. ` +
      `Give one an operating system with ${scenario.node.rootFs}: ${Object.entries(ROOT_FILESYSTEM)
        .map(([os, fs]) => `${os} has ${fs}`)
        .join(', ')}.`,
  );
}

function withHealing(
  { name, ...chosen }: NamedEnvironment,
  scenario: Scenario,
  file: string,
): DrilledEnvironment {
  if (scenario.healing === undefined) return { name, ...chosen };
  const document = documentOf(readFileSync(file, 'utf8'));
  for (const [key, value] of Object.entries(scenario.healing)) document.setIn(['healing', key], value);
  const text = document.toString();
  const { environment, mistakes } = parseEnvironment(`${name}.yaml with healing of ${scenario.name}`, text);
  if (environment === undefined) throw new EnvironmentFileError(mistakes);
  return { name, environment, text };
}
