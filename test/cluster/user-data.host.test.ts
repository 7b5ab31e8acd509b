import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeUserData } from '../../lib/cluster/user-data';

let folder: string;
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'headroom-user-data-'))));
afterAll(() => rmSync(folder, { recursive: true }));

const write = (name: string, content: string): string => {
  const file = join(folder, name);
  writeFileSync(file, content);
  return file;
};

test('shellcheck has nothing to say', () => {
  const file = write('user-data.sh', nodeUserData({ region: 'eu-central-1' }));
  expect(execFileSync('shellcheck', [file], { encoding: 'utf8' })).toBe('');
});

test('systemd accepts the units', () => {
  const text = nodeUserData({ region: 'eu-central-1' });
  const units = [...text.matchAll(/"\$\{UNITS\}\/(headroom-[a-z.-]+)" 0644 <<'UNIT'\n([\s\S]*?)\nUNIT/g)];
  expect(units.map(([, name]) => name)).toEqual([
    'headroom-guard.service',
    'headroom-guard.timer',
    'headroom-boot-extend.service',
  ]);
  // The scripts are on the node, not here.
  const files = units.map(([, name = '', unit = '']) =>
    write(name, `${unit.replace(/^ExecStart=.*$/m, 'ExecStart=/bin/true')}\n`),
  );
  const { status, stdout, stderr } = spawnSync(
    'systemd-analyze',
    ['verify', '--man=no', '--recursive-errors=no', ...files],
    { encoding: 'utf8' },
  );
  expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '', stderr: '' });
});
