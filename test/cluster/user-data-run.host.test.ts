import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeUserData } from '../../lib/cluster/user-data';

/**
 * Runs the user data as root in a mount namespace of its own, whose /etc, /var/lib and /usr/local/lib are empty, with
 * stand-ins for what would change the machine. Each stand-in notes its call.
 */
const PRESENT = ['amazon-ssm-agent', 'amazon-cloudwatch-agent-ctl', 'containerd'];
const HARMLESS = ['systemctl', 'snap', 'modprobe', 'sysctl', 'swapoff', 'sleep', 'apt-get', 'dpkg'];

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'headroom-user-data-run-'))));
afterEach(() => rmSync(folder, { recursive: true }));

const standIn = (name: string, exitCode = 0): void => {
  const file = join(folder, 'bin', name);
  writeFileSync(file, `#!/bin/bash\necho "${name} $*" >>${folder}/calls\nexit ${exitCode}\n`);
  chmodSync(file, 0o755);
};

const run = (present: readonly string[], failing: readonly string[] = []) => {
  mkdirSync(join(folder, 'bin'), { recursive: true });
  [...HARMLESS, ...present].forEach((name) => standIn(name));
  failing.forEach((name) => standIn(name, 1));
  writeFileSync(join(folder, 'user-data.sh'), nodeUserData({ region: 'eu-central-1' }));
  writeFileSync(
    join(folder, 'around.sh'),
    `set -o errexit
for path in /etc /var/lib /usr/local/lib; do mount -t tmpfs tmpfs "$path"; done
mkdir /etc/systemd /etc/systemd/system /etc/modules-load.d /etc/sysctl.d
code=0
bash ${folder}/user-data.sh || code=$?
sum() { find /etc /usr/local/lib -type f -printf '%m ' -exec sha256sum {} + | sort; }
sum >${folder}/once
bash ${folder}/user-data.sh >/dev/null 2>&1 || true
sum >${folder}/twice
cp --recursive /etc/systemd/system ${folder}/units
find /usr/local/lib -type f -perm 0755 -printf '%f\\n' | sort >${folder}/scripts
exit "$code"
`,
  );
  const result = spawnSync('unshare', ['--mount', 'bash', join(folder, 'around.sh')], {
    encoding: 'utf8',
    env: { PATH: `${join(folder, 'bin')}:/usr/sbin:/usr/bin:/sbin:/bin` },
  });
  return { ...result, calls: readFileSync(join(folder, 'calls'), 'utf8').split('\n') };
};

const installed = (): string[] => readFileSync(join(folder, 'scripts'), 'utf8').trim().split('\n');

test('a node that has everything is set up without the network, and a second run changes nothing', () => {
  const { status, stdout, stderr, calls } = run(PRESENT);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toContain('headroom: node is set up');
  expect(calls.filter((call) => /^(apt-get|snap|dpkg|curl)/.test(call))).toEqual([]);
  expect(installed()).toEqual(['boot-extend.sh', 'guard.sh']);
  expect(calls).toEqual(
    expect.arrayContaining([
      'systemctl enable headroom-boot-extend.service',
      'systemctl enable --now headroom-guard.timer',
      'systemctl start headroom-guard.service',
      'systemctl enable --now containerd.service',
    ]),
  );
  const once = readFileSync(join(folder, 'once'), 'utf8');
  expect(once).toContain('headroom-guard.timer');
  expect(readFileSync(join(folder, 'twice'), 'utf8')).toBe(once);
});

test('a section that fails is named, and keeps neither the guard nor the later sections from being set up', () => {
  const withoutMetrics = PRESENT.filter((name) => name !== 'amazon-cloudwatch-agent-ctl');
  const { status, stderr, calls } = run(withoutMetrics, ['curl']);
  expect(status).toBe(1);
  expect(stderr.trim().split('\n').at(-1)).toBe('headroom: failed: cloudwatch_agent');
  expect(installed()).toEqual(['boot-extend.sh', 'guard.sh']);
  expect(calls).toContain('systemctl enable --now containerd.service');
  // Tried five times, and not installed from nothing.
  expect(calls.filter((call) => call.startsWith('curl')).length).toBe(10);
  expect(calls.filter((call) => call.startsWith('dpkg --install'))).toEqual([]);
});
