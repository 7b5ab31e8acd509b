import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mustRun, run, runForResult } from './run-script';

jest.setTimeout(120_000);

const MIB = 1024 ** 2;
let root: string;
beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'headroom-logrotate-'));
  await mustRun('mount', '-t', 'tmpfs', '-o', 'size=64m,mode=0755', 'tmpfs', root);
  for (const path of ['etc/logrotate.d', 'etc/systemd/system', 'var/log', 'var/lib', 'usr/local/lib'])
    mkdirSync(join(root, path), { recursive: true });
});
afterEach(async () => {
  await mustRun('umount', root);
  rmSync(root, { recursive: true });
});

const configure = (path: string, text: string): void => {
  writeFileSync(join(root, path), text);
  chmodSync(join(root, path), 0o644);
};

/** The limits that PrepareNode puts, tried with the real logrotate on the settings of the systems that they are for. */
test.each([
  ['dateext, as on Amazon Linux 2023', 'dateext\n', '', 'messages-'],
  ['numbers, as on Debian and Ubuntu', '', '', 'messages.'],
  ['dateext of a log of its own', '', '    dateext\n', 'messages-'],
])('%s: a log that outgrows its limit twice a day is rotated twice', async (_, global, own, name) => {
  configure('etc/logrotate.conf', `weekly\nrotate 4\ncreate\n${global}include ${root}/etc/logrotate.d\n`);
  configure('etc/logrotate.d/rsyslog', `${root}/var/log/messages {\n    missingok\n${own}}\n`);
  const prepared = await runForResult('prepare-node', {
    env: { HEADROOM_MOUNT_POINT: root, HEADROOM_LOG_MAX_MIB: '1' },
  });
  expect(prepared.result.ok).toBe(true);
  const log = join(root, 'var/log/messages');
  for (let hour = 1; hour <= 3; hour += 1) {
    appendFileSync(log, Buffer.alloc(2 * MIB, 'x'));
    const rotated = await run('logrotate', [
      '--state',
      join(root, 'state'),
      join(root, 'etc/logrotate.conf'),
    ]);
    expect({ hour, ...rotated }).toMatchObject({ hour, exitCode: 0, stderr: '' });
    expect(statSync(log).size).toBe(0);
    // The name has seconds; an hour passes between two rotations.
    await new Promise((resolve) => setTimeout(resolve, 1_100));
  }
  const rotations = readdirSync(join(root, 'var/log')).filter((file) => file.startsWith(name));
  expect(rotations).toHaveLength(3);
  expect(rotations.filter((file) => !file.endsWith('.gz'))).toEqual([]);
});

test('removes the oldest logs beyond `rotate`', async () => {
  configure('etc/logrotate.conf', `weekly\nrotate 2\ncreate\ndateext\ninclude ${root}/etc/logrotate.d\n`);
  configure('etc/logrotate.d/rsyslog', `${root}/var/log/messages {\n}\n`);
  await runForResult('prepare-node', { env: { HEADROOM_MOUNT_POINT: root, HEADROOM_LOG_MAX_MIB: '1' } });
  for (let hour = 1; hour <= 4; hour += 1) {
    appendFileSync(join(root, 'var/log/messages'), Buffer.alloc(2 * MIB, 'x'));
    await mustRun('logrotate', '--state', join(root, 'state'), join(root, 'etc/logrotate.conf'));
    await new Promise((resolve) => setTimeout(resolve, 1_100));
  }
  expect(readdirSync(join(root, 'var/log')).filter((file) => file.startsWith('messages-'))).toHaveLength(2);
});
