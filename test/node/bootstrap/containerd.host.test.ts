import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { containerdProgram } from './containerd-program';

/** Where the cache has no containerd, it is built. */
jest.setTimeout(1_800_000);

const NODE = join(__dirname, '../../../lib/node/bootstrap');
const PAUSE = 'registry.k8s.io/pause:3.99';

let folder: string;
let containerd: string;
beforeAll(async () => {
  containerd = await containerdProgram();
  folder = mkdtempSync(join(tmpdir(), 'headroom-containerd-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs a line of bash with the node's functions and with this containerd in front. */
const bash = (line: string) => {
  const { status, stdout, stderr } = spawnSync(
    'bash',
    [
      '-c',
      `set -o errexit -o nounset -o pipefail
       for part in common packages; do source ${NODE}/$part.sh; done
       ${line}`,
    ],
    {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: `${dirname(containerd)}:${process.env['PATH']}` },
    },
  );
  expect({ line, status, stderr }).toEqual({ line, status: 0, stderr: '' }); // a warning would stand here
  return stdout;
};

const dump = (configuration: string): string => {
  const file = join(folder, 'config.toml');
  writeFileSync(file, configuration);
  return bash(`containerd --config ${file} config dump`);
};
const ours = (version: string): string => bash(`containerd_config ${version} ${PAUSE}`);

/** `[table] key` = value of what containerd prints: one key a line. */
const valuesOf = (toml: string): Map<string, string> => {
  const values = new Map<string, string>();
  let table = '';
  for (const line of toml.split('\n').map((each) => each.trim())) {
    const [, key, value] = /^([^=[\]]+?) = (.*)$/.exec(line) ?? [];
    if (line.startsWith('[')) table = line;
    else if (key !== undefined && value !== undefined) values.set(`${table} ${key}`, value);
  }
  return values;
};

const RUNC = "[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc.options] SystemdCgroup";
const SANDBOX = "[plugins.'io.containerd.cri.v1.images'.pinned_images] sandbox";

/** What differs from containerd's own default. It keeps keys that it does not know, so they show here. */
const changed = (configuration: string): Record<string, string> => {
  const before = valuesOf(bash(`containerd config default`));
  return Object.fromEntries(
    [...valuesOf(dump(configuration))].filter(([key, value]) => before.get(key) !== value),
  );
};

const WANTED = { [SANDBOX]: `'${PAUSE}'`, [RUNC]: 'true' };

test('containerd 2 takes from our configuration the cgroup driver and the pause image, and knows every key', () => {
  expect(changed(ours('2.2.9'))).toEqual(WANTED);
});

const CNI = "[plugins.'io.containerd.cri.v1.runtime'.cni]";

test('it takes the same from the configuration of containerd 1, where a node was upgraded', () => {
  expect(changed(ours('1.7.28'))).toEqual(WANTED);
  // It reads bin_dir as well, and uses it in place of bin_dirs.
  const elsewhere = valuesOf(dump(ours('1.7.28').replace('/opt/cni/bin', '/elsewhere')));
  expect([...elsewhere].filter(([, value]) => value.includes('/elsewhere'))).toEqual([
    [expect.stringContaining(CNI), expect.anything()],
  ]);
});

test('the folder of CNI plugins is said, under the name that this version knows, whatever a distribution’s default is', () => {
  const elsewhere = valuesOf(dump(ours('2.2.9').replace('/opt/cni/bin', '/elsewhere')));
  expect(elsewhere.get(`${CNI} bin_dirs`)).toBe("['/elsewhere']");
});

test('reports a key that it does not know', () => {
  const configuration = ours('2.2.9').replace('SystemdCgroup', 'SystemdCGroups');
  expect(Object.keys(changed(configuration)).sort()).toEqual([
    SANDBOX,
    RUNC.replace('SystemdCgroup', 'SystemdCGroups'),
  ]);
});

test('the node’s own step reads its version and writes its layout', () => {
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  for (const [name, text] of [
    ['kubeadm', `echo ${PAUSE}`],
    ['systemctl', ':'],
  ] as const) {
    writeFileSync(join(bin, name), `#!/bin/sh\n${text}\n`);
    chmodSync(join(bin, name), 0o755);
  }
  // Under an overlay, for /etc/containerd is the machine's.
  const script = join(folder, 'step.sh');
  writeFileSync(
    script,
    `set -o errexit -o nounset -o pipefail
mkdir ${folder}/memory && mount -t tmpfs tmpfs ${folder}/memory && mkdir ${folder}/memory/{upper,work}
mount -t overlay -o lowerdir=/etc,upperdir=${folder}/memory/upper,workdir=${folder}/memory/work overlay /etc
rm --recursive --force /etc/containerd
PATH=${bin}:$PATH STATE=${folder} HEADROOM_KUBERNETES_VERSION=1.36.3 HEADROOM_CONTAINERD_AT_LEAST=1.7
for part in common packages; do source ${NODE}/$part.sh; done
container_runtime
cat /etc/containerd/config.toml
`,
  );
  expect(bash(`unshare --mount bash ${script}`)).toBe(ours('2.2.9'));
});
