import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { LoopFilesystem } from './loop-filesystem';
import { mustRun, run, runForResult, runScript, type ScriptOutcome } from './run-script';
import type { ReclaimResult } from '../../lib/domain/node/node-figures';

const MIB = 1024 ** 2;
jest.setTimeout(60_000);

let disk: LoopFilesystem;
const put = (path: string, bytes = 1): string => {
  mkdirSync(dirname(disk.path(path)), { recursive: true });
  writeFileSync(disk.path(path), Buffer.alloc(bytes, 'x'));
  return disk.path(path);
};
const reclaim = (
  env: Record<string, string> = {},
  args: string[] = [],
): Promise<ScriptOutcome<ReclaimResult>> =>
  runForResult('reclaim-disk', { env: { ...disk.env, ...env }, args, standIns: true });
const stepOf = (result: ReclaimResult, name: string): ReclaimResult['steps'][number] => {
  const step = result.steps.find((candidate) => candidate.name === name);
  if (step === undefined) throw new Error(`no step ${name}`);
  return step;
};

const ORDER = [
  'ballast',
  'packages',
  'snap',
  'containers',
  'images',
  'journal',
  'logs',
  'coredumps',
  'agent',
  'tmpfiles',
  'deleted-open',
];

beforeEach(async () => {
  disk = await LoopFilesystem.create({ type: 'ext4', sizeMiB: 512 });
  // So that a target of 1 % is not reached before anything was done.
  await mustRun('fallocate', '-l', '50MiB', disk.path('load'));
});
afterEach(() => disk.destroy());

describe('a disk that is truly full', () => {
  test('is freed by the ballast first, then by logs, and each step says what it gave', async () => {
    put('var/lib/headroom/ballast', 20 * MIB);
    put('var/log/syslog.1', 30 * MIB);
    put('var/log/apt/term.log.2.gz', 10 * MIB);
    put('var/log/pods/ns_pod_uid/app/0.log.20260101-101010', 5 * MIB);
    put('var/log/old/core.1', 10 * MIB);
    const kept = ['var/log/syslog', 'var/log/pods/ns_pod_uid/app/1.log', 'var/log/audit/audit.log.1'].map(
      (path) => put(path),
    );
    kept.push(put('var/log/kubernetes/audit/audit-2026.log.gz'));
    // Names that a program gives to what it writes now.
    for (const name of ['app-20261129-1.log', 'app-20261129-1532.json'])
      kept.push(put(`var/log/app/${name}`));
    await disk.fill();

    const { exitCode, result } = await reclaim({ HEADROOM_TARGET_PERCENT: '90' });
    expect(exitCode).toBe(0);
    expect(result.before).toMatchObject({ availableBytes: 0, usedPercent: 100 });
    expect(result.steps.map(({ name }) => name)).toEqual(ORDER);
    expect(stepOf(result, 'ballast')).toMatchObject({ status: 'done', bytesFreed: 20 * MIB, inodesFreed: 1 });
    expect(stepOf(result, 'logs')).toMatchObject({
      status: 'done',
      bytesFreed: 55 * MIB,
      inodesFreed: 4,
      why: '4 files',
    });
    expect(result.bytesFreed).toBeGreaterThanOrEqual(75 * MIB);
    expect(result).toMatchObject({ ok: true, targetReached: true });
    expect(stepOf(result, 'tmpfiles').status).toBe('not-needed');
    expect(existsSync(disk.path('var/lib/headroom/ballast'))).toBe(false);
    expect(kept.filter((path) => !existsSync(path))).toEqual([]);
  });

  test('dry run changes nothing', async () => {
    put('var/lib/headroom/ballast', 20 * MIB);
    put('var/log/syslog.1', 30 * MIB);
    await disk.fill();
    const before = await mustRun('sh', '-c', `cd '${disk.mountPoint}' && ls -lR --time-style=full-iso`);
    const { exitCode, result } = await reclaim({}, ['--dry-run']);
    expect({ exitCode, result }).toMatchObject({
      exitCode: 0,
      result: { ok: true, dryRun: true, bytesFreed: 0, targetReached: false },
    });
    expect(new Set(result.steps.map(({ status }) => status))).toEqual(new Set(['would-run', 'skipped']));
    expect([stepOf(result, 'ballast').status, stepOf(result, 'logs').status]).toEqual([
      'would-run',
      'would-run',
    ]);
    expect(await mustRun('sh', '-c', `cd '${disk.mountPoint}' && ls -lR --time-style=full-iso`)).toBe(before);
  });
});

