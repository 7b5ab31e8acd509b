import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, existsSync, linkSync, mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { nodeFile, nodeFilePath } from '../../lib/node/node-files';
import type { ReclaimResult } from '../../lib/domain/node/node-figures';
import { LoopFilesystem } from './loop-filesystem';
import { mustRun, run, runForResult } from './run-script';

/**
 * An unprivileged user who has one folder in /var/log, another filesystem below it, and floods: root deletes nothing for them,
 * nothing elsewhere, and no trace.
 */
jest.setTimeout(120_000);

const NOBODY = 65_534;
const MIB = 1024 ** 2;
let disk: LoopFilesystem;
let memory: string;
const put = (path: string, bytes = 4096, owner = 0): string => {
  mkdirSync(dirname(disk.path(path)), { recursive: true });
  writeFileSync(disk.path(path), Buffer.alloc(bytes, 'x'));
  chownSync(disk.path(path), owner, owner);
  return disk.path(path);
};
const list = (): { step: string; path: string; bytes: number; ageHours: number }[] =>
  existsSync(join(memory, 'deleted'))
    ? readFileSync(join(memory, 'deleted'), 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as ReturnType<typeof list>[number])
    : [];
const reclaim = async (env: Record<string, string> = {}): Promise<ReclaimResult> => {
  const settings = { HEADROOM_TARGET_PERCENT: '1', HEADROOM_DELETED_LIST: join(memory, 'deleted'), ...env };
  return (await runForResult('reclaim-disk', { env: { ...disk.env, ...settings }, standIns: true })).result;
};
const stepOf = (result: ReclaimResult, name: string): ReclaimResult['steps'][number] | undefined =>
  result.steps.find((step) => step.name === name);
const gone = (paths: readonly string[]): string[] => paths.filter((path) => !existsSync(path));

beforeEach(async () => {
  disk = await LoopFilesystem.create({ type: 'ext4', sizeMiB: 256 });
  memory = mkdtempSync(join(tmpdir(), 'headroom-attack-'));
  await mustRun('fallocate', '-l', '30MiB', disk.path('load'));
});
afterEach(async () => {
  await disk.destroy();
  rmSync(memory, { recursive: true, force: true });
});

/** A folder of his own in /var/log, as many daemons have one. */
const ofNobody = (): string => {
  put('var/log/evil/own.log.1', 4096, NOBODY);
  chownSync(disk.path('var/log/evil'), NOBODY, NOBODY);
  return disk.path('var/log/evil');
};

describe('an unprivileged user with one folder in /var/log', () => {
  test('links of folders lead nowhere: what they point at stays', async () => {
    const victims = [put('usr/lib/libc.so.6'), put('usr/lib/libc.so.old'), put('srv/customer.db.old')];
    const evil = ofNobody();
    symlinkSync('/usr/lib', join(evil, 'absolute'));
    symlinkSync('../../../usr/lib', join(evil, 'lib'));
    symlinkSync(disk.path('srv'), join(evil, 'srv'));
    symlinkSync(disk.path('srv/customer.db.old'), join(evil, 'file.1'));
    const result = await reclaim();
    expect(stepOf(result, 'logs')).toMatchObject({ status: 'done', why: '1 files' });
    expect(gone(victims)).toEqual([]);
    expect(list().map(({ path }) => path)).toEqual([join(evil, 'own.log.1')]);
  });

  test('a file of another user in it, and one that has a second name, stay', async () => {
    const evil = ofNobody();
    const moved = [put('var/log/evil/moved.1'), put('var/log/evil/daemon.1', 4096, 1)];
    const precious = put('srv/precious');
    linkSync(precious, join(evil, 'linked.1'));
    expect(stepOf(await reclaim(), 'logs')?.why).toBe(
      "1 files, 2 kept: another user's, 1 kept: hard-linked elsewhere",
    );
    expect(gone([...moved, precious, join(evil, 'linked.1')])).toEqual([]);
  });

  test('a folder that turns into a link and back while root walks', async () => {
    const evil = ofNobody();
    const victims = [...Array(400).keys()].map((number) => put(`srv/data/${number}.1`));
    for (const name of ['a', 'b', 'c'])
      for (const number of [1, 2, 3]) put(`var/log/evil/${name}/own.${number}`, 4096, NOBODY);
    await mustRun('chown', '-R', `${NOBODY}:${NOBODY}`, evil);
    chmodSync(dirname(disk.mountPoint), 0o755);
    const swap = `import os, sys
os.chdir(sys.argv[1]); os.setgid(${NOBODY}); os.setuid(${NOBODY})
while True:
    for name in 'abc':
        try:
            os.rename(name, name + '-away'); os.symlink('../../../srv/data', name); os.unlink(name); os.rename(name + '-away', name)
            open(name + '/more.1', 'w').close()
        except OSError:
            pass
`;
    const attacker = execFile('python3', ['-I', '-c', swap, evil], () => undefined);
    try {
      // It may be cut, since more comes all the time.
      for (let round = 0; round < 6; round += 1)
        await run('python3', [
          ...['-I', '-c', `${nodeFile('deleter.py')}${nodeFile('delete-files.py')}`],
          ...['delete', 'logs', disk.mountPoint, '0', '2', join(memory, 'raced'), 'logs'],
        ]);
    } finally {
      const ended = once(attacker, 'exit');
      attacker.kill('SIGKILL');
      // Its working directory keeps the filesystem mounted.
      await ended;
    }
    expect(gone(victims)).toEqual([]);
    expect(readFileSync(join(memory, 'raced'), 'utf8')).toContain('more.1');
    expect(readFileSync(join(memory, 'raced'), 'utf8')).not.toContain('srv/data');
  });
});

