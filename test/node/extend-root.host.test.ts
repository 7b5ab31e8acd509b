import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { nodeFilePath } from '../../lib/node/node-files';
import { expectOneLine, mustRun, run, runForResult, runScript, type ScriptRun } from './run-script';
import { LoopFilesystem, mayGrowExt4, type LoopOptions } from './loop-filesystem';

const GIB = 1024 ** 3;
let disk: LoopFilesystem | undefined;

const mounted = async (options: LoopOptions): Promise<LoopFilesystem> => {
  disk = await LoopFilesystem.create(options);
  return disk;
};

jest.setTimeout(60_000);
afterEach(async () => {
  await disk?.destroy();
  disk = undefined;
});

describe.each([
  ['on the whole disk', false, 'whole-disk'],
  ['on a partition', true, 'partition'],
] as const)('xfs %s', (_, partitioned, layout) => {
  test('takes all of a larger disk while it is full, and a second run changes nothing', async () => {
    const { env, ...loop } = await withEnv({ type: 'xfs', sizeMiB: 512, partitioned });
    await loop.disk.fill();
    await loop.disk.growDisk(3072);

    const first = await runForResult('extend-root', { env: { ...env, HEADROOM_MIN_DISK_GIB: '3' } });
    expect(first).toMatchObject({
      exitCode: 0,
      result: { ok: true, changed: true, layout, before: { usedPercent: 100 } },
    });
    expect(first.result.after.diskBytes).toBe(3 * GIB);
    expect(first.result.after.sizeBytes).toBeGreaterThan(2.8 * GIB);
    expect(first.result.after.usedPercent).toBeLessThan(25);
    expect(first.result.after).toMatchObject({
      partitionGrowableBytes: 0,
      filesystemGrowableBytes: expect.any(Number) as unknown,
    });

    const second = await runForResult('extend-root', { env });
    expect(second).toMatchObject({ exitCode: 0, result: { ok: true, changed: false } });
    expect(second.result.after).toEqual(first.result.after);
  });

  test('reports in a dry run what it finds, and changes nothing', async () => {
    const { env, ...loop } = await withEnv({ type: 'xfs', sizeMiB: 512, partitioned });
    await loop.disk.growDisk(1024);
    const { exitCode, result } = await runForResult('extend-root', { env, args: ['--dry-run'] });
    expect({ exitCode, result }).toMatchObject({
      exitCode: 0,
      result: { ok: true, dryRun: true, changed: false },
    });
    const { partitionGrowableBytes = 0, filesystemGrowableBytes = 0, sizeBytes } = result.after;
    expect(partitionGrowableBytes + filesystemGrowableBytes).toBeGreaterThan(0.48 * GIB);
    expect(sizeBytes).toBe(result.before.sizeBytes);
    expect((await runForResult('assess-node', { env })).result.root.sizeBytes).toBe(sizeBytes);
  });

  // Alone, as user data brings it, and with extend-root beside it, as PrepareNode does.
  test.each(['boot-extend.sh', '*.sh'])(
    'boot-extend (%s) does the same at boot, tells it once, and is quiet when there is nothing to do',
    async (files) => {
      const { env, ...loop } = await withEnv({ type: 'xfs', sizeMiB: 512, partitioned });
      const scripts = mkdtempSync(join(tmpdir(), 'headroom-boot-'));
      try {
        const from = dirname(nodeFilePath('boot-extend.sh'));
        await mustRun('sh', '-c', `cp ${from}/${files} ${scripts}`);
        const boot = (): Promise<ScriptRun> =>
          run('bash', [join(scripts, 'boot-extend.sh')], { PATH: process.env['PATH'], ...env });
        await loop.disk.fill();
        await loop.disk.growDisk(1024);
        expect(await boot()).toMatchObject({
          exitCode: 0,
          stdout: expect.stringMatching(
            /^headroom boot-extend: \S+ grew from \d+ to \d+ bytes\n$/,
          ) as unknown,
        });
        expect((await runForResult('assess-node', { env })).result.root.sizeBytes).toBeGreaterThan(0.9 * GIB);
        expect(await boot()).toEqual({ exitCode: 0, stdout: '', stderr: '' });
      } finally {
        rmSync(scripts, { recursive: true });
      }
    },
  );
});

test('without growpart, sfdisk grows the partition and moves the backup table', async () => {
  const { env, ...loop } = await withEnv({ type: 'xfs', sizeMiB: 512, partitioned: true });
  await loop.disk.growDisk(1024);
  // In a mount namespace of its own, so that this machine keeps its growpart.
  const command = 'mount --bind /dev/null "$(command -v growpart)" && exec bash "$0"';
  const script = nodeFilePath('extend-root.sh');
  const outcome = await run('unshare', ['--mount', 'sh', '-c', command, script], {
    PATH: process.env['PATH'],
    ...env,
  });
  expect(outcome.stderr).toContain('without growpart: using sfdisk');
  expect(expectOneLine(outcome)).toMatchObject({
    ok: true,
    changed: true,
    after: { partitionGrowableBytes: 0 },
  });
  expect((await run('sfdisk', ['--verify', loop.disk.disk])).stdout).toContain('No errors detected');
});

