import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { userDataOf } from './bootstrap/user-data-of';
import { readScriptResult } from '../../lib/domain/node/run-command-output';
import { renderScript } from '../../lib/node/node-files';
import { run } from './run-script';

/**
 * The running root, `/`, in a mount namespace of its own whose /etc, /run, /var/lib and /usr/local/lib are empty, with
 * stand-ins for systemctl and snap that remember what they were told: user data first, then PrepareNode twice, then removal.
 */
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'headroom-running-'));
  mkdirSync(join(folder, 'bin'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const standIn = (name: string, text: string): void => {
  const file = join(folder, 'bin', name);
  writeFileSync(file, `#!/bin/bash\n${text}\n`);
  chmodSync(file, 0o755);
};

interface Runs {
  readonly changed: Record<'first' | 'second' | 'removal', readonly string[]>;
  readonly calls: readonly string[];
  readonly left: string;
  readonly retain: string;
}

const around = async (options: { readonly userData: boolean; readonly retain: string }): Promise<Runs> => {
  const note = `echo "$(basename "$0") $*" >>${folder}/calls`;
  for (const name of [
    'modprobe',
    'sysctl',
    'swapoff',
    'amazon-ssm-agent',
    'amazon-cloudwatch-agent-ctl',
    'containerd',
  ])
    standIn(name, 'exit 0');
  // Sparse: the ballast would fill the memory that stands for the disk.
  standIn('fallocate', 'exec truncate --size "$2" "$3"');
  standIn(
    'systemctl',
    `unit=\${*: -1}; case $1 in
is-active) if [[ -e ${folder}/active-$unit ]]; then echo active; else echo inactive; exit 3; fi ;;
start | restart) ${note}; touch "${folder}/active-$unit" ;;
stop) ${note}; rm -f "${folder}/active-$unit" ;;
*) ${note} ;;
esac`,
  );
  standIn(
    'snap',
    `case $1 in
get) cat ${folder}/retain || exit 1 ;;
set) ${note}; echo "\${3#*=}" >${folder}/retain ;;
unset) ${note}; rm ${folder}/retain ;;
esac`,
  );
  if (options.retain !== '') writeFileSync(join(folder, 'retain'), `${options.retain}\n`);
  writeFileSync(join(folder, 'active-logrotate.timer'), '');
  writeFileSync(join(folder, 'user-data.sh'), userDataOf('worker').text);
  for (const name of ['prepare-node.sh', 'remove-headroom.sh'])
    writeFileSync(join(folder, name), renderScript(name));
  writeFileSync(
    join(folder, 'around.sh'),
    `set -o errexit
for path in /etc /run /var/lib /usr/local/lib; do mount -t tmpfs tmpfs "$path"; done
mkdir -p /run/systemd/system /etc/systemd/system /etc/modules-load.d /etc/sysctl.d /etc/logrotate.d
${options.userData ? `bash ${folder}/user-data.sh >&2` : ''}
: >${folder}/calls
bash ${folder}/prepare-node.sh >${folder}/first
bash ${folder}/prepare-node.sh >${folder}/second
bash ${folder}/remove-headroom.sh >${folder}/removal
# The cluster's own part, which lets nodes join, is not the healing's to take.
rm -rf /usr/local/lib/headroom/bootstrap /etc/systemd/system/headroom-{bootstrap,join}.* /run/headroom-bootstrap
rmdir /usr/local/lib/headroom || true
find /etc /run /var/lib /usr/local/lib -path '*headroom*' -not -name headroom.conf -not -name 90-headroom.conf >${folder}/left
find /etc/systemd -name '*headroom*' >>${folder}/left
`,
  );
  const { exitCode, stderr } = await run('unshare', ['--mount', 'bash', join(folder, 'around.sh')], {
    PATH: `${join(folder, 'bin')}:/usr/sbin:/usr/bin:/sbin:/bin`,
  });
  if (exitCode !== 0) throw new Error(`exit ${exitCode}: ${stderr}`);
  const text = (name: string): string => readFileSync(join(folder, name), 'utf8');
  const changed = (name: string, script: 'prepare-node' | 'remove-headroom'): readonly string[] => {
    const reading = readScriptResult(text(name), script);
    if (!reading.ok) throw new Error(`${name}: ${reading.why}\n${stderr}`);
    return reading.value.changed;
  };
  return {
    changed: {
      first: changed('first', 'prepare-node'),
      second: changed('second', 'prepare-node'),
      removal: changed('removal', 'remove-headroom'),
    },
    calls: text('calls').trim().split('\n'),
    left: text('left'),
    retain: await run('cat', [join(folder, 'retain')]).then(({ stdout }) => stdout.trim()),
  };
};

const FIRST_BOOT_FILES = [
  ...['guard.sh', 'boot-extend.sh'].map((name) => `/usr/local/lib/headroom/${name}`),
  ...['headroom-guard.service', 'headroom-guard.timer', 'headroom-boot-extend.service'].map(
    (name) => `/etc/systemd/system/${name}`,
  ),
];

jest.setTimeout(60_000);

test('finds nothing to change on a node created with user data, and removes everything', async () => {
  const { changed, left, retain } = await around({ userData: true, retain: '' });
  expect(changed.first.filter((path) => FIRST_BOOT_FILES.includes(path))).toEqual([]);
  expect(changed.first).toContain('/usr/local/lib/headroom/reclaim-disk.sh');
  expect(changed.first).toContain('snap refresh.retain=2');
  expect(changed.second).toEqual([]);
  expect(changed.removal).toEqual(
    expect.arrayContaining(FIRST_BOOT_FILES.map((path) => `removed ${path}`)) as unknown,
  );
  expect({ left, retain }).toEqual({ left: '', retain: '' });
});

test('an older node gets everything, systemd is told once, and snap’s own setting comes back', async () => {
  const { changed, calls, left, retain } = await around({ userData: false, retain: '3' });
  expect(changed.first).toEqual(expect.arrayContaining(FIRST_BOOT_FILES) as unknown);
  expect(changed.first).toContain('started headroom-guard.timer');
  expect(changed.second).toEqual([]);
  expect(calls).toEqual([
    'systemctl daemon-reload',
    'systemctl restart logrotate.timer',
    'systemctl start headroom-guard.timer',
    'systemctl restart systemd-journald.service',
    'snap set system refresh.retain=2',
    'systemctl stop headroom-guard.timer headroom-guard.service',
    'systemctl daemon-reload',
    'systemctl restart systemd-journald.service',
    'systemctl restart logrotate.timer',
    'snap set system refresh.retain=3',
  ]);
  expect({ left, retain }).toEqual({ left: '', retain: '3' });
});