test('another filesystem below /var/log loses nothing, nor does one that is bound there: no byte would come free', async () => {
  const here = put('var/log/app.log.1');
  put('srv/kept/data.1');
  for (const folder of ['archive', 'bound']) mkdirSync(disk.path('var/log', folder));
  await mustRun('mount', '-t', 'tmpfs', 'tmpfs', disk.path('var/log/archive'));
  await mustRun('mount', '--bind', disk.path('srv/kept'), disk.path('var/log/bound'));
  try {
    const kept = [put('var/log/archive/audit.log.1'), put('var/log/archive/app.log.2.gz')];
    const why = '1 files, 2 kept: on another filesystem';
    expect(stepOf(await reclaim(), 'logs')).toMatchObject({ status: 'done', why });
    expect(gone([...kept, disk.path('srv/kept/data.1')])).toEqual([]);
    expect(existsSync(here)).toBe(false);
  } finally {
    await mustRun('umount', disk.path('var/log/archive'));
    await mustRun('umount', disk.path('var/log/bound'));
  }
});

test.each([
  ['var/log', 'logs', 'var/log/app.log.1'],
  ['var/cache/apt/archives', 'packages', 'var/cache/apt/archives/linux-image.deb'],
  ['var/lib/systemd/coredump', 'coredumps', 'var/lib/systemd/coredump/core.app.zst'],
  ['var/log/journal', 'journal', 'var/log/journal/README'],
])('%s that is a filesystem of its own, or a link, is left alone', async (folder, step, file) => {
  mkdirSync(disk.path(folder), { recursive: true });
  await mustRun('mount', '-t', 'tmpfs', 'tmpfs', disk.path(folder));
  try {
    put(file);
    expect(stepOf(await reclaim({ HEADROOM_COREDUMPS_KEEP_HOURS: '0' }), step)?.why).toContain(
      'another filesystem',
    );
    expect(existsSync(disk.path(file))).toBe(true);
  } finally {
    await mustRun('umount', disk.path(folder));
  }
  rmSync(disk.path(folder), { recursive: true });
  mkdirSync(disk.path('srv/elsewhere'), { recursive: true });
  symlinkSync(disk.path('srv/elsewhere'), disk.path(folder));
  put(file);
  await reclaim({ HEADROOM_COREDUMPS_KEEP_HOURS: '0' });
  expect(existsSync(disk.path(file))).toBe(true);
});

test('logs that security rests on are never deleted, whatever the policy', async () => {
  const kept = [
    ...['auth.log.1', 'auth.log.2.gz', 'secure-20261101', 'secure.1', 'wtmp.1', 'wtmp-20261101', 'btmp.1'],
    ...['lastlog.old', 'faillog.1', 'tallylog.1', 'sudo.log.1', 'sudo-io/00/00/01/ttyout.gz', 'sulog.old'],
    ...['audit/audit.log.1', 'kubernetes/audit/audit-2026.log.gz', 'kube-apiserver-audit.log.1.gz'],
    ...[
      'amazon/ssm/audits/amazon-ssm-agent-audit.log.1',
      'account/pacct-20261101.gz',
      'ufw.log.1',
      'fail2ban.log.2.gz',
    ],
  ].map((name) => put(`var/log/${name}`));
  const removed = ['syslog.1', 'kern.log.2.gz', 'secured-app.log.1', 'authentic/app.log.1'].map((name) =>
    put(`var/log/${name}`),
  );
  expect(stepOf(await reclaim(), 'logs')?.why).toBe('4 files');
  expect(gone(kept)).toEqual([]);
  expect(gone(removed)).toEqual(removed);
});

