import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  statfsSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LoopFilesystem } from '../loop-filesystem';
import { STAND_INS, expectOneLine, mustRun, run } from '../run-script';
import { nodeFilePath } from '../../../lib/node/node-files';

const MIB = 1024 ** 2;
let disk: LoopFilesystem;
/** Stands for /run, and holds the units and programs that stand in. */
let memory: string;

interface DrillDiskLine {
  readonly ok: boolean;
  readonly error?: string;
  readonly action?: string;
  readonly usedPercent?: number;
  readonly heldBytes?: number;
}

/** Runs the unit as systemd would: in the background, and ExecStopPost when it has ended. */
const SYSTEMD_RUN = `#!/usr/bin/env bash
echo "$*" >"$STAND_IN_UNITS/systemd-run"
while (($# > 0)); do
  case $1 in
    --quiet | --collect) ;;
    --unit) shift ;;
    --property) case $2 in ExecStopPost=*) post=\${2#*=} ;; esac && shift ;;
    *) break ;;
  esac
  shift
done
("$@" </dev/null >/dev/null 2>&1; $post; echo ended >"$STAND_IN_UNITS/ended") >/dev/null 2>&1 3>&- &
`;

const drill = async (env: Readonly<Record<string, string>>) => {
  // In a network of its own: another test may serve the kubelet's port at the same time.
  const outcome = await run('unshare', ['--net', 'bash', nodeFilePath('drill-disk.sh')], {
    PATH: `${memory}:${STAND_INS}:${process.env['PATH'] ?? ''}`,
    STAND_IN_UNITS: join(memory, 'units'),
    HEADROOM_RUN_FOLDER: memory,
    ...disk.env,
    ...env,
  });
  return { ...outcome, line: expectOneLine(outcome) as DrillDiskLine };
};
const rotated = (): string => disk.path('var/log/headroom-drill/filling.log.1.gz');
const kept = (): string => disk.path('var/lib/headroom/drill/filling');
const until = async (holds: () => boolean): Promise<void> => {
  for (let tries = 0; !holds(); tries += 1) {
    if (tries > 200) throw new Error('it never came');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
};

beforeEach(() => {
  memory = mkdtempSync(join(tmpdir(), 'headroom-drill-disk-'));
  mkdirSync(join(memory, 'units'));
  writeFileSync(join(memory, 'systemd-run'), SYSTEMD_RUN);
  chmodSync(join(memory, 'systemd-run'), 0o755);
  writeFileSync(join(memory, 'guard.state'), '12\nreclaim failed\ntold\n');
});
afterEach(async () => {
  await disk.destroy();
  rmSync(memory, { recursive: true, force: true });
});

describe.each(['ext4', 'xfs'] as const)('%s', (type) => {
  beforeEach(async () => {
    disk = await LoopFilesystem.create({ type, sizeMiB: 1024 });
  });

  test.each([
    ['reclaimable', rotated],
    ['growth', kept],
  ] as const)(
    '%s fills to the percent that is asked, by real blocks, and release gives it back',
    async (kind, file) => {
      const { line } = await drill({
        HEADROOM_ACTION: 'fill',
        HEADROOM_KIND: kind,
        HEADROOM_FILL_TO_PERCENT: '70',
      });
      expect(line).toMatchObject({ ok: true, action: 'filled' });
      expect(line.usedPercent).toBeGreaterThan(69);
      expect(line.usedPercent).toBeLessThan(71);
      expect(statSync(file()).blocks * 512).toBeGreaterThan(400 * MIB);
      expect(readFileSync(disk.path('etc/tmpfiles.d/headroom-drill.conf'), 'utf8')).toBe(
        `R! ${disk.path('var/log/headroom-drill')}\nR! ${disk.path('var/lib/headroom/drill')}\n`,
      );
      const { line: after } = await drill({ HEADROOM_ACTION: 'release' });
      expect(after).toMatchObject({ ok: true, action: 'released', heldBytes: 0 });
      // xfs frees in the background.
      await until(() => statfsSync(disk.mountPoint).bavail * 4096 > 700 * MIB);
      expect(existsSync(disk.path('etc/tmpfiles.d/headroom-drill.conf'))).toBe(false);
    },
  );

  test('releases the space when the disk gets nearly full', async () => {
    await drill({ HEADROOM_ACTION: 'fill', HEADROOM_KIND: 'growth', HEADROOM_FILL_TO_PERCENT: '70' });
    await run('fallocate', ['-l', '200MiB', disk.path('load')]);
    await until(() => existsSync(join(memory, 'units', 'ended')));
    expect(existsSync(kept())).toBe(false);
  });

  test('ends the watcher when the filling is deleted', async () => {
    await drill({ HEADROOM_ACTION: 'fill', HEADROOM_FILL_TO_PERCENT: '70' });
    rmSync(rotated());
    await until(() => existsSync(join(memory, 'units', 'ended')));
    expect(existsSync(disk.path('etc/tmpfiles.d/headroom-drill.conf'))).toBe(false);
  });
});

describe('on a small disk', () => {
  beforeEach(async () => {
    disk = await LoopFilesystem.create({ type: 'ext4', sizeMiB: 512 });
  });

  test('holds back the guard’s reclaim, and keeps its recorded problems', async () => {
    await drill({ HEADROOM_ACTION: 'fill', HEADROOM_FILL_TO_PERCENT: '60' });
    const [at, ...rest] = readFileSync(join(memory, 'guard.state'), 'utf8').split('\n');
    const uptime = Number(readFileSync('/proc/uptime', 'utf8').split('.')[0]);
    expect(uptime - Number(at)).toBeLessThan(60);
    expect(rest).toEqual(['reclaim failed', 'told', '']);
    await drill({ HEADROOM_ACTION: 'release' });
  });

  test('changes nothing in a dry run', async () => {
    const { line } = await drill({ HEADROOM_ACTION: 'fill', HEADROOM_DRY_RUN: 'true' });
    expect(line).toMatchObject({ ok: true, action: 'would-fill', heldBytes: 0 });
    expect(existsSync(disk.path('var/log/headroom-drill'))).toBe(false);
    expect(existsSync(join(memory, 'units', 'systemd-run'))).toBe(false);
  });

  test('fills nothing when systemd cannot start the watcher', async () => {
    writeFileSync(join(memory, 'systemd-run'), '#!/bin/sh\nexit 1\n');
    const { exitCode, line } = await drill({ HEADROOM_ACTION: 'fill', HEADROOM_FILL_TO_PERCENT: '60' });
    expect([exitCode, line.error]).toEqual([1, 'systemd could not start the watcher']);
    expect(line.heldBytes).toBe(0);
  });

  test.each([
    [
      'a drill that is on',
      () => writeFileSync(join(memory, 'units', 'headroom-drill'), 'active'),
      /a drill is already running/,
    ],
    [
      'a kubelet that is ill',
      () => writeFileSync(join(memory, 'units', 'kubelet'), 'failed'),
      /the kubelet is not healthy/,
    ],
    [
      'a disk that is as full',
      () => mustRun('fallocate', '-l', '350M', disk.path('load')),
      /is at \d+\.\d % used already/,
    ],
  ])('refuses %s', async (_, make, error) => {
    await Promise.resolve(make());
    const { exitCode, line } = await drill({ HEADROOM_ACTION: 'fill', HEADROOM_FILL_TO_PERCENT: '60' });
    expect(exitCode).toBe(3);
    expect(line.error).toMatch(error);
    expect(existsSync(rotated())).toBe(false);
  });
});
