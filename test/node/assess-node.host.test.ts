import { mkdirSync, writeFileSync } from 'node:fs';
import { nodeFilePath } from '../../lib/node/node-files';
import { LoopFilesystem } from './loop-filesystem';
import { expectOneLine, mustRun, run, runForResult } from './run-script';

const MIB = 1024 ** 2;
jest.setTimeout(60_000);
let disk: LoopFilesystem;
afterEach(() => disk.destroy());

describe.each([
  ['ext4', false],
  ['xfs', false],
  ['xfs', true],
] as const)('%s, partitioned: %s', (type, partitioned) => {
  test('reports the numbers of df, and layers that add up', async () => {
    disk = await LoopFilesystem.create({ type, sizeMiB: 512, partitioned });
    await mustRun('fallocate', '-l', '100MiB', disk.path('load'));
    const [size, used, available] = (
      await mustRun('sh', '-c', `df --block-size=1 --output=size,used,avail '${disk.mountPoint}' | tail -n 1`)
    )
      .split(/\s+/)
      .map(Number);
    const { exitCode, result } = await runForResult('assess-node', { env: disk.env });
    expect(exitCode).toBe(0);
    expect(result.root).toMatchObject({
      device: disk.device,
      fsType: type,
      sizeBytes: size,
      availableBytes: available,
    });
    expect(result.root.usedPercent).toBeCloseTo((100 * (used ?? 0)) / ((used ?? 0) + (available ?? 0)), 0);
    expect(result.root.diskBytes).toBe(512 * MIB);
    expect(result.root.partitionBytes).toBe((partitioned ? 502 : 512) * MIB);
    // The gaps that count are beyond 256 MiB: a fresh filesystem must not look half-grown.
    expect(result.root.partitionGrowableBytes).toBeLessThan(2 * MIB);
    expect(result.root.filesystemGrowableBytes).toBeLessThan(2 * MIB);
  });
});

test('names the biggest directories, and hostile names do not break the line', async () => {
  disk = await LoopFilesystem.create({ type: 'ext4', sizeMiB: 1024 });
  const hostile = [
    '"quote"',
    'back\\slash',
    'new\nline',
    `${'long '.repeat(40)}`,
    '\u0001control',
    '{{ brace }}',
    '$(id)',
  ];
  for (const [index, name] of hostile.entries()) {
    mkdirSync(disk.path(name, 'deep'), { recursive: true });
    await mustRun('fallocate', '-l', `${40 + index}MiB`, disk.path(name, 'deep', 'file'));
  }
  await mustRun('fallocate', '-l', '100MiB', disk.path('top'));
  const { result } = await runForResult('assess-node', { env: disk.env });
  expect(result.biggest).toHaveLength(5);
  expect(result.biggest[0]?.[1]).toBeGreaterThanOrEqual(46 * MIB);
  for (const [path] of result.biggest) expect(path.length).toBeLessThanOrEqual(64);
});

test('treats a name with a line break and a number as one name', async () => {
  disk = await LoopFilesystem.create({ type: 'ext4', sizeMiB: 128 });
  mkdirSync(disk.path('x\n+1e18 boom'));
  await mustRun('fallocate', '-l', '30MiB', disk.path('x\n+1e18 boom', 'file'));
  const { result } = await runForResult('assess-node', { env: disk.env });
  expect(result.biggest).toEqual([
    [expect.stringContaining('x?+1e18 boom') as unknown, expect.any(Number) as unknown],
  ]);
});

describe('directories with the most files', () => {
  const make = (folder: string, files: number): Promise<string> =>
    mustRun(
      'sh',
      '-c',
      `mkdir -p '${disk.path(folder)}' && cd '${disk.path(folder)}' && seq ${files} | xargs touch`,
    );

  test('are named when inodes are scarce, three levels deep', async () => {
    disk = await LoopFilesystem.create({ type: 'ext4', sizeMiB: 256, inodes: 8192 });
    await make('var/lib/app/deep/deeper', 4000);
    await make('srv/we"ird\nname', 2000);
    await make('srv/few', 500);
    const { result } = await runForResult('assess-node', { env: disk.env });
    expect(result.root.inodesUsedPercent).toBeGreaterThan(70);
    const top = `${disk.mountPoint}/`;
    expect(result.mostFiles).toEqual(
      [
        [`${top}var/lib/app`, 4002],
        [`${top}srv/we"ird?name`, 2000],
      ].map(([path, count]) => [String(path).length > 64 ? `${String(path).slice(0, 61)}...` : path, count]),
    );
  });

  test('are not looked for while there are enough', async () => {
    disk = await LoopFilesystem.create({ type: 'ext4', sizeMiB: 256, inodes: 8192 });
    await make('var/lib/app', 4000);
    const { result } = await runForResult('assess-node', { env: disk.env });
    expect(result).not.toHaveProperty('mostFiles');
  });
});

test('reports the role, images and units of a node', async () => {
  disk = await LoopFilesystem.create({ type: 'ext4', sizeMiB: 64 });
  mkdirSync(disk.path('etc/kubernetes/manifests'), { recursive: true });
  writeFileSync(disk.path('etc/kubernetes/manifests/kube-apiserver.yaml'), '');
  mkdirSync(disk.path('images'));
  writeFileSync(disk.path('images/sha256:a'), '');
  writeFileSync(disk.path('containerd'), 'active');
  const { result } = await runForResult('assess-node', {
    env: { ...disk.env, STAND_IN_CRI: disk.mountPoint, STAND_IN_UNITS: disk.mountPoint },
    standIns: true,
  });
  expect(result).toMatchObject({
    role: 'control-plane',
    images: { count: 1, bytes: 123456 },
    kubelet: 'absent',
    kubeletHealthz: false,
    containerd: 'active',
  });
});

/**
 * The machine's own root, made read-only for the script alone: whatever writes to it fails. `/run` is memory, as on a node.
 * The filesystem that is looked at has no byte left.
 */
test.each(['assess-node.sh', 'verify-node.sh', 'reclaim-disk.sh', 'restart-kubelet.sh', 'extend-root.sh'])(
  '%s works at 0 bytes with a root that cannot be written',
  async (script) => {
    disk = await LoopFilesystem.create({ type: 'xfs', sizeMiB: 512 });
    await disk.fill();
    const command = [
      'mount -t tmpfs tmpfs /run',
      'mount -o remount,bind,ro /',
      '! touch /tmp/headroom-root-is-writable 2>/dev/null',
      'exec bash "$0"',
    ].join(' && ');
    const env = {
      PATH: process.env['PATH'],
      ...disk.env,
      HEADROOM_WAIT_SECONDS: '1',
      HEADROOM_TARGET_PERCENT: '75',
    };
    const outcome = await run('unshare', ['--mount', 'sh', '-c', command, nodeFilePath(script)], env);
    expect(expectOneLine(outcome)).toMatchObject({ headroom: 1, script: script.replace('.sh', '') });
    expect(outcome.stderr).not.toMatch(/read-only file system|no space left|cannot create temp/i);
    expect(outcome.exitCode).toBe(script === 'verify-node.sh' ? 1 : 0);
  },
);
