import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ensureActionlint } from '../../lib/drill/host/actionlint';
import { ROOT, WORKFLOWS, allSteps } from './workflow-files';

jest.setTimeout(300_000);

const quiet = (program: string, args: readonly string[], input?: string): void => {
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    ...{ cwd: ROOT, encoding: 'utf8' as const },
    ...(input === undefined ? {} : { input }),
  });
  expect(error).toBeUndefined();
  expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '', stderr: '' });
};

it('actionlint finds nothing in any workflow, nor shellcheck in their scripts', async () => {
  const actionlint = await ensureActionlint(() => undefined);
  quiet(actionlint, ['-shellcheck', 'shellcheck', ...WORKFLOWS]);
});

/** actionlint reads no action.yml. */
it.each(allSteps.filter(([where, { run }]) => run !== undefined && where.startsWith('action.yml')))(
  'shellcheck finds nothing in %s',
  (_where, { run }) => quiet('shellcheck', ['--shell', 'bash', '-'], run),
);

it('shellcheck finds nothing in the action’s script', () =>
  quiet('shellcheck', [join('.github', 'scripts', 'audit.sh')]));

it('shellcheck finds nothing in the git hooks', () =>
  quiet('shellcheck', [join('.githooks', 'pre-commit'), join('.githooks', 'commit-msg')]));

it('Node runs the comment as it is, without a package', () => {
  const { status, stdout } = spawnSync(
    join(ROOT, 'node_modules', '.bin', 'node'),
    ['--disable-warning=MODULE_TYPELESS_PACKAGE_JSON', 'bin/github-comment.ts'],
    { cwd: ROOT, encoding: 'utf8', env: { PATH: process.env['PATH'] ?? '' } },
  );
  expect({ status, stdout }).toEqual({
    status: 2,
    stdout: expect.stringContaining('PULL_REQUEST_NUMBER') as string,
  });
});
