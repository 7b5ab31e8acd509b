import { describeChange, fullerPercent, secondsToHeal } from '../../lib/drill/report/disk-use';

const sample = (atSeconds: number, usedPercent: number, inodesUsedPercent = 2) => ({
  ...{ atSeconds, usedPercent, inodesUsedPercent, availableBytes: 1, sizeBytes: 2 },
});

test('the fuller of bytes and inodes', () => {
  expect([fullerPercent(sample(0, 90, 3)), fullerPercent(sample(0, 30, 100))]).toEqual([90, 100]);
});

describe('seconds to heal', () => {
  test.each([
    ['down to the target itself', [sample(0, 100), sample(9, 76), sample(12, 75)], 12],
    ['full again: the last time counts', [sample(0, 100), sample(5, 40), sample(9, 90), sample(20, 60)], 20],
    ['inodes, while bytes were always few', [sample(0, 30, 100), sample(8, 22, 99), sample(33, 6, 28)], 33],
    ['bytes are down and inodes are not', [sample(0, 100, 100), sample(8, 20, 100)], null],
    ['never', [sample(0, 100), sample(4, 76)], null],
    ['nothing was measured', [], null],
  ])('%s', (_, samples, seconds) => {
    expect(secondsToHeal(samples, 75)).toBe(seconds);
  });
});

test('a change is told in what was full', () => {
  expect(describeChange(sample(0, 100, 3), sample(0, 43.9, 1))).toBe('100 % → 43.9 % of /');
  expect(describeChange(sample(0, 30.3, 100), sample(0, 7.4, 28))).toBe('100 % → 28 % of the inodes of /');
});
