import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { userDataOf } from './user-data-of';

/**
 * Runs the user data as root in a mount namespace of its own, whose /etc, /var/lib and /usr/local/lib are empty, with
 * stand-ins for what would change the machine. Each stand-in notes its call; systemctl runs the bootstrap's unit.
 */
const PRESENT = ['amazon-ssm-agent', 'amazon-cloudwatch-agent-ctl', 'containerd'];
const METADATA = '169.254.169.254';
const HARMLESS = ['snap', 'modprobe', 'sysctl', 'swapoff', 'sleep', 'apt-get', 'dpkg', 'curl'];

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'headroom-user-data-run-'))));
afterEach(() => rmSync(folder, { recursive: true }));

const standIn = (name: string, more = ''): void => {
  const file = join(folder, 'bin', name);
  writeFileSync(file, `#!/bin/bash\necho "${name} $*" >>${folder}/calls\n${more}\n`);
  chmodSync(file, 0o755);
};

const SYSTEMCTL = `[[ $1 != start || $2 != headroom-bootstrap.service ]] || {
  set -o allexport
  source /usr/local/lib/headroom/bootstrap/settings
  exec bash /usr/local/lib/headroom/bootstrap/bootstrap.sh run
}`;

const run = (present: readonly string[], failing: readonly string[] = []) => {
  mkdirSync(join(folder, 'bin'), { recursive: true });
  [...HARMLESS, ...present].forEach((name) => standIn(name));
  standIn('systemctl', SYSTEMCTL);
  standIn('kubectl', 'echo True ready');
  failing.forEach((name) => standIn(name, 'exit 1'));
  writeFileSync(join(folder, 'user-data.sh'), userDataOf('worker').text);
  writeFileSync(
    join(folder, 'around.sh'),
    `set -o errexit
for path in /etc /run /var/lib /usr/local/lib; do mount -t tmpfs tmpfs "$path"; done
mkdir /etc/systemd /etc/systemd/system /etc/modules-load.d /etc/sysctl.d /etc/kubernetes
touch /etc/kubernetes/kubelet.conf
code=0
bash ${folder}/user-data.sh || code=$?
sum() { find /etc /usr/local/lib -type f -printf '%m ' -exec sha256sum {} + | sort; }
sum >${folder}/once
bash ${folder}/user-data.sh >/dev/null 2>&1 || true
sum >${folder}/twice
find /usr/local/lib -maxdepth 2 -type f -perm 0755 -printf '%f\\n' | sort >${folder}/scripts
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

test('a member that has everything is set up without the network, and a second run changes nothing', () => {
  const { status, stdout, stderr, calls } = run(PRESENT);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toContain('headroom: node is set up');
  expect(calls.filter((call) => /^(apt-get|snap|dpkg|curl)/.test(call) && !call.includes(METADATA))).toEqual(
    [],
  );
  expect(calls).toContainEqual(
    expect.stringMatching(/^kubectl --kubeconfig=\/etc\/kubernetes\/kubelet.conf .* get node/),
  );
  expect(installed()).toEqual(['boot-extend.sh', 'guard.sh']);
  expect(calls).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/^systemctl enable .*headroom-boot-extend\.service/),
      'systemctl enable --now headroom-guard.timer',
      'systemctl start headroom-guard.service',
    ]),
  );
  const once = readFileSync(join(folder, 'once'), 'utf8');
  expect(once).toContain('headroom-guard.timer');
  expect(readFileSync(join(folder, 'twice'), 'utf8')).toBe(once);
});

test('a section that fails is named, and does not keep the guard from being set up', () => {
  const withoutMetrics = PRESENT.filter((name) => name !== 'amazon-cloudwatch-agent-ctl');
  const { status, stdout, stderr, calls } = run(withoutMetrics, ['curl']);
  expect(status).toBe(1);
  expect(stdout + stderr).toContain('headroom: failed: cloudwatch_agent');
  expect(installed()).toEqual(['boot-extend.sh', 'guard.sh']);
  // Tried five times by each run, and not installed from nothing.
  const fetched = calls.filter((call) => call.startsWith('curl') && !call.includes(METADATA));
  expect(fetched.length).toBe(10);
  expect(calls.filter((call) => /^apt-get .*install/.test(call))).toEqual([]);
});