test('below the target no step is needed', async () => {
  put('var/log/syslog.1');
  const { result } = await reclaim();
  expect(result).toMatchObject({ targetReached: true, bytesFreed: 0 });
  expect(new Set(result.steps.map(({ status }) => status))).toEqual(new Set(['not-needed']));
  expect(existsSync(disk.path('var/log/syslog.1'))).toBe(true);
});

test('the ballast stays while 64 MiB are available', async () => {
  put('var/lib/headroom/ballast', 20 * MIB);
  const { result } = await reclaim({ HEADROOM_TARGET_PERCENT: '1' });
  expect(stepOf(result, 'ballast')).toMatchObject({ status: 'skipped', why: '64 MiB or more are available' });
  expect(existsSync(disk.path('var/lib/headroom/ballast'))).toBe(true);
});

test('0 inodes: few bytes used, and still it is work; hostile file names do no harm', async () => {
  await disk.destroy();
  disk = await LoopFilesystem.create({ type: 'ext4', sizeMiB: 64, inodes: 128 });
  mkdirSync(disk.path('var/log'), { recursive: true });
  for (const name of ['a b', '-rf', '$(id)', "it's", 'new\nline', '*', '"quoted"']) put(`var/log/${name}.1`);
  await run('sh', ['-c', `cd '${disk.path('var/log')}' && for i in $(seq 300); do : >f$i.9 || break; done`]);
  const { exitCode, result } = await reclaim();
  expect({ exitCode, before: result.before }).toMatchObject({
    exitCode: 0,
    before: { inodesUsedPercent: 100 },
  });
  expect(result.before.usedPercent).toBeLessThan(75);
  expect(stepOf(result, 'logs').status).toBe('done');
  expect(result.inodesFreed).toBeGreaterThan(90);
  expect(result.targetReached).toBe(true);
  expect(readdirSync(disk.path('var/log'))).toEqual([]);
});

test.each([['held'], ['a "held\nfile (deleted)']])(
  'files that are deleted but open are told with their process, which lives on: %j',
  async (name) => {
    const file = disk.path(name);
    const holder = await mustRun(
      'sh',
      '-c',
      // What is only called so is not deleted.
      `exec 6>'${disk.path('kept (deleted)')}' 7>'${file}'; head -c 4194304 /dev/zero >&6; head -c 8388608 /dev/zero >&7; rm '${file}'; sleep 60 >/dev/null 2>&1 & echo $!`,
    );
    try {
      const { result } = await reclaim({ HEADROOM_TARGET_PERCENT: '1' });
      expect(stepOf(result, 'deleted-open')).toMatchObject({
        status: 'done',
        bytesFreed: 0,
        why: `sleep[${holder}] 8 MiB`,
      });
      const assess = await runForResult('assess-node', {
        env: { ...disk.env, HEADROOM_TIME_BUDGET_SECONDS: '5' },
      });
      expect(assess.result.deletedOpen).toEqual([[Number(holder), 'sleep', 8 * MIB]]);
      expect(assess.result.deletedOpenBytes).toBe(8 * MIB);
      expect((await run('kill', ['-0', holder])).exitCode).toBe(0);
    } finally {
      await run('kill', [holder]);
      // On a busy machine it would still hold the mount.
      await run('tail', [`--pid=${holder}`, '--follow', '/dev/null']);
    }
  },
);

test('the journal is vacuumed to what is kept', async () => {
  put('var/log/journal/README');
  const { result } = await reclaim({ HEADROOM_TARGET_PERCENT: '1' });
  expect(stepOf(result, 'journal').status).toBe('done');
});

