import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeFile } from '../../lib/node/node-files';
import { LoopFilesystem } from './loop-filesystem';
import { expectOneLine, mustRun, outputOf, run, runScript, type ScriptRun } from './run-script';

const MIB = 1024 ** 2;
let disk: LoopFilesystem;
/** Stands for /run: never on the disk that is full. */
let memory: string;

const guard = (mode: string): ReturnType<typeof runScript> =>
  runScript('guard.sh', {
    // A folder of its own, and nothing that is due: the reclaim script lies beside the guard here.
    env: { ...disk.env, HEADROOM_RUN_FOLDER: memory, HEADROOM_GUARD_RECLAIM_PERCENT: '100' },
    args: [mode],
  });
const ballast = (): string => disk.path('var/lib/headroom/ballast');
const fillTo = (usedMiB: number): Promise<string> =>
  mustRun('fallocate', '-l', `${usedMiB}MiB`, disk.path('load'));

jest.setTimeout(60_000);
beforeEach(() => (memory = mkdtempSync(join(tmpdir(), 'headroom-guard-'))));
afterEach(async () => {
  await disk.destroy();
  rmSync(memory, { recursive: true, force: true });
});

describe.each(['ext4', 'xfs'] as const)('%s', (type) => {
  beforeEach(async () => {
    disk = await LoopFilesystem.create({ type, sizeMiB: 2048 });
  });

  test('ensure makes a ballast of 2 %, once', async () => {
    expect((await guard('ensure')).stdout).toMatch(
      /^(headroom guard: (ballast of \d+ MiB created|512 inodes kept), \d+ % used, \d+ MiB available\n){2}$/,
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
    await mustRun('sync', '--file-system', disk.mountPoint); // xfs frees in the background
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

describe('inodes run out', () => {
  const touch = (path: string): Promise<ScriptRun> => run('touch', [path]);
  const useAllInodes = (): Promise<ScriptRun> =>
    run('sh', [
      '-c',
      `cd '${disk.mountPoint}' && for i in $(seq 9999); do : >f$i || break; done 2>/dev/null`,
    ]);
  const reserve = (): string => disk.path('var/lib/headroom/inodes');

  test('512 empty files are kept, and given up when the inodes are used up; they come back when there are enough', async () => {
    disk = await LoopFilesystem.create({ type: 'ext4', sizeMiB: 512, inodes: 4096 });
    await guard('ensure');
    expect(readdirSync(reserve())).toHaveLength(512);
    expect(await guard('tick')).toEqual({ exitCode: 0, stdout: '', stderr: '' });

    await useAllInodes();
    expect((await touch(disk.path('one-more'))).exitCode).not.toBe(0);
    expect((await guard('tick')).stdout).toMatch(/^headroom guard: 512 inodes released, 0 were free, /);
    // What an agent makes for one command.
    expect((await run('mkdir', ['-p', disk.path('var/lib/amazon/ssm/i-0/document/c/s')])).exitCode).toBe(0);
    expect(await guard('tick')).toEqual({ exitCode: 0, stdout: '', stderr: '' });
    expect(existsSync(reserve())).toBe(false);

    await mustRun('sh', '-c', `rm '${disk.mountPoint}'/f*`);
    await guard('tick');
    expect(readdirSync(reserve())).toHaveLength(512);
  });

  test('none are kept where there are few', async () => {
    disk = await LoopFilesystem.create({ type: 'ext4', sizeMiB: 512, inodes: 2048 });
    await guard('tick');
    expect(existsSync(reserve())).toBe(false);
  });
});

test('an unknown mode is told', async () => {
  disk = await LoopFilesystem.create({ type: 'ext4', sizeMiB: 64 });
  expect(await guard('help')).toMatchObject({ exitCode: 2, stderr: 'usage: guard.sh ensure|tick|status\n' });
});

describe('with the reclaim script beside it, as PrepareNode puts it', () => {
  let agent: Socket;
  let heard: string[];
  let reclaims: string;

  beforeEach(async () => {
    reclaims = join(memory, 'reclaims');
    for (const name of ['guard.sh', 'guard-duties.sh']) writeFileSync(join(memory, name), nodeFile(name));
    disk = await LoopFilesystem.create({ type: 'ext4', sizeMiB: 1024 });
    heard = [];
    agent = createSocket('udp4');
    agent.on('message', (message) => heard.push(message.toString()));
    agent.bind(0, '127.0.0.1');
    await once(agent, 'listening');
  });
  afterEach(() => agent.close());

  const reclaimScript = (text: string): void =>
    writeFileSync(join(memory, 'reclaim-disk.sh'), `#!/bin/bash\necho ran >>'${reclaims}'\n${text}\n`);
  const ran = (): number =>
    existsSync(reclaims) ? readFileSync(reclaims, 'utf8').trim().split('\n').length : 0;
  const tick = async (more: Record<string, string> = {}): Promise<ScriptRun> => {
    const outcome = await run('bash', [join(memory, 'guard.sh'), 'tick'], {
      PATH: process.env['PATH'],
      ...disk.env,
      HEADROOM_RUN_FOLDER: join(memory, 'run'),
      HEADROOM_STATSD_PORT: String(agent.address().port),
      HEADROOM_ENVIRONMENT: 'prod',
      ...more,
    });
    for (let tries = 0; tries < 50 && heard.length === 0; tries += 1)
      await new Promise((resolve) => setTimeout(resolve, 20));
    return outcome;
  };
  const WELL = 'headroom_guard_failed:0|g|#environment:prod';
  const FAILED = 'headroom_guard_failed:1|g|#environment:prod';

  test('below its level it leaves the disk alone, at the level it reclaims, and not again before its time', async () => {
    reclaimScript(`rm -f '${disk.path('load')}'`);
    await tick();
    expect(ran()).toBe(0);
    await fillTo(800);
    const { stdout, stderr } = await tick();
    expect(stderr).toBe('');
    expect(stdout).toMatch(
      /^headroom guard: reclaimed 800 MiB, it was 90 % used, \d % used, \d+ MiB available\n/,
    );
    await fillTo(800);
    expect(await tick()).toEqual({ exitCode: 0, stdout: '', stderr: '' });
    expect(ran()).toBe(1);
    expect(new Set(heard)).toEqual(new Set([WELL]));

    // Ten minutes of uptime later.
    const state = join(memory, 'run', 'guard.state');
    const [began = '', ...others] = readFileSync(state, 'utf8').split('\n');
    writeFileSync(state, [String(Number(began) - 601), ...others].join('\n'));
    await tick();
    expect(ran()).toBe(2);
  });

  const pauseGuard = (until: number): Promise<ScriptRun> =>
    runScript('pause-guard.sh', {
      env: {
        ...disk.env,
        HEADROOM_RUN_FOLDER: join(memory, 'run'),
        HEADROOM_PAUSE_UNTIL: String(until),
      },
    });
  const formatSeconds = (seconds: number): number => Math.floor(Date.now() / 1_000) + seconds;

  test('paused, it reclaims nothing and still releases the ballast; the pause outlives a reboot and ends by itself', async () => {
    reclaimScript('');
    expect((await run('bash', [join(memory, 'guard.sh'), 'ensure'], disk.env)).exitCode).toBe(0);
    expect(expectOneLine(await pauseGuard(formatSeconds(3_600)))).toMatchObject({ ok: true, skipped: [] });
    await disk.fill();
    expect((await tick()).stdout).toMatch(/ballast of \d+ MiB released/);
    expect(ran()).toBe(0);
    // A reboot empties /run.
    rmSync(join(memory, 'run'), { recursive: true });
    await tick();
    expect(ran()).toBe(0);
    writeFileSync(disk.path('var/lib/headroom/paused-until'), `${formatSeconds(-1)}\n`);
    await tick();
    expect(ran()).toBe(1);
  });

  test('resumed, it reclaims at once', async () => {
    reclaimScript('');
    await fillTo(800);
    await pauseGuard(formatSeconds(3_600));
    await tick();
    expect(ran()).toBe(0);
    expect((await pauseGuard(0)).exitCode).toBe(0);
    await tick();
    expect(ran()).toBe(1);
  });

  test.each(['9999999999', 'soon', '', '-1'])('a pause until "%s" is none', async (until) => {
    reclaimScript('');
    await fillTo(800);
    mkdirSync(join(memory, 'run'));
    writeFileSync(join(memory, 'run/paused-until'), `${until}\n`);
    await tick();
    expect(ran()).toBe(1);
  });

  test('at 0 bytes the pause is kept in memory alone', async () => {
    mkdirSync(disk.path('var/lib/headroom'), { recursive: true });
    await disk.fill();
    expect(expectOneLine(await pauseGuard(formatSeconds(3_600)))).toMatchObject({
      ok: true,
      skipped: [expect.stringContaining('no room') as string],
    });
    reclaimScript('');
    await tick();
    expect(ran()).toBe(0);
  });

  test('the shipped reclaim script frees what can be had again, erases no trace, and lists what it deleted', async () => {
    for (const name of ['common.sh', 'reclaim-disk.sh', 'deleter.py', 'delete-files.py'])
      writeFileSync(join(memory, name), nodeFile(name));
    for (const folder of ['var/log', 'var/cache/apt/archives', 'var/lib/systemd/coredump'])
      await mustRun('mkdir', '-p', disk.path(folder));
    const traces = ['var/log/syslog.1', 'var/log/auth.log.2.gz', 'var/lib/systemd/coredump/core.zst'].map(
      (path) => disk.path(path),
    );
    for (const path of traces) writeFileSync(path, 'trace');
    const cached = disk.path('var/cache/apt/archives/image.deb');
    await mustRun('fallocate', '-l', '300MiB', cached);
    await fillTo(520);
    const { stdout } = await tick();
    const list = join(memory, 'run', 'deleted-by-guard');
    // Less the ballast, which it may make meanwhile.
    expect(stdout).toMatch(/^headroom guard: reclaimed (?:300|2[89]\d) MiB, it was 90 % used/m);
    expect(JSON.parse(readFileSync(list, 'utf8'))).toEqual({
      step: 'packages',
      path: cached,
      bytes: 300 * MIB,
      ageHours: 0,
    });
    expect(existsSync(cached)).toBe(false);
    expect(traces.filter((path) => !existsSync(path))).toEqual([]);
    expect(heard).toEqual([WELL]);
  });

  test('at 0 bytes the ballast goes first, then it reclaims', async () => {
    await guard('ensure');
    await disk.fill();
    reclaimScript(`[[ ! -e '${disk.path('var/lib/headroom/ballast')}' ]] && rm -f '${disk.path('fill')}'`);
    const { exitCode, stdout } = await tick();
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(
      /ballast of \d+ MiB released, [^]*reclaimed \d+ MiB[^]*ballast of \d+ MiB created, /,
    );
  });

  test('a disk that goes on filling while it reclaims still gets its ballast released', async () => {
    await guard('ensure');
    await fillTo(800);
    reclaimScript(
      `fallocate -l 125MiB '${disk.path('more')}'; for _ in {1..100}; do [[ -e '${disk.path('var/lib/headroom/ballast')}' ]] || exit 0; sleep 0.1; done; exit 1`,
    );
    const { exitCode, stdout } = await tick();
    expect(stdout).toContain(' released, ');
    expect(exitCode).toBe(0);
  });

  describe('the age of the last good snapshot of etcd', () => {
    const AGE = /^headroom_etcd_snapshot_age_seconds:(\d+)\|g\|#environment:prod$/;
    const configured = (role: string): Promise<string> => {
      const folder = disk.path('opt/aws/amazon-cloudwatch-agent/etc/amazon-cloudwatch-agent.d');
      const file = `${folder}/ssm__headroom_prod_cloudwatch-agent_${role}`;
      return mustRun('sh', '-c', `mkdir -p '${folder}' && echo '{}' >'${file}'`);
    };
    const saved = (): string => disk.path('var/lib/headroom/etcd-saved');
    const setSaved = (secondsAgo: number): void => {
      const at = new Date(Date.now() - secondsAgo * 1_000);
      utimesSync(saved(), at, at);
    };
    /** What one tick tells. */
    const age = async (): Promise<number | undefined> => {
      heard.length = 0;
      await tick();
      for (let tries = 0; tries < 50 && !heard.some((line) => line.includes('guard_failed')); tries += 1)
        await new Promise((resolve) => setTimeout(resolve, 20));
      const [, seconds] = heard.map((line) => AGE.exec(line)).find((match) => match !== null) ?? [];
      return seconds === undefined ? undefined : Number(seconds);
    };

    test('a worker has none', async () => {
      await configured('worker');
      expect(await age()).toBeUndefined();
      expect(existsSync(saved())).toBe(false);
    });

    test('counts from the first tick before the first snapshot, then from each snapshot', async () => {
      await configured('control-plane');
      expect(await age()).toBeLessThan(60);
      // No snapshot was ever saved: the timer is not even installed.
      setSaved(50_000);
      expect(await age()).toBeGreaterThanOrEqual(50_000);
      writeFileSync(saved(), '');
      expect(await age()).toBeLessThan(60);
    });

    test('a time still to come does not hide for years that nothing is saved', async () => {
      await configured('control-plane');
      await age();
      setSaved(-100_000_000);
      expect(await age()).toBe(0);
      expect(statSync(saved()).mtimeMs).toBeLessThan(Date.now() + 1_000);
    });

    test('is told on a disk without a byte to spare', async () => {
      await configured('control-plane');
      await guard('ensure');
      await disk.fill();
      expect(await age()).toBeLessThan(60);
    });
  });

  test('at 0 inodes it reclaims as well', async () => {
    await disk.destroy();
    disk = await LoopFilesystem.create({ type: 'ext4', sizeMiB: 512, inodes: 64 });
    await run('sh', ['-c', `cd '${disk.mountPoint}' && for i in $(seq 200); do : >f$i || break; done`]);
    reclaimScript('');
    expect(await tick()).toEqual({ exitCode: 0, stdout: '', stderr: '' });
    expect(ran()).toBe(1);
    expect(heard).toEqual([WELL]);
  });

  test('a failing run is told once to the journal, at each tick to CloudWatch, until one ends well', async () => {
    await fillTo(800);
    reclaimScript('exit 1');
    const always = { HEADROOM_GUARD_RECLAIM_INTERVAL_MINUTES: '10' };
    expect(await tick(always)).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: 'headroom guard: failed: reclaim-disk.sh ended with 1\n',
    });
    expect(await tick(always)).toEqual({ exitCode: 0, stdout: '', stderr: '' });
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(heard).toEqual([FAILED, FAILED]);
    const state = join(memory, 'run', 'guard.state');
    writeFileSync(state, ['', ...readFileSync(state, 'utf8').split('\n').slice(1)].join('\n'));
    reclaimScript('exit 0');
    expect(await tick(always)).toEqual({ exitCode: 0, stdout: 'headroom guard: well again\n', stderr: '' });
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(heard.at(-1)).toBe(WELL);
  });

  test('another run that is at it is no failure', async () => {
    await fillTo(800);
    reclaimScript('exit 3');
    expect(await tick()).toEqual({ exitCode: 0, stdout: '', stderr: '' });
    expect(heard).toEqual([WELL]);
  });

  test.each(['0', '101', 'x', '$(touch /tmp/headroom-hostile)', ''])(
    'a level of %j does not stop it: it takes 80, and says so unless there was none',
    async (level) => {
      await fillTo(800);
      reclaimScript('');
      const { stderr } = await tick({ HEADROOM_GUARD_RECLAIM_PERCENT: level });
      expect(stderr).toBe(
        level === ''
          ? ''
          : 'headroom guard: failed: HEADROOM_GUARD_RECLAIM_PERCENT must be a whole number from 1 to 100\n',
      );
      expect(ran()).toBe(1);
      expect(heard).toEqual([level === '' ? WELL : FAILED]);
    },
  );

  test('a disk that df cannot read is a failure', async () => {
    expect(await tick({ HEADROOM_MOUNT_POINT: '/nowhere' })).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('headroom guard: failed: df cannot read /nowhere') as unknown,
    });
    expect(heard).toEqual([FAILED]);
  });

  test('a ballast that cannot be made is a failure', async () => {
    await mustRun('mkdir', '-p', disk.path('var/lib'));
    writeFileSync(disk.path('var/lib/headroom'), 'a file where the folder should be');
    expect(await tick()).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('cannot create the ballast') as unknown,
    });
    expect(heard).toEqual([FAILED]);
  });

  test('nobody listens, no folder to remember in: it goes on', async () => {
    await fillTo(800);
    reclaimScript('');
    writeFileSync(join(memory, 'run'), 'a file');
    outputOf('the guard', await tick({ HEADROOM_STATSD_PORT: '9' }));
    expect(heard).toEqual([]);
    expect(ran()).toBe(1);
  });
});
