import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeFile, renderScript } from '../../lib/node/node-files';
import { readScriptResult } from '../../lib/domain/node/run-command-output';
import type { ScriptResults } from '../../lib/domain/node/script-result-schemas';
import { LoopFilesystem } from './loop-filesystem';
import { expectOneLine, mustRun, run, type ScriptRun } from './run-script';

/** Runs the texts that SSM sends, on a filesystem of their own; nothing lies beside them. */
type Script = 'prepare-node' | 'remove-headroom';
interface Outcome extends ScriptRun {
  readonly result: ScriptResults[Script];
}

jest.setTimeout(60_000);
let disk: LoopFilesystem;
let sent: string;

const execute = async (script: Script, env: Record<string, string> = {}): Promise<Outcome> => {
  const outcome = await run('bash', [join(sent, `${script}.sh`)], {
    PATH: process.env['PATH'],
    HEADROOM_RUN_FOLDER: join(sent, 'run'),
    ...disk.env,
    ...env,
  });
  expectOneLine(outcome);
  const reading = readScriptResult(outcome.stdout, script);
  if (!reading.ok) throw new Error(`${reading.why}\n${outcome.stderr}`);
  return { ...outcome, result: reading.value };
};
const prepare = (env?: Record<string, string>): Promise<Outcome> => execute('prepare-node', env);
const remove = (env?: Record<string, string>): Promise<Outcome> => execute('remove-headroom', env);

/** Every path with its kind, rights, link and content. */
const tree = (): Promise<string> =>
  mustRun(
    'bash',
    '-c',
    `cd '${disk.mountPoint}' && find . -name lost+found -prune -o -printf '%y %m %p %l\\n' | sort && find . -type f -exec sha256sum {} + | sort`,
  );

const LIMITS = ['etc/systemd/journald.conf.d/90-headroom.conf', 'etc/logrotate.d/00-headroom'];
const SCRIPTS = [
  'common.sh',
  'storage.sh',
  'extend-root.sh',
  'deleter.py',
  'delete-files.py',
  'reclaim-disk.sh',
  'guard-duties.sh',
  'guard.sh',
  'boot-extend.sh',
];
const UNITS = ['headroom-guard.service', 'headroom-guard.timer', 'headroom-boot-extend.service'];

const create = async (
  options: { type?: 'ext4' | 'xfs'; sizeMiB?: number; inodes?: number } = {},
): Promise<void> => {
  disk = await LoopFilesystem.create({ type: 'ext4', sizeMiB: 512, ...options });
  for (const folder of ['etc/logrotate.d', 'etc/systemd/system', 'var/lib'])
    mkdirSync(disk.path(folder), { recursive: true });
  writeFileSync(disk.path('etc/logrotate.d/rsyslog'), '/var/log/syslog {\n  weekly\n}\n');
};

beforeEach(() => {
  sent = mkdtempSync(join(tmpdir(), 'headroom-sent-'));
  for (const script of ['prepare-node', 'remove-headroom'])
    writeFileSync(join(sent, `${script}.sh`), renderScript(`${script}.sh`));
});
afterEach(async () => {
  rmSync(sent, { recursive: true });
  await disk.destroy();
});

describe.each(['ext4', 'xfs'] as const)('%s', (type) => {
  beforeEach(() => create({ type }));

  test('installs and reports everything, changes nothing in a second run, and removal restores byte for byte', async () => {
    const before = await tree();
    const { exitCode, result } = await prepare();
    expect({ exitCode, skipped: result.skipped }).toEqual({ exitCode: 0, skipped: [] });
    expect(result.changed).toEqual([
      ...SCRIPTS.map((name) => `/usr/local/lib/headroom/${name}`),
      '/etc/default/headroom-guard',
      ...UNITS.map((name) => `/etc/systemd/system/${name}`),
      ...LIMITS.map((path) => `/${path}`),
      '/etc/systemd/system/logrotate.timer.d/headroom.conf',
      'enabled headroom-boot-extend.service',
      'enabled headroom-guard.timer',
      '/var/lib/headroom/ballast',
      '/var/lib/headroom/inodes',
    ]);
    for (const name of SCRIPTS)
      expect(readFileSync(disk.path('usr/local/lib/headroom', name), 'utf8')).toBe(nodeFile(name));
    for (const name of UNITS)
      expect(readFileSync(disk.path('etc/systemd/system', name), 'utf8')).toBe(nodeFile(name));

    const after = await tree();
    expect((await prepare()).result).toMatchObject({ ok: true, changed: [], skipped: [] });
    expect(await tree()).toBe(after);

    const taken = await remove();
    expect(taken).toMatchObject({ exitCode: 0, result: { ok: true, skipped: [] } });
    expect(taken.result.changed).toHaveLength(result.changed.length);
    expect(await tree()).toBe(before);
    expect((await remove()).result).toMatchObject({ ok: true, changed: [], skipped: [/no manifest/] });
  });

  test('refuses at 0 bytes, and leaves existing files intact', async () => {
    await disk.fill();
    const before = await tree();
    expect(await prepare()).toMatchObject({
      exitCode: 3,
      result: {
        ok: false,
        changed: [],
        error: expect.stringMatching(/^no room to prepare: \d+ KiB/) as unknown,
      },
    });
    expect(await tree()).toBe(before);
  });

  test('changes nothing on a prepared node with a full disk, and removal works', async () => {
    const before = await tree();
    await prepare();
    await disk.fill();
    expect(await prepare()).toMatchObject({ exitCode: 0, result: { changed: [] } });
    expect(await remove()).toMatchObject({ exitCode: 0, result: { ok: true } });
    disk.unfill();
    expect(await tree()).toBe(before);
  });
});

