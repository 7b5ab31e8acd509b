import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mayGrowExt4 } from '../loop-filesystem';
import { mustRun, runScript } from '../run-script';
import { LayoutCheck } from './check-layout';
import { GROWN, REFUSED, rows, type Layout } from './layouts';

/** What this machine can make of the layouts; layouts.vm.test.ts runs them all. */
jest.setTimeout(300_000);

const layout = async (...args: readonly string[]): Promise<void> => {
  await mustRun('bash', join(__dirname, 'disk-layout.sh'), ...args);
};
const onThisMachine = ({ deviceMapper }: Layout): boolean => deviceMapper !== true;

let check: LayoutCheck;
beforeEach(() => {
  check = new LayoutCheck(
    { layout, script: (name, env) => runScript(name, { env }) },
    mkdtempSync(join(tmpdir(), 'headroom-layout-')),
  );
});
afterEach(() => check.destroy());

test.each(rows(GROWN, (row, type) => onThisMachine(row) && (type === 'xfs' || mayGrowExt4())))(
  '$type on $name takes all of a larger disk while it is full',
  (row) => check.isGrown(row),
);

test.each(rows(REFUSED, onThisMachine))('$type on $name is refused by name', (row) => check.isRefused(row));

test.each(['ext4', 'xfs'] as const)(
  '%s on an MBR disk beyond 2 TiB: what lies beyond is refused',
  async (type) => {
    await check.make('mbr-beyond-2tib', type);
    const { root } = await check.result('assess-node');
    expect(root).toMatchObject({
      growthBlocked: {
        kind: 'mbr-limit',
        detail: expect.stringMatching(
          /^\/dev\/loop\d+ has an MBR partition table, which is limited to 2048 GiB$/,
        ) as unknown,
      },
      maxDiskBytes: 2 * 1024 ** 4,
    });
    expect(root.partitionGrowableBytes).toBeLessThan(2 * 1024 ** 4 - root.partitionBytes);
  },
);

test('grows xfs on an MBR disk up to 2 TiB, and fails with the reason on a larger disk', async () => {
  await check.make('mbr-near-2tib', 'xfs');
  const before = (await check.result('assess-node')).root;
  expect(before).toMatchObject({ maxDiskBytes: 2 * 1024 ** 4 });
  expect(before.growthBlocked).toBeUndefined();
  await layout('grow', check.folder, String(2_100 * 1024));
  const { after, error } = await check.result('extend-root', { HEADROOM_MIN_DISK_GIB: '2100' }, 1);
  expect(error).toMatch(
    /^53248 MiB of loop\d+ cannot be used by root: \/dev\/loop\d+ has an MBR partition table, which is limited to 2048 GiB$/,
  );
  expect(after.sizeBytes - before.sizeBytes).toBeGreaterThan(1.9 * 1024 ** 3);
  expect(after).toMatchObject({ growthBlocked: { kind: 'mbr-limit' }, partitionGrowableBytes: 0 });
});

test('limits an ext4 without 64bit to 16 TiB', async () => {
  await check.make('bare-32bit', 'ext4');
  expect((await check.result('assess-node')).root).toMatchObject({ maxDiskBytes: 16 * 1024 ** 4 });
});
