import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ENVIRONMENTS, ROOT, shipped } from './synthesized';

jest.setTimeout(180_000);

/** Where `npm test` keeps its Python tools; otherwise the one in PATH. */
const tools = process.env['HEADROOM_TOOLS'] ?? join(ROOT, '.cache', 'tools');
const own = join(tools, 'bin', 'cfn-lint');
const cfnLint = existsSync(own) ? own : 'cfn-lint';

const templatesOf = (name: string): string[] =>
  shipped(name)
    .stage.synth()
    .stacks.map(({ templateFullPath }) => templateFullPath);

test.each(ENVIRONMENTS.map(({ name }) => name))('%s: cfn-lint finds nothing in any template', (name) => {
  const templates = templatesOf(name);
  expect(templates).toHaveLength(3);
  const { status, stdout, stderr, error } = spawnSync(cfnLint, templates, { encoding: 'utf8' });
  expect(error).toBeUndefined();
  expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '', stderr: '' });
});
