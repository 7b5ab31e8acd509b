import { readFileSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { CONTROL_PLANE_GROUP } from '../domain/names/naming';
import { didYouMean } from '../domain/mistakes/did-you-mean';
import type { PlacedMistake } from '../domain/mistakes/file-mistake';
import { EnvironmentFileError } from './environment-file-error';
import { parseEnvironment } from './parse';
import type { Environment } from './schema';

export interface NamedEnvironment {
  /** The file's name without `.yaml`; part of every resource's name. */
  readonly name: string;
  readonly environment: Environment;
}

/** `-c env=` names no file. */
export class UnknownEnvironmentError extends Error {
  override readonly name = 'UnknownEnvironmentError';

  constructor(wanted: string, existing: readonly string[]) {
    const meant = didYouMean(wanted, existing);
    super(
      `There is no environment "${wanted}".${meant ? ` Did you mean "${meant}"?` : ''} ` +
        (existing.length > 0
          ? `The environments are: ${existing.join(', ')}.`
          : 'There are none: add environments/NAME.yaml.'),
    );
  }
}

/** Names go into alarm names, where `-control-plane-` and `-workers-` tell the groups apart. */
const NAME = /^[a-z](?:[a-z0-9-]{0,18}[a-z0-9])?$/;
const RESERVED = new RegExp(`(^|-)(${CONTROL_PLANE_GROUP}|workers)(-|$)`);

const nameMistake = (file: string, name: string): PlacedMistake[] =>
  NAME.test(name) && !RESERVED.test(name)
    ? []
    : [
        {
          file,
          line: 1,
          column: 1,
          path: [],
          rule: `have a file name of 1 to 20 lower-case letters, digits and hyphens that begins with a letter, ends with no hyphen and does not contain "${CONTROL_PLANE_GROUP}" or "workers"`,
          found: `${name}.yaml`,
          fix: 'rename the file, e.g. prod.yaml',
        },
      ];

/** Names of the environments in a folder, sorted. */
export const environmentNames = (folder: string): string[] =>
  readdirSync(folder)
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => file.slice(0, -'.yaml'.length))
    .sort();

/** The other usual ending would be passed over in silence, and its environment with it. */
const otherEndings = (folder: string): PlacedMistake[] =>
  readdirSync(folder)
    .filter((file) => file.endsWith('.yml'))
    .map((found) => ({
      file: join(basename(folder), found),
      line: 1,
      column: 1,
      path: [],
      rule: 'have a file name that ends with .yaml',
      found,
      fix: `rename it to ${found.replace(/yml$/, 'yaml')}`,
    }));

/**
 * Reads one environment of a folder, or all of them.
 *
 * @param only name of the one to read; all when left out
 * @throws UnknownEnvironmentError when `only` names none, or there is none
 * @throws EnvironmentFileError with every mistake of every file read
 */
export const loadEnvironments = (folder: string, only?: string): NamedEnvironment[] => {
  const existing = environmentNames(folder);
  if (only !== undefined && !existing.includes(only)) throw new UnknownEnvironmentError(only, existing);
  const loaded: NamedEnvironment[] = [];
  const mistakes = only === undefined ? otherEndings(folder) : [];
  for (const name of only === undefined ? existing : [only]) {
    const file = join(basename(folder), `${name}.yaml`);
    const parsed = parseEnvironment(file, readFileSync(join(folder, `${name}.yaml`), 'utf8'));
    mistakes.push(...nameMistake(file, name), ...(parsed.mistakes ?? []));
    if (parsed.environment) loaded.push({ name, environment: parsed.environment });
  }
  if (mistakes.length > 0) throw new EnvironmentFileError(mistakes);
  if (loaded.length === 0) throw new UnknownEnvironmentError('*', []);
  return loaded;
};
