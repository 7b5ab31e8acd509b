import { existsSync, statSync, writeFileSync } from 'node:fs';
import { LoopFilesystem } from './loop-filesystem';
import { mustRun, run, runScript } from './run-script';

const MIB = 1024 ** 2;
let disk: LoopFilesystem;

const guard = (mode: string): ReturnType<typeof runScript> =>
  runScript('guard.sh', { env: disk.env, args: [mode] });
const ballast = (): string => disk.path('var/lib/headroom/ballast');
const fillTo = (usedMiB: number): Promise<string> =>
  mustRun('fallocate', '-l', `${usedMiB}MiB`, disk.path('load'));

jest.setTimeout(60_000);
afterEach(() => disk.destroy());

describe.each(['ext4', 'xfs'] as const)('%s', (type) => {
  beforeEach(async () => {
    disk = await LoopFilesystem.create({ type, sizeMiB: 2048 });
  });

  test('ensure makes a ballast of 2 %, once', async () => {
    expect((await guard('ensure')).stdout).toMatch(
      /^headroom guard: ballast of \d+ MiB created, \d+ % used, \d+ MiB available\n$/,
    );
    const { size, blocks, mode } = statSync(ballast());
    expect(size).toBeGreaterThan(37 * MIB);
    expect(size).toBeLessThan(41 * MIB);
    expect(blocks * 512).toBeGreaterThanOrEqual(size);
    expect(mode & 0o777).toBe(0o600);
    expect(await guard('ensure')).toEqual({ exitCode: 0, stdout: '', stderr: '' });
    expect(await guard('tick')).toEqual({ exitCode: 0, stdout: '', stderr: '' });
  });

  test('at 0 bytes a tick releases it, so that an agent can write; it comes back when there is room', async () => {
    await guard('ensure');
    await disk.fill();
    expect((await run('sh', ['-c', `head -c 8192 /dev/zero >'${disk.path('script')}'`])).exitCode).not.toBe(
      0,
    );
    expect((await guard('tick')).stdout).toMatch(/^headroom guard: ballast of \d+ MiB released, /);
    expect(existsSync(ballast())).toBe(false);
    expect((await run('sh', ['-c', `head -c 8192 /dev/zero >'${disk.path('script')}'`])).exitCode).toBe(0);
    expect(await guard('tick')).toEqual({ exitCode: 0, stdout: '', stderr: '' });

    disk.unfill();
    expect((await guard('tick')).stdout).toContain(' created, ');
    expect(existsSync(ballast())).toBe(true);
  });

  test('between the levels nothing moves: no ballast is made at 80 % used, none released below 99 %', async () => {
    await fillTo(1650);
    expect(await guard('tick')).toEqual({ exitCode: 0, stdout: '', stderr: '' });
    expect(existsSync(ballast())).toBe(false);
    await mustRun('rm', disk.path('load'));
    await guard('tick');
    await fillTo(1650);
    expect(await guard('tick')).toEqual({ exitCode: 0, stdout: '', stderr: '' });
    expect(existsSync(ballast())).toBe(true);
  });

  test('less than 64 MiB available releases it', async () => {
    await guard('ensure');
    const { stdout } = await guard('status');
    const available = Number(/(\d+) MiB available/.exec(stdout)?.[1]);
    await fillTo(available - 50);
    expect((await guard('tick')).stdout).toContain(' released, ');
  });

  test('a ballast that is too small is made again', async () => {
    await guard('ensure');
    writeFileSync(ballast(), 'x');
    expect((await guard('tick')).stdout).toContain(' created, ');
    expect(statSync(ballast()).size).toBeGreaterThan(37 * MIB);
  });
});

test('at 0 inodes a tick says nothing, fails nothing and makes nothing', async () => {
  disk = await LoopFilesystem.create({ type: 'ext4', sizeMiB: 512, inodes: 64 });
  await run('sh', ['-c', `cd '${disk.mountPoint}' && for i in $(seq 200); do : >f$i || break; done`]);
  expect((await run('touch', [disk.path('one-more')])).exitCode).not.toBe(0);
  expect(await guard('tick')).toEqual({ exitCode: 0, stdout: '', stderr: '' });
  expect(existsSync(ballast())).toBe(false);
});

test('an unknown mode is told', async () => {
  disk = await LoopFilesystem.create({ type: 'ext4', sizeMiB: 64 });
  expect(await guard('help')).toMatchObject({ exitCode: 2, stderr: 'usage: guard.sh ensure|tick|status\n' });
});
