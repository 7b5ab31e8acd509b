import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnvironment } from '../../../lib/config/parse';
import { isAttached, type AttachedEnvironment } from '../../../lib/config/schema';
import { ROOT } from '../../app/environments';

/** The examples of docs/attach.md: name → YAML, as an operator would copy it. */
export const EXAMPLE_FILES: Readonly<Record<string, string>> = Object.fromEntries(
  [
    ...readFileSync(join(ROOT, 'docs', 'attach.md'), 'utf8').matchAll(
      /^```yaml\n# environments\/(\w+)\.yaml\n([^]*?)^```$/gm,
    ),
  ].map(([, name = '', text = '']) => [name, text]),
);

export const exampleEnvironment = (name: string): AttachedEnvironment => {
  const { environment, mistakes } = parseEnvironment(`${name}.yaml`, EXAMPLE_FILES[name] ?? '');
  if (environment === undefined) throw new Error(JSON.stringify(mistakes));
  if (!isAttached(environment)) throw new Error(`${name} is not attached`);
  return environment;
};

export const EXAMPLES = Object.keys(EXAMPLE_FILES);
