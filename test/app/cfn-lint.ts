import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './environments';

/** Where `npm run test:all` keeps its Python tools; otherwise the one in PATH. */
const tools = process.env['HEADROOM_TOOLS'] ?? join(ROOT, '.cache', 'tools');
const own = join(tools, 'bin', 'cfn-lint');

/** What cfn-lint says of the templates. @throws when it does not run */
export const cfnLint = (templates: readonly string[]): object => {
  const command = existsSync(own) ? own : 'cfn-lint';
  const { status, stdout, stderr, error } = spawnSync(command, templates, { encoding: 'utf8' });
  if (error) throw error;
  return { status, stdout, stderr };
};
