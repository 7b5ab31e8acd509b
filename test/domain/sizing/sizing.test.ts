import fc from 'fast-check';
import { MIN_ROOT_GIB, USABLE_RATIO, rootSizing, type SizingNeed } from '../../../lib/domain/sizing/sizing';

const partOf = (need: SizingNeed, name: string): number | undefined =>
  rootSizing(need).parts.find((part) => part.name === name)?.sizeGiB;

test('lists the parts of a control-plane node and of a worker', () => {
  expect(rootSizing({ role: 'control-plane' })).toMatchObject({
    recommendedGiB: 22,
    usedAtFirstBootGiB: 6.75,
  });
  expect(rootSizing({ role: 'worker' })).toMatchObject({ recommendedGiB: 45, usedAtFirstBootGiB: 14.25 });
  expect(partOf({ role: 'worker' }, 'etcd')).toBeUndefined();
  expect(partOf({ role: 'worker' }, 'container logs')).toBe(5.37);
  expect(partOf({ role: 'worker', etcdQuotaGiB: 8 }, 'etcd')).toBeUndefined();
  expect(partOf({ role: 'control-plane', etcdQuotaGiB: 8 }, 'etcd')).toBe(24.31);
});

test.each<[string, Partial<SizingNeed>, number]>([
  ['etcd’s suggested maximum', { etcdQuotaGiB: 8 }, 46],
  ['a late warning needs less', { warningPercent: 95 }, 20],
  ['an early one more', { warningPercent: 50 }, 34],
  ['no pods', { pods: 0 }, 21],
  ['a warning at 0 % is none: the default', { warningPercent: 0 }, 22],
  ['no number: the default', { etcdQuotaGiB: Number.NaN, warningPercent: Number.NaN }, 22],
  ['below zero: the default', { journalMaxMiB: -1 }, 22],
])('%s', (_, more, recommendedGiB) => {
  expect(rootSizing({ role: 'control-plane', ...more }).recommendedGiB).toBe(recommendedGiB);
});

const amount = fc.option(fc.double({ min: 0, max: 500, noNaN: true }), { nil: undefined });
const needs = fc
  .record({
    role: fc.constantFrom('control-plane' as const, 'worker' as const),
    etcdQuotaGiB: amount,
    warningPercent: fc.option(fc.integer({ min: 10, max: 100 }), { nil: undefined }),
    pods: amount,
    journalMaxMiB: amount,
    workloadImagesGiB: amount,
    ephemeralGiB: amount,
  })
  .map((need) => need as SizingNeed);

test('never recommends less than the minimum, and keeps the total below the warning level', () => {
  fc.assert(
    fc.property(needs, (need) => {
      const { recommendedGiB, parts } = rootSizing(need);
      expect(recommendedGiB).toBeGreaterThanOrEqual(MIN_ROOT_GIB);
      const used = parts
        .filter(({ name }) => name !== 'reserve')
        .reduce((sum, part) => sum + part.sizeGiB, 0);
      // The parts are shown rounded to hundredths.
      expect(used / (recommendedGiB * USABLE_RATIO)).toBeLessThanOrEqual(
        (need.warningPercent ?? 80) / 100 + 0.005,
      );
      expect(parts.reduce((sum, part) => sum + part.sizeGiB, 0)).toBeCloseTo(recommendedGiB, 1);
    }),
  );
});

test('more of anything never needs a smaller disk', () => {
  const keys = ['etcdQuotaGiB', 'pods', 'journalMaxMiB', 'workloadImagesGiB', 'ephemeralGiB'] as const;
  fc.assert(
    fc.property(needs, fc.constantFrom(...keys), fc.nat(100), fc.nat(100), (need, key, value, more) => {
      const smaller = rootSizing({ ...need, [key]: value }).recommendedGiB;
      expect(rootSizing({ ...need, [key]: value + more }).recommendedGiB).toBeGreaterThanOrEqual(smaller);
    }),
  );
});

test('recommends a size for any input', () => {
  const wild = fc.record(
    Object.fromEntries(
      ['etcdQuotaGiB', 'warningPercent', 'pods', 'containerLogMaxMiB', 'containerLogMaxFiles'].map((key) => [
        key,
        fc.oneof(fc.double({ max: 1e6 }), fc.constant(undefined)),
      ]),
    ),
  );
  fc.assert(
    fc.property(wild, (more) => {
      const { recommendedGiB } = rootSizing({ role: 'control-plane', ...more });
      expect(Number.isInteger(recommendedGiB) && recommendedGiB >= MIN_ROOT_GIB).toBe(true);
    }),
  );
});