describe('the policy', () => {
  const daysOld = (path: string, days: number): string => {
    const when = Date.now() / 1000 - days * 86_400;
    utimesSync(path, when, when);
    return path;
  };

  test('core dumps stay for a day by default, and what is younger than keepHours stays', async () => {
    const young = [
      put('var/lib/systemd/coredump/core.new.zst'),
      put('var/crash/new.crash'),
      daysOld(put('var/log/a.1'), 1),
    ];
    const old = [
      daysOld(put('var/lib/systemd/coredump/core.old.zst', 3 * MIB), 2),
      daysOld(put('var/crash/old.crash'), 2),
      daysOld(put('var/log/b.1'), 4),
    ];
    const result = await reclaim({ HEADROOM_LOGS_KEEP_HOURS: '72' });
    expect([stepOf(result, 'coredumps')?.why, stepOf(result, 'logs')?.why]).toEqual([
      '2 files, 2 kept: too young',
      '1 files, 1 kept: too young',
    ]);
    expect(gone(young)).toEqual([]);
    expect(gone(old)).toEqual(old);
    expect(result.deleted).toMatchObject({ count: 3 });
    expect(result.deleted?.largest[0]).toEqual([
      'coredumps',
      expect.stringMatching(/core\.old\.zst$/),
      3 * MIB,
      48,
    ]);
  });

  test('a step that is skipped says so; the guard leaves every trace', async () => {
    const log = put('var/log/a.1');
    const cached = put('var/cache/apt/archives/a.deb');
    const skipped = { status: 'skipped', why: 'by policy' };
    const result = await reclaim({ HEADROOM_SKIP_STEPS: 'packages,logs' });
    expect(stepOf(result, 'packages')).toMatchObject(skipped);
    expect(stepOf(result, 'logs')).toMatchObject(skipped);
    expect(gone([log, cached])).toEqual([]);
    const guarded = await reclaim({ HEADROOM_KEEP_TRACES: 'true' });
    const left = guarded.steps.filter(({ why }) => why === 'erases traces');
    expect(left.map(({ name }) => name)).toEqual([
      ...['containers', 'journal', 'logs', 'coredumps', 'agent', 'deleted-open'],
    ]);
    expect(gone([log, cached])).toEqual([cached]);
  });

  test('without python3 no file is deleted, and the step says why', async () => {
    const log = put('var/log/a.1');
    const tools = join(memory, 'bin');
    mkdirSync(tools);
    // Everything but python3, which is found by name alone.
    await mustRun(
      'sh',
      '-c',
      `cd '${tools}' && for f in /usr/bin/* /bin/* /usr/sbin/* /sbin/*; do ln -sf "$f" .; done; rm -f python3*`,
    );
    const script = readFileSync(nodeFilePath('common.sh'), 'utf8').replace(
      /^export PATH=.*$/m,
      `export PATH='${tools}'`,
    );
    writeFileSync(join(memory, 'common.sh'), script);
    for (const name of ['reclaim-disk.sh', 'deleter.py', 'delete-files.py'])
      writeFileSync(join(memory, name), nodeFile(name));
    const { stdout } = await run('bash', [join(memory, 'reclaim-disk.sh')], {
      PATH: tools,
      ...disk.env,
      HEADROOM_TARGET_PERCENT: '1',
    });
    expect(stepOf(JSON.parse(stdout) as ReclaimResult, 'logs')).toMatchObject({
      status: 'skipped',
      why: 'python3: not installed, so no file can be deleted safely',
    });
    expect(existsSync(log)).toBe(true);
  });
});

