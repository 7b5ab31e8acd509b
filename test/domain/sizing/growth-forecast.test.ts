import fc from 'fast-check';
import { growthPerSecond, type UsageSample } from '../../../lib/domain/sizing/growth-forecast';
import { NOW_MS } from '../fixtures';

/** Samples 5 minutes apart. */
const samples = (...usedPercents: number[]): UsageSample[] =>
  usedPercents.map((usedPercent, index) => ({ atMs: NOW_MS + index * 300_000, usedPercent }));
const pointsAnHour = (history: readonly UsageSample[]): number | undefined => {
  const pace = growthPerSecond(history);
  return pace === undefined ? undefined : Number((pace * 3_600).toFixed(3));
};

test.each<[string, UsageSample[], number | undefined]>([
  ['no history is unknown, not "no growth"', [], undefined],
  ['one sample is unknown', samples(50), undefined],
  ['ten minutes are an anecdote', samples(50, 60, 70), undefined],
  ['a flat disk grows by nothing', samples(50, 50, 50, 50), 0],
  ['one point each five minutes is twelve an hour', samples(50, 51, 52, 53, 54), 12],
  ['a shrinking disk grows by nothing', samples(50, 49.5, 49, 48.5), 0],
  ['noise cancels out', samples(50, 50.5, 50, 50.5, 50), 0],
  ['a healing drop does not hide the growth before and after', samples(76, 78, 80, 82, 60, 62, 64, 66), 24],
  ['a bigger disk is a drop as well', samples(88, 89, 90, 91, 45, 45.5, 46, 46.5), 9],
  ['a full disk cannot grow fuller: its time does not count', samples(94, 96, 98, 100, 100, 100, 100), 24],
])('%s', (_, history, expected) => {
  expect(pointsAnHour(history)).toBe(expected);
});

test('a fresh burst counts more than a slow day', () => {
  const slowDay = Array.from({ length: 60 }, () => 50);
  expect(pointsAnHour(samples(...slowDay, ...Array.from({ length: 13 }, (_, index) => 50 + index)))).toBe(12);
});

test('neither the order of the samples nor nonsense among them matters', () => {
  const history = samples(50, 51, 52, 53, 54, 55);
  const nonsense: UsageSample[] = [
    { atMs: Number.NaN, usedPercent: 50 },
    { atMs: NOW_MS, usedPercent: Number.NaN },
    { atMs: NOW_MS, usedPercent: 900 },
  ];
  expect(growthPerSecond([...nonsense, ...history].reverse())).toBe(growthPerSecond(history));
});

test('is never negative and never infinite', () => {
  const sample = fc.record({
    atMs: fc.integer({ min: 0, max: 2e12 }),
    usedPercent: fc.double({ min: -10, max: 110 }),
  });
  fc.assert(
    fc.property(fc.array(sample), (history) => {
      const pace = growthPerSecond(history) ?? 0;
      expect(pace).toBeGreaterThanOrEqual(0);
      expect(Number.isFinite(pace)).toBe(true);
    }),
  );
});
