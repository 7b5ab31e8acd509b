import { readFileSync } from 'node:fs';
import { renderScript, nodeFilePath, scriptNames } from '../../lib/node/node-files';
import { run, runScript } from './run-script';

/** shellcheck alone takes seconds on a busy machine. */
jest.setTimeout(60_000);

const withJsonLine = scriptNames().filter(
  (name) =>
    ![
      ...[
        'common.sh',
        'container-runtime.sh',
        'etcd-common.sh',
        'etcd-member.sh',
        'etcd-tools.sh',
        'layout.sh',
        'node-state.sh',
        'package-key.sh',
        'recent-changes.sh',
        'storage.sh',
      ],
      ...['guard.sh', 'guard-duties.sh', 'boot-extend.sh'],
    ].includes(name),
);

test('shellcheck is installed: without it nothing below says anything', async () => {
  const { exitCode, stdout } = await run('sh', ['-c', 'command -v shellcheck']);
  expect({
    shellcheck: exitCode === 0 ? 'installed' : 'missing: apt-get install shellcheck',
    stdout,
  }).toEqual({
    shellcheck: 'installed',
    stdout: expect.stringContaining('shellcheck') as unknown,
  });
});

describe.each(scriptNames())('%s', (name) => {
  const text = readFileSync(nodeFilePath(name), 'utf8');

  test('shellcheck reports nothing', async () => {
    const { stdout } = await run('shellcheck', [
      '--external-sources',
      '--source-path=SCRIPTDIR',
      nodeFilePath(name),
    ]);
    expect(stdout).toBe('');
  });

  test('the rendered text is still a script', async () => {
    const { stderr } = await run('bash', ['-n', '-c', renderScript(name)]);
    expect(stderr).toBe('');
  });

  test('no line is longer than a reader likes', () => {
    expect(text.split('\n').filter((line) => line.length > 140)).toEqual([]);
  });
});

describe.each(withJsonLine)('%s', (name) => {
  test('--help shows the usage at its top', async () => {
    const { exitCode, stdout } = await runScript(name, { args: ['--help'] });
    expect(exitCode).toBe(0);
    expect(stdout).toContain(`Usage: ${name} [--dry-run] [--help]`);
    expect(stdout).not.toContain('set -o errexit');
  });

  test('every setting that it reads is in its usage', () => {
    const text = readFileSync(nodeFilePath(name), 'utf8');
    const settings = [...text.matchAll(/^setting ([A-Z_]+) (\d+)/gm)];
    // Nothing to set by a number.
    expect(settings.length > 0).toBe(
      !['remove-headroom.sh', 'configure-agent.sh', 'pause-guard.sh'].includes(name),
    );
    for (const [, setting, value] of settings) {
      expect(text).toMatch(new RegExp(`^# +HEADROOM_${setting} .*default ${value}[);]`, 'm'));
    }
  });
});