test('each deletion is listed with path, bytes and age, whatever its name', async () => {
  const names = ['new\nline', '"quoted"', '\u001b[31mred', 'x\n+1e18 boom', '$(id)', '容量', '\u202egnp'];
  for (const name of names) put(`var/log/${name}.1`, 8192);
  const result = await reclaim();
  expect(result.deleted).toMatchObject({ count: names.length, bytes: names.length * 8192 });
  expect(list()).toHaveLength(names.length);
  for (const { path, ...rest } of list()) {
    expect(path).toMatch(/^\/[^\p{Cc}\p{Cf}]*\.1$/u);
    expect(rest).toEqual({ step: 'logs', bytes: 8192, ageHours: 0 });
  }
  // One that deletes nothing does not take the list away.
  await reclaim();
  expect(list()).toHaveLength(names.length);
});

describe('floods', () => {
  const memoryMaxKiB =
    Number(/^MemoryMax=(\d+)M$/m.exec(nodeFile('headroom-guard.service'))?.[1] ?? Number.NaN) * 1024;
  /** The largest process of a run, in KiB. */
  const peakOf = async (
    script: string,
    env: Record<string, string>,
  ): Promise<{ peak: number; stdout: string }> => {
    const measure = `import resource, subprocess, sys
done = subprocess.run(['bash', sys.argv[1]], stdout=subprocess.PIPE)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, flush=True)
sys.stdout.buffer.write(done.stdout)`;
    const outcome = await run('python3', ['-I', '-c', measure, nodeFilePath(script)], {
      PATH: process.env['PATH'],
      ...disk.env,
      HEADROOM_DELETED_LIST: join(memory, 'deleted'),
      ...env,
    });
    const [peak = '', stdout = ''] = outcome.stdout.split('\n');
    return { peak: Number(peak), stdout };
  };

  test('100,000 rotated files all go, the large ones first, in little memory', async () => {
    await mustRun('mount', '-t', 'tmpfs', '-o', 'nr_inodes=200k', 'tmpfs', disk.mountPoint);
    try {
      mkdirSync(disk.path('var/log/flood'), { recursive: true });
      await mustRun(
        ...(['python3', '-c'] as const),
        `import os\nos.chdir('${disk.path('var/log/flood')}')\nfor n in range(100000): os.close(os.open('f%d.1' % n, os.O_CREAT))`,
      );
      put('var/log/zz/large.1', 2 * MIB);
      const { peak, stdout } = await peakOf('reclaim-disk.sh', { HEADROOM_TARGET_PERCENT: '1' });
      const result = JSON.parse(stdout) as ReclaimResult;
      expect(stepOf(result, 'logs')).toMatchObject({ status: 'done', why: '100001 files' });
      expect(readdirSync(disk.path('var/log/flood'))).toEqual([]);
      expect(list()[0]?.path).toBe(disk.path('var/log/zz/large.1'));
      expect(list()).toHaveLength(100_001);
      expect(peak).toBeLessThan(memoryMaxKiB / 2);
    } finally {
      await mustRun('umount', disk.mountPoint);
    }
  });

  test('100,000 descriptors of deleted files cost assess and reclaim little memory', async () => {
    const hold = `import os, resource, sys, time
held = os.open(sys.argv[1], os.O_CREAT | os.O_RDWR)
os.write(held, b'x' * 8388608)
os.unlink(sys.argv[1])
resource.setrlimit(resource.RLIMIT_NOFILE, [resource.getrlimit(resource.RLIMIT_NOFILE)[1]] * 2)
for _ in range(16000): os.dup(held)
for _ in range(6):
    if os.fork() == 0: break
else: print(flush=True)
time.sleep(100)`;
    const holder = spawn('python3', ['-c', hold, disk.path('held')], { detached: true });
    try {
      await new Promise((resolve) => holder.stdout.once('data', resolve));
      const looked = await peakOf('reclaim-disk.sh', { HEADROOM_TARGET_PERCENT: '1' });
      expect(stepOf(JSON.parse(looked.stdout) as ReclaimResult, 'deleted-open')?.why).toMatch(
        /^python3\S*\[\d+\] 8 MiB$/,
      );
      const assessed = await peakOf('assess-node.sh', {});
      expect(JSON.parse(assessed.stdout)).toMatchObject({ deletedOpenBytes: 8 * MIB });
      expect(Math.max(looked.peak, assessed.peak)).toBeLessThan(memoryMaxKiB / 2);
    } finally {
      process.kill(-(holder.pid ?? 0), 'SIGKILL');
      await once(holder, 'close');
      await run('sh', ['-c', `while kill -0 -- -${holder.pid ?? 0} 2>/dev/null; do sleep 0.1; done`]);
    }
  });
});
