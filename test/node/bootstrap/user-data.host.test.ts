import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NODE_ROLES } from '../../../lib/domain/names/naming';
import { userDataOf } from './user-data-of';

let folder: string;
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'headroom-user-data-'))));
afterAll(() => rmSync(folder, { recursive: true }));

const write = (name: string, content: string): string => {
  const file = join(folder, name);
  writeFileSync(file, content);
  return file;
};

test.each(NODE_ROLES)('shellcheck has nothing to say of the header of a %s', (role) => {
  const file = write('user-data.sh', userDataOf(role).text);
  // SC2034: the files that it starts read the settings.
  const { stdout, stderr } = spawnSync('shellcheck', ['--exclude=SC2034', file], { encoding: 'utf8' });
  expect(stdout + stderr).toBe('');
});

test('systemd accepts every unit that is packed', () => {
  const units = userDataOf('control-plane').files.filter(({ name }) => /\.(service|timer)$/.test(name));
  expect(units.map(({ name }) => name)).toEqual([
    'headroom-boot-extend.service',
    'headroom-bootstrap.service',
    'headroom-guard.service',
    'headroom-guard.timer',
    'headroom-join.service',
    'headroom-join.timer',
  ]);
  // The scripts are on the node, not here.
  const files = units.map(({ name, text }) =>
    write(name, text.replace(/^ExecStart=.*$/m, 'ExecStart=/bin/true')),
  );
  const { status, stdout, stderr } = spawnSync(
    'systemd-analyze',
    ['verify', '--man=no', '--recursive-errors=no', ...files],
    { encoding: 'utf8' },
  );
  expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '', stderr: '' });
});
