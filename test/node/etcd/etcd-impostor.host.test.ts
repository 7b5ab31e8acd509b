import { spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { etcdPrograms } from '../../../lib/drill/vm/etcd';
import { mustRun } from '../run-script';
import { EtcdNode, etcdManifest } from './etcd-node';

/** The first run builds etcd. */
jest.setTimeout(600_000);

const MEMBER = { name: 'cp1', clientPort: 23692, peerPort: 23693 };
const NOBODY = '65534:65534';

let jail: string;
let marker: string;
let impostor: ChildProcess;

const nodeWith = (programs: string): EtcdNode => {
  const node = new EtcdNode(MEMBER, [MEMBER], programs, tmpdir(), 'i-0123456789abcdef0');
  writeFileSync(node.manifest, etcdManifest(MEMBER, [MEMBER]));
  return node;
};

/** What any container can be: no right at all, a root directory of its own, a process that calls itself etcd. */
const startImpostor = async (node: EtcdNode): Promise<void> => {
  jail = mkdtempSync(join(tmpdir(), 'headroom-jail-'));
  marker = join(node.root, 'ran-as');
  mkdirSync(join(jail, 'usr/local/bin'), { recursive: true });
  await mustRun(
    'bash',
    '-c',
    `
    cd "$0" && mkdir -p bin && cp /bin/bash bin/etcd && mkfifo -m 0666 pipe
    ldd /bin/bash | grep -o '/[^ ]*' | while read -r library; do mkdir -p ".\${library%/*}" && cp -L "$library" ".$library"; done
  `,
    jail,
  );
  for (const tool of ['etcdctl', 'etcdutl'])
    writeFileSync(join(jail, 'usr/local/bin', tool), `#!/bin/bash\nid --user >>${marker}\n`, { mode: 0o755 });
  chmodSync(jail, 0o755);
  const wait = 'echo ready; while :; do read -r -t 5 _ <>/pipe; done';
  const data = `--data-dir=${node.root}/var/lib/etcd`;
  impostor = spawn('chroot', [`--userspec=${NOBODY}`, jail, '/bin/etcd', '-c', wait, data], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await new Promise((resolve) => impostor.stdout?.once('data', resolve));
};

const stopImpostor = async (): Promise<void> => {
  const gone = new Promise((resolve) => impostor.once('exit', resolve));
  impostor.kill('SIGKILL');
  await gone;
  rmSync(jail, { recursive: true });
};

test.each([
  ['etcd-snapshot.sh', {}],
  ['restore-etcd.sh', { HEADROOM_ACTION: 'stop', HEADROOM_CONFIRM: 'RESTORE' }],
])('%s runs no program of a process that calls itself etcd', async (script, settings) => {
  const node = nodeWith('/nonexistent');
  await startImpostor(node);
  try {
    const { exitCode, result } = await node.script(script, {
      HEADROOM_INSTANCE_ID: 'i-0123456789abcdef0',
      ...settings,
    });
    expect(existsSync(marker)).toBe(false);
    expect([exitCode, result['ok']]).toEqual([1, false]);
  } finally {
    await stopImpostor();
    await node.stop();
  }
});

test('a restore does not wait for a process that calls itself etcd', async () => {
  const node = nodeWith(await etcdPrograms());
  await startImpostor(node);
  try {
    const { exitCode, result } = await node.restore('stop', { HEADROOM_WAIT_SECONDS: '10' });
    expect([exitCode, result]).toEqual([0, expect.objectContaining({ ok: true, action: 'stop' })]);
  } finally {
    await stopImpostor();
    await node.stop();
  }
});