test('refuses at 0 inodes and changes nothing', async () => {
  await create({ inodes: 96 });
  await run('sh', ['-c', `cd '${disk.mountPoint}' && for i in $(seq 200); do : >f$i || break; done`]);
  const before = await tree();
  expect(await prepare()).toMatchObject({
    exitCode: 3,
    result: {
      ok: false,
      changed: [],
      error: expect.stringMatching(/^no room to prepare: 0 inodes/) as unknown,
    },
  });
  expect(await tree()).toBe(before);
});

describe('on a node', () => {
  beforeEach(() => create());

  test('reports in a dry run what it would do, and does nothing', async () => {
    const before = await tree();
    const { result } = await prepare({ HEADROOM_DRY_RUN: 'true' });
    expect(result).toMatchObject({ ok: true, dryRun: true });
    expect(result.changed).toContain('would write /usr/local/lib/headroom/guard.sh');
    expect(result.changed).toContain('would enable headroom-guard.timer');
    expect(await tree()).toBe(before);
    await prepare();
    const prepared = await tree();
    const removal = (await remove({ HEADROOM_DRY_RUN: 'true' })).result;
    expect(removal.changed).toContain('would remove /var/lib/headroom/ballast');
    expect(await tree()).toBe(prepared);
  });

  test('restores only what differs', async () => {
    await prepare();
    const prepared = await tree();
    writeFileSync(disk.path('usr/local/lib/headroom/guard.sh'), '# headroom, by hand\n');
    chmodSync(disk.path(LIMITS[0] ?? ''), 0o600);
    unlinkSync(disk.path('etc/systemd/system/timers.target.wants/headroom-guard.timer'));
    expect((await prepare()).result.changed).toEqual([
      '/usr/local/lib/headroom/guard.sh',
      `/${LIMITS[0]}`,
      'enabled headroom-guard.timer',
    ]);
    expect(await tree()).toBe(prepared);
  });

  test('a new setting changes the files that hold it, and no others', async () => {
    await prepare();
    const env = {
      HEADROOM_JOURNAL_MAX_MIB: '300',
      HEADROOM_LOG_MAX_MIB: '50',
      HEADROOM_GUARD_RECLAIM_PERCENT: '77',
    };
    expect((await prepare(env)).result.changed).toEqual([
      '/etc/default/headroom-guard',
      ...LIMITS.map((path) => `/${path}`),
    ]);
    expect(LIMITS.map((path) => readFileSync(disk.path(path), 'utf8'))).toEqual([
      '# Headroom\n[Journal]\nSystemMaxUse=300M\nSystemKeepFree=1024M\n',
      '# Headroom: defaults for the files below\ncompress\nmaxsize 50M\ndateformat -%Y%m%d-%s\n',
    ]);
    expect(readFileSync(disk.path('etc/default/headroom-guard'), 'utf8')).toBe(
      'HEADROOM_ENVIRONMENT=unknown\nHEADROOM_TARGET_PERCENT=75\nHEADROOM_GUARD_RECLAIM_PERCENT=77\nHEADROOM_GUARD_RECLAIM_INTERVAL_MINUTES=10\n' +
        'HEADROOM_SKIP_STEPS=none\nHEADROOM_KEEP_IMAGES=none\nHEADROOM_IMAGES_MINIMUM_AGE_HOURS=0\n',
    );
  });

  test('leaves a file of that name that is not Headroom’s alone, in both scripts', async () => {
    const mine = disk.path('etc/logrotate.d/00-headroom');
    writeFileSync(mine, 'compress\n');
    const before = await tree();
    const { exitCode, result } = await prepare();
    expect({ exitCode, skipped: result.skipped }).toEqual({
      exitCode: 0,
      skipped: ["/etc/logrotate.d/00-headroom: not Headroom's"],
    });
    expect(readFileSync(mine, 'utf8')).toBe('compress\n');
    await remove();
    expect(await tree()).toBe(before);
  });

  test('installs no logrotate files on a node without logrotate', async () => {
    rmSync(disk.path('etc/logrotate.d'), { recursive: true });
    const { result } = await prepare();
    expect(result.skipped).toHaveLength(2);
    expect(existsSync(disk.path('etc/systemd/system/logrotate.timer.d'))).toBe(false);
  });

  test('repairs what a power cut left, and removes it', async () => {
    const before = await tree();
    await prepare();
    const prepared = await tree();
    writeFileSync(disk.path('usr/local/lib/headroom/guard.sh'), '');
    writeFileSync(disk.path('usr/local/lib/headroom/.headroom-new.guard.sh'), 'half');
    expect((await prepare()).result.changed).toEqual(['/usr/local/lib/headroom/guard.sh']);
    expect(await tree()).toBe(prepared);
    writeFileSync(disk.path('etc/systemd/system/.headroom-new.headroom-guard.timer'), 'half');
    await remove();
    expect(await tree()).toBe(before);
  });

  test('keeps files of others in our folders, and the folders', async () => {
    await prepare();
    const other = disk.path('etc/systemd/journald.conf.d/50-mine.conf');
    writeFileSync(other, '[Journal]\n');
    const { result } = await remove();
    expect(result).toMatchObject({ ok: true, skipped: ['/etc/systemd/journald.conf.d is not empty'] });
    expect(existsSync(other)).toBe(true);
  });

  test.each([
    'file /etc/passwd',
    'file /etc/headroom/../shadow',
    'unit sshd.service:x.target',
    'nonsense',
    'snap-retain 2;id',
  ])('refuses a manifest with "%s" before anything is touched', async (line) => {
    await prepare();
    writeFileSync(disk.path('var/lib/headroom/manifest'), `file /etc/default/headroom-guard\n${line}\n`);
    const before = await tree();
    expect(await remove()).toMatchObject({
      exitCode: 3,
      result: {
        ok: false,
        error: expect.stringContaining("lists something that is not Headroom's: ") as unknown,
      },
    });
    expect(await tree()).toBe(before);
  });

  test('the manifest is root’s alone, and lists no more after the second run', async () => {
    await prepare();
    const manifest = disk.path('var/lib/headroom/manifest');
    const once = readFileSync(manifest, 'utf8');
    expect(statSync(manifest).mode & 0o777).toBe(0o600);
    expect(new Set(once.trim().split('\n')).size).toBe(once.trim().split('\n').length);
    await prepare();
    expect(readFileSync(manifest, 'utf8')).toBe(once);
  });

  test('the environment’s name goes nowhere near a shell', async () => {
    const outcome = await run('bash', [join(sent, 'prepare-node.sh')], {
      PATH: process.env['PATH'],
      ...disk.env,
      HEADROOM_ENVIRONMENT: '$(touch /tmp/headroom-hostile)',
    });
    expect(outcome.exitCode).toBe(2);
    expect(expectOneLine(outcome)).toMatchObject({ ok: false, script: 'prepare-node' });
    expect(existsSync('/tmp/headroom-hostile')).toBe(false);
  });
});

describe('files that systemd and logrotate read', () => {
  beforeEach(() => create());

  test('units are accepted by systemd', async () => {
    await prepare();
    for (const name of UNITS) {
      const unit = disk.path('etc/systemd/system', name);
      writeFileSync(
        join(sent, name),
        readFileSync(unit, 'utf8').replace(/^ExecStart=.*$/m, 'ExecStart=/bin/true'),
      );
    }
    const { exitCode, stdout, stderr } = await run('systemd-analyze', [
      'verify',
      '--man=no',
      '--recursive-errors=no',
      ...UNITS.map((name) => join(sent, name)),
    ]);
    expect({ exitCode, stdout, stderr }).toEqual({ exitCode: 0, stdout: '', stderr: '' });
  });

  test('the links are those that systemctl enable makes', async () => {
    await prepare();
    const made = await tree();
    for (const name of ['headroom-guard.timer', 'headroom-boot-extend.service']) {
      const options = [`--root=${disk.mountPoint}`, '--quiet'];
      await mustRun('systemctl', ...options, 'disable', name);
      await mustRun('systemctl', ...options, 'enable', name);
    }
    expect(await tree()).toBe(made);
  });
});
