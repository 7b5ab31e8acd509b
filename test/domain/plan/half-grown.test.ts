import { unusedBytes } from '../../../lib/domain/plan/half-grown';
import type { RootFigures } from '../../../lib/domain/node/node-figures';
import { GIB, MIB } from '../../../lib/domain/units';
import { rootFigures } from '../fixtures';

const without = (root = rootFigures(90)): RootFigures => {
  const copy: { -readonly [K in keyof RootFigures]: RootFigures[K] } = { ...root };
  delete copy.partitionGrowableBytes;
  delete copy.filesystemGrowableBytes;
  return copy;
};

test('a fully extended disk has nothing unused', () => {
  expect(unusedBytes(rootFigures(90), 20).total).toBe(0);
  expect(unusedBytes(without(), 20).total).toBe(0);
  expect(unusedBytes(rootFigures(90), undefined).total).toBe(0);
});

test.each([
  ['256 MiB', 256 * MIB, false],
  ['a little more', 256 * MIB + 1, true],
])('on a 20 GiB disk %s behind the partition', (_, gapBytes, counts) => {
  const unused = unusedBytes(rootFigures(90, 20, { partitionGrowableBytes: gapBytes }), 20);
  expect(unused.beyondPartition).toBe(counts ? gapBytes : 0);
});

test('on a big disk 1 % decides: 300 MiB of 100 GiB are alignment', () => {
  const gapBytes = 300 * MIB;
  expect(unusedBytes(rootFigures(90, 100, { partitionGrowableBytes: gapBytes }), 100).total).toBe(0);
  expect(unusedBytes(rootFigures(90, 100, { filesystemGrowableBytes: 1.1 * GIB }), 100).total).toBe(
    1.1 * GIB,
  );
});

test('a volume that the kernel does not show yet', () => {
  expect(unusedBytes(rootFigures(90), 30)).toMatchObject({ beyondDisk: 10 * GIB, total: 10 * GIB });
});

describe('where scripts cannot tell the gaps', () => {
  // Figures of Canonical's Ubuntu 24.04 image on 20 GiB: sda14 4 MiB, sda15 106 MiB, sda16 (/boot) 913 MiB, sda1 the rest.
  const ubuntu = without({
    ...rootFigures(90),
    partitionBytes: 20 * GIB - 1_024 * MIB,
    sizeBytes: Math.round((20 * GIB - 1_024 * MIB) * 0.965),
  });
  test('the other partitions of Ubuntu 24.04 are no half-finished grow', () => {
    expect(unusedBytes(ubuntu, 20).total).toBe(0);
  });

  test('but ten gigabytes behind them are', () => {
    expect(unusedBytes({ ...ubuntu, diskBytes: 30 * GIB }, 30).beyondPartition).toBeGreaterThan(8 * GIB);
  });

  test.each([
    ['ext4', 8, 0.963],
    ['ext4', 200, 0.976],
    ['xfs', 20, 0.99],
    ['xfs', 8, 0.992],
  ])('what %s keeps for itself on %d GiB is no half-finished grow', (fsType, sizeGiB, visible) => {
    const root = without(rootFigures(90, sizeGiB, { fsType, sizeBytes: sizeGiB * GIB * visible }));
    expect(unusedBytes(root, sizeGiB).total).toBe(0);
  });

  test.each(['ext4', 'xfs'])('a partition twice the size of its %s is one', (fsType) => {
    const root = without(rootFigures(90, 40, { fsType, sizeBytes: 19 * GIB }));
    expect(unusedBytes(root, 40).beyondFilesystem).toBeGreaterThan(15 * GIB);
  });
});
