import fc from 'fast-check';
import { nextVolumeSize, type GrowthNeed } from '../../../lib/domain/plan/volume-size';

const need = (more: Partial<GrowthNeed>): GrowthNeed => ({
  currentGiB: 20,
  unusedGiB: 0,
  usedPercent: 85,
  targetPercent: 75,
  growthPercentPerSecond: 0,
  maxSizeGiB: 1_000,
  ...more,
});

test.each<[string, Partial<GrowthNeed>, number, RegExp]>([
  ['the least step on a small volume', {}, 30, /minimum step of 10 GiB/],
  ['the least step still at 50 GiB', { currentGiB: 50, usedPercent: 80 }, 60, /minimum step of 10 GiB/],
  ['20 % from 51 GiB on', { currentGiB: 51, usedPercent: 80 }, 62, /20 %/],
  ['what brings 100 % to the target', { currentGiB: 200, usedPercent: 100 }, 267, /to 75 %/],
  ['a day of growth', { currentGiB: 100, growthPercentPerSecond: 50 / 86_400 }, 150, /24 hours/],
  ['a burst at most doubles', { currentGiB: 100, growthPercentPerSecond: 1 }, 200, /24 hours/],
  ['unknown growth adds nothing', { growthPercentPerSecond: undefined }, 30, /minimum step of 10 GiB/],
  [
    'what is bought and unused serves first',
    { currentGiB: 200, unusedGiB: 100, usedPercent: 100 },
    240,
    /20 %/,
  ],
  ['one below the cap', { maxSizeGiB: 31 }, 30, /minimum step of 10 GiB/],
  ['exactly the cap', { maxSizeGiB: 30 }, 30, /^the minimum step of 10 GiB$/],
  ['cut by the cap', { maxSizeGiB: 29 }, 29, /cap is 29 GiB/],
  ['at the cap', { maxSizeGiB: 20 }, 20, /cap is 20 GiB/],
  ['above the cap already', { maxSizeGiB: 10 }, 20, /cap is 10 GiB/],
  ['the declared size in one step', { declaredSizeGiB: 64 }, 64, /^the declared size$/],
  ['one GiB more than the least step', { declaredSizeGiB: 31 }, 31, /declared/],
  ['no more than the least step', { declaredSizeGiB: 30 }, 30, /minimum step of 10 GiB/],
  ['a declared size below what it has', { declaredSizeGiB: 10 }, 30, /minimum step of 10 GiB/],
  ['a declared size cut by the cap', { declaredSizeGiB: 64, maxSizeGiB: 50 }, 50, /declared.*cap is 50/],
  ['a cap between two GiB', { maxSizeGiB: 25.9 }, 25, /cap/],
])('%s', (_, more, targetSizeGiB, because) => {
  const step = nextVolumeSize(need(more));
  expect(step.targetSizeGiB).toBe(targetSizeGiB);
  expect(step.because).toMatch(because);
});

const needs = fc.record<GrowthNeed>({
  currentGiB: fc.integer({ min: 1, max: 65_536 }),
  unusedGiB: fc.double({ min: 0, max: 1_000, noNaN: true }),
  usedPercent: fc.double({ min: 0, max: 100, noNaN: true }),
  targetPercent: fc.integer({ min: 1, max: 99 }),
  growthPercentPerSecond: fc.option(fc.double({ min: 0, max: 100, noNaN: true }), { nil: undefined }),
  maxSizeGiB: fc.integer({ min: 1, max: 65_536 }),
});

test('whole GiB, never smaller than now, never above the cap unless it was before', () => {
  fc.assert(
    fc.property(needs, (each) => {
      const { targetSizeGiB, because } = nextVolumeSize(each);
      expect(Number.isInteger(targetSizeGiB)).toBe(true);
      expect(targetSizeGiB).toBeGreaterThanOrEqual(each.currentGiB);
      expect(targetSizeGiB).toBeLessThanOrEqual(Math.max(each.currentGiB, each.maxSizeGiB));
      expect(because).not.toBe('');
    }),
  );
});

test('without a cap in the way, use comes down to the target', () => {
  fc.assert(
    fc.property(needs, (each) => {
      const { targetSizeGiB } = nextVolumeSize({
        ...each,
        unusedGiB: 0,
        maxSizeGiB: Number.MAX_SAFE_INTEGER,
      });
      expect((each.usedPercent * each.currentGiB) / targetSizeGiB).toBeLessThanOrEqual(
        each.targetPercent + 1e-9,
      );
    }),
  );
});

test('more use never gives a smaller volume', () => {
  fc.assert(
    fc.property(needs, fc.double({ min: 0, max: 100, noNaN: true }), (each, usedPercent) => {
      const [less, more] = [each.usedPercent, usedPercent].sort((a, b) => a - b) as [number, number];
      expect(nextVolumeSize({ ...each, usedPercent: more }).targetSizeGiB).toBeGreaterThanOrEqual(
        nextVolumeSize({ ...each, usedPercent: less }).targetSizeGiB,
      );
    }),
  );
});