test('a second run at the same time is refused, and says so', async () => {
  const held = run('flock', ['/run/headroom-reclaim.lock', 'sleep', '3']);
  await new Promise((resolve) => setTimeout(resolve, 300));
  const outcome = await runScript('reclaim-disk.sh', {
    env: { ...disk.env, HEADROOM_LOCK_WAIT_SECONDS: '0' },
  });
  expect(outcome.exitCode).toBe(3);
  expect(JSON.parse(outcome.stdout)).toMatchObject({
    ok: false,
    error: 'another reclaim run is in progress; waited 0 s',
  });
  await held;
  expect((await reclaim({ HEADROOM_LOCK_WAIT_SECONDS: '0' })).exitCode).toBe(0);
});

describe('containers and images', () => {
  const OLD = '2026-01-01T00:00:00.123456789Z';
  let cri: string;
  let socket: Server;

  const has = (kind: string): string[] => readdirSync(join(cri, kind)).sort();
  const set = (kind: string, files: Record<string, string>): void => {
    mkdirSync(join(cri, kind), { recursive: true });
    for (const [id, text] of Object.entries(files)) writeFileSync(join(cri, kind, id), `${text}\n`);
  };
  const withCri = (env: Record<string, string> = {}): Promise<ScriptOutcome<ReclaimResult>> =>
    reclaim({
      ...env,
      HEADROOM_TARGET_PERCENT: '1',
      STAND_IN_CRI: cri,
      CONTAINER_RUNTIME_ENDPOINT: `unix://${join(cri, 'cri.sock')}`,
    });

  beforeEach(async () => {
    cri = mkdtempSync(join(tmpdir(), 'headroom-cri-'));
    for (const kind of ['pods', 'containers', 'images']) mkdirSync(join(cri, kind));
    writeFileSync(
      join(cri, 'info'),
      '{\n  "config": {\n    "sandboxImage": "registry.k8s.io/sandbox:9",\n  }\n}\n',
    );
    socket = createServer().listen(join(cri, 'cri.sock'));
    await new Promise((resolve) => socket.once('listening', resolve));
  });
  afterEach(() => {
    socket.close();
    rmSync(cri, { recursive: true, force: true });
  });

  test('only images that nothing needs are removed', async () => {
    put('etc/kubernetes/manifests/etcd.yaml');
    writeFileSync(
      disk.path('etc/kubernetes/manifests/etcd.yaml'),
      'spec:\n  containers:\n  - image: registry.k8s.io/etcd:3.6\n    name: etcd\n  - name: b\n    image: "registry.k8s.io/quoted:1"\n',
    );
    set('pods', { pod: `ready ${OLD}` });
    set('containers', { c1: `pod app 0 CONTAINER_RUNNING 0001-01-01T00:00:00Z sha256:used app:1` });
    set('images', {
      'sha256:used': 'false app:1 app@sha256:aa',
      'sha256:pinned': 'true whatever:1',
      'sha256:pause': 'false registry.k8s.io/pause:3.10',
      'sha256:sandbox': 'false registry.k8s.io/sandbox:9',
      'sha256:etcd': 'false registry.k8s.io/etcd:3.6 registry.k8s.io/etcd@sha256:bb',
      'sha256:quoted': 'false registry.k8s.io/quoted:1',
      'sha256:junk': 'false junk:1',
      'sha256:nameless': 'false',
      'sha256:etcd-old': 'false registry.k8s.io/etcd:3.5',
    });
    const { result } = await withCri();
    expect(stepOf(result, 'images')).toMatchObject({ status: 'done', why: '3 removed, 6 kept' });
    expect(has('images')).toEqual(
      ['etcd', 'pause', 'pinned', 'quoted', 'sandbox', 'used'].map((name) => `sha256:${name}`),
    );
  });

  test('what the policy keeps stays: by name, and by the time since it was pulled', async () => {
    const blobs = 'var/lib/containerd/io.containerd.content.v1.content/blobs/sha256';
    for (const name of ['young', 'old']) put(`${blobs}/${name}`);
    await mustRun('touch', '-d', '13 hours ago', disk.path(blobs, 'old'));
    const all = {
      'sha256:base': 'false registry.example.com/base/jdk:21',
      'sha256:young': 'false junk:1',
      'sha256:old': 'false junk:2',
      'sha256:unknown': 'false junk:3',
    };
    set('images', all);
    const keep = { HEADROOM_KEEP_IMAGES: 'other,registry.example.com/base/+' };
    const { result } = await withCri({ ...keep, HEADROOM_IMAGES_MINIMUM_AGE_HOURS: '12' });
    expect(stepOf(result, 'images')).toMatchObject({ status: 'done', why: '1 removed, 3 kept' });
    expect(has('images')).toEqual(['sha256:base', 'sha256:unknown', 'sha256:young']);
    expect(result.deleted?.largest).toContainEqual(['images', 'image sha256:old junk:2', 742_092, 0]);
    await withCri(keep);
    expect(has('images')).toEqual(['sha256:base']);
  });

  test('images on a disk of their own free nothing here, and stay', async () => {
    set('images', { 'sha256:junk': 'false junk:1' });
    writeFileSync(join(cri, 'imagefs'), cri);
    const { result } = await withCri();
    expect(stepOf(result, 'images')).toMatchObject({
      status: 'skipped',
      why: `${cri} is on another filesystem`,
    });
    expect(has('images')).toEqual(['sha256:junk']);
  });

  test('a runtime that cannot say what is in use loses no image', async () => {
    set('images', { 'sha256:junk': 'false junk:1' });
    rmSync(join(cri, 'info'));
    const { result } = await withCri();
    expect(stepOf(result, 'images')).toMatchObject({
      status: 'failed',
      why: expect.stringMatching(/^cannot determine which images are in use: /) as unknown,
    });
    expect(has('images')).toEqual(['sha256:junk']);
  });

  test('of what ended, the last attempt in a running pod stays: without its record it would run again', async () => {
    const now = new Date().toISOString();
    set('pods', {
      live: `ready ${OLD}`,
      dead: `notready ${OLD}`,
      empty: `notready ${OLD}`,
      young: `notready ${now}`,
    });
    set('containers', {
      running: `live app 3 CONTAINER_RUNNING 0001-01-01T00:00:00Z sha256:i a`,
      superseded: `live app 2 CONTAINER_EXITED ${OLD} sha256:i a`,
      'init-done': `live init 0 CONTAINER_EXITED ${OLD} sha256:i a`,
      'just-ended': `live app 1 CONTAINER_EXITED ${now} sha256:i a`,
      'of-dead-pod': `dead app 0 CONTAINER_EXITED ${OLD} sha256:i a`,
      created: `dead app 1 CONTAINER_CREATED 1970-01-01T00:00:00Z sha256:i a`,
    });
    const { result } = await withCri();
    expect(stepOf(result, 'containers')).toMatchObject({ status: 'done', why: '2 containers, 1 sandboxes' });
    expect(has('containers')).toEqual(['created', 'init-done', 'just-ended', 'running']);
    expect(has('pods')).toEqual(['dead', 'live', 'young']);
  });

  test('no socket: both steps are skipped', async () => {
    const { result } = await reclaim({
      HEADROOM_TARGET_PERCENT: '1',
      CONTAINER_RUNTIME_ENDPOINT: 'unix:///run/none.sock',
    });
    expect(stepOf(result, 'containers')).toMatchObject({ status: 'skipped', why: 'no CRI socket' });
    expect(stepOf(result, 'images')).toMatchObject({ status: 'skipped', why: 'no CRI socket' });
  });
});

test('a folder of rotated logs larger than a command line is removed whole', async () => {
  mkdirSync(disk.path('var/log/many'), { recursive: true });
  await run('sh', [
    '-c',
    `cd '${disk.path('var/log/many')}' && seq 1500 | while read i; do : >"f$i.gz"; done`,
  ]);
  const { result } = await reclaim({ HEADROOM_TARGET_PERCENT: '1' });
  expect(stepOf(result, 'logs')).toMatchObject({ status: 'done', inodesFreed: 1500, why: '1500 files' });
  expect(statSync(disk.path('var/log/many')).isDirectory()).toBe(true);
});
