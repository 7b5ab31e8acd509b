import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../app/environments';

const ID = '7c1f'.repeat(16);
/** Above the highest that Linux gives. */
const NO_PROCESS = 4_194_305;

/** The exit code of a function of container-runtime.sh, or of etcd-member.sh, which includes it. */
const call = (script: string, env: Record<string, string>, ...words: readonly string[]): number | null =>
  spawnSync(
    'bash',
    ['-c', 'source "$0" && PREFIX=${TEST_PREFIX:-} && "$@"', join(ROOT, script), ...words.map(String)],
    { env: { PATH: `${join(__dirname, 'stand-ins')}:${process.env['PATH']}`, ...env }, encoding: 'utf8' },
  ).status;
const hasEnded = (id: string, pid: number, env: Record<string, string> = {}): number | null =>
  call('lib/node/container-runtime.sh', env, 'has_ended', id, String(pid));

test('the pid of a thread of another process is not the container, although /proc has its folder', () => {
  const thread = readdirSync('/proc/self/task')
    .map(Number)
    .find((id) => id !== process.pid);
  expect(thread).toBeDefined();
  expect(hasEnded(ID, thread ?? 0)).toBe(0);
  expect(hasEnded(ID, process.pid)).toBe(0);
  expect(hasEnded(ID, NO_PROCESS)).toBe(0);
});

describe('with a /proc of its own', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'headroom-proc-'))));
  afterEach(() => rmSync(folder, { recursive: true }));
  const process7 = (cgroup?: string): void => {
    mkdirSync(join(folder, 'proc', '7'), { recursive: true });
    if (cgroup !== undefined) writeFileSync(join(folder, 'proc', '7', 'cgroup'), cgroup);
  };

  test.each([
    ['systemd, version 2', `0::/kubepods.slice/kubepods-pod1.slice/cri-containerd-${ID}.scope\n`],
    ['cgroupfs, version 1', `2:cpu:/kubepods/pod1/${ID}\n1:name=systemd:/kubepods/pod1/${ID}\n`],
    ['an init system in it', `0::/kubepods.slice/cri-containerd-${ID}.scope/init.scope\n`],
    ['no cgroups at all', ''],
    ['one that cannot be read', undefined],
  ])('%s: it has not ended', (_, cgroup) => {
    process7(cgroup);
    expect(hasEnded(ID, 7, { TEST_PREFIX: folder })).toBe(1);
  });

  test.each([
    ['runs', `0::/kubepods.slice/cri-containerd-kube-apiserver.scope\n`, 0],
    ['has ended, and its pid is another process', '0::/system.slice/ssh.service\n', 1],
  ])('a restore of etcd: the API server %s, by its process', (_, cgroup, exitCode) => {
    process7(cgroup);
    mkdirSync(join(folder, 'containers'));
    writeFileSync(
      join(folder, 'containers', 'kube-apiserver'),
      'pod kube-apiserver 7 CONTAINER_RUNNING 2026-11-29T15:11:57Z i n 7\n',
    );
    const env = { TEST_PREFIX: folder, STAND_IN_CRI: folder };
    expect(call('lib/node/etcd-member.sh', env, 'pod_runs', 'kube-apiserver')).toBe(exitCode);
  });
});