test('grows an ext4 online, or reports a failure on a machine that forbids it', async () => {
  const { env, ...loop } = await withEnv({ type: 'ext4', sizeMiB: 512 });
  await loop.disk.fill();
  await loop.disk.growDisk(2048);
  const { exitCode, result } = await runForResult('extend-root', { env });
  expect(result.before).toMatchObject({ availableBytes: 0, usedPercent: 100 });
  if (mayGrowExt4()) {
    expect({ exitCode, result }).toMatchObject({ exitCode: 0, result: { ok: true, changed: true } });
    expect(result.after.sizeBytes).toBeGreaterThan(1.8 * GIB);
    expect((await runForResult('extend-root', { env })).result).toMatchObject({ ok: true, changed: false });
  } else {
    expect({ exitCode, result }).toMatchObject({
      exitCode: 1,
      result: {
        ok: false,
        changed: false,
        error: expect.stringMatching(/^resize2fs \/dev\/loop\d+ failed: /) as unknown,
      },
    });
    expect(result.after.filesystemGrowableBytes).toBe(1.5 * GIB);
  }
});

test.each([
  [
    'says that nothing can be grown',
    'echo "NOCHANGE: partition 2 is size 1. it cannot be grown"; exit 1',
    /^\d+ MiB of loop\d+ are still unused after extending; growpart: NOCHANGE: partition 2 is size 1\. it cannot be grown$/,
  ],
  [
    'fails',
    'echo "FAILED: failed to make temp dir"; exit 2',
    /^growpart failed with exit code 2: FAILED: failed to make temp dir$/,
  ],
])('fails when growpart %s while there is room', async (_, body, error) => {
  const { env, ...loop } = await withEnv({ type: 'xfs', sizeMiB: 512, partitioned: true });
  await loop.disk.growDisk(1024);
  const growpart = loop.disk.path('growpart');
  writeFileSync(growpart, `#!/bin/sh\n${body}\n`, { mode: 0o755 });
  const path = `${loop.disk.mountPoint}:${process.env['PATH'] ?? ''}`;
  const { exitCode, result } = await runForResult('extend-root', { env: { ...env, PATH: path } });
  expect({ exitCode, result }).toMatchObject({
    exitCode: 1,
    result: { ok: false, changed: false, error: expect.stringMatching(error) as unknown },
  });
});

test('waits for a disk that does not grow, then fails', async () => {
  const { env } = await withEnv({ type: 'xfs', sizeMiB: 512 });
  const outcome = await runForResult('extend-root', {
    env: { ...env, HEADROOM_MIN_DISK_GIB: '2', HEADROOM_WAIT_SECONDS: '1' },
  });
  expect(outcome.exitCode).toBe(1);
  expect(outcome.result).toMatchObject({
    ok: false,
    changed: false,
    error: 'the kernel sees a disk of 0 GiB after 1 s, expected 2 GiB',
  });
});

test('refuses a folder that is not a mount point', async () => {
  const outcome = await runScript('extend-root.sh', { env: { HEADROOM_MOUNT_POINT: '/usr/share' } });
  expect(outcome.exitCode).toBe(1);
  expect(JSON.parse(outcome.stdout)).toMatchObject({ ok: false, error: '/usr/share is not a mount point' });
});

/** Output of growpart where sfdisk fails, of cloud-utils 0.33; the cause stands in the middle. */
const GROWPART_FAILS = [
  'attempt to resize /dev/vda failed. sfdisk output below:',
  '| Checking that no-one is using this disk right now ... OK',
  '| Failed to add #1 partition: No space left on device',
  '| Leaving.',
  'FAILED: failed to resize',
  '***** WARNING: Resize failed, attempting to revert ******',
  '***** Restore appears to have gone OK ****',
];

test('reports the cause of a failure wherever it is in the output', async () => {
  const { env, ...loop } = await withEnv({ type: 'xfs', sizeMiB: 512, partitioned: true });
  await loop.disk.growDisk(1024);
  const body = GROWPART_FAILS.map((line) => `echo '${line}'\n`).join('');
  writeFileSync(loop.disk.path('growpart'), `#!/bin/sh\n${body}exit 2\n`, { mode: 0o755 });
  const path = `${loop.disk.mountPoint}:${process.env['PATH'] ?? ''}`;
  const { exitCode, result } = await runForResult('extend-root', { env: { ...env, PATH: path } });
  expect({ exitCode, error: result.error }).toEqual({
    exitCode: 1,
    error: 'growpart failed with exit code 2: Failed to add #1 partition: No space left on device',
  });
});

const withEnv = async (
  options: LoopOptions,
): Promise<{ disk: LoopFilesystem; env: Readonly<Record<string, string>> }> => {
  const made = await mounted(options);
  return { disk: made, env: made.env };
};
