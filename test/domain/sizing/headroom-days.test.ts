import fc from 'fast-check';
import { headroomCurve, headroomDays, type HeadroomNeed } from '../../../lib/domain/sizing/headroom-days';
import { USABLE_RATIO } from '../../../lib/domain/sizing/sizing';

const levels = { warningPercent: 80, criticalPercent: 90, emergencyPercent: 95, targetPercent: 75 };
/** 100 GiB for files, 20 of them used at birth. */
const need = (more: Partial<HeadroomNeed> = {}): HeadroomNeed => ({
  sizeGiB: 100 / USABLE_RATIO,
  usedAtFirstBootGiB: 20,
  growthGiBPerDay: 2,
  levels,
  maxSizeGiB: 200 / USABLE_RATIO,
  ...more,
});

const withoutCap = (): HeadroomNeed => {
  const { sizeGiB, usedAtFirstBootGiB, growthGiBPerDay } = need();
  return { sizeGiB, usedAtFirstBootGiB, growthGiBPerDay, levels };
};

test('counts the days until each level, and until the cap', () => {
  const days = headroomDays(need());
  expect(days.warning).toBeCloseTo(30);
  expect(days.critical).toBeCloseTo(35);
  expect(days.emergency).toBeCloseTo(37.5);
  expect(days.full).toBeCloseTo(40);
  expect(days.cap).toBeCloseTo(70);
});

test('returns Infinity without growth, 0 for a disk that is too small, and uses the size as the cap if there is none', () => {
  expect(headroomDays(need({ growthGiBPerDay: 0 }))).toMatchObject({ warning: Infinity, cap: Infinity });
  expect(headroomDays(need({ usedAtFirstBootGiB: 80 })).warning).toBe(0);
  const uncapped = withoutCap();
  expect(headroomDays(uncapped).cap).toBe(headroomDays(uncapped).warning);
  expect(headroomDays(need({ maxSizeGiB: 1 })).cap).toBeCloseTo(30);
});

const needs = fc.record<HeadroomNeed>({
  sizeGiB: fc.integer({ min: 8, max: 2_000 }),
  usedAtFirstBootGiB: fc.double({ min: 0, max: 50, noNaN: true }),
  growthGiBPerDay: fc.double({ min: 0, max: 2_000, noNaN: true }),
  levels: fc.constant(levels),
  maxSizeGiB: fc.integer({ min: 8, max: 16_000 }),
});
const KEYS = ['warning', 'critical', 'emergency', 'full', 'cap'] as const;

test('more growth never gives more days, a bigger disk or cap never fewer', () => {
  fc.assert(
    fc.property(needs, fc.double({ min: 0, max: 500, noNaN: true }), (one, more) => {
      const days = headroomDays(one);
      const faster = headroomDays({ ...one, growthGiBPerDay: one.growthGiBPerDay + more });
      const bigger = headroomDays({ ...one, sizeGiB: one.sizeGiB + more });
      const higherCap = headroomDays({ ...one, maxSizeGiB: (one.maxSizeGiB ?? 0) + more });
      for (const key of KEYS) {
        expect(faster[key]).toBeLessThanOrEqual(days[key]);
        expect(bigger[key]).toBeGreaterThanOrEqual(days[key]);
        expect(higherCap[key]).toBeGreaterThanOrEqual(days[key]);
      }
    }),
  );
});

test('reaches the levels in order', () => {
  fc.assert(
    fc.property(needs, (one) => {
      const { warning, critical, emergency, full } = headroomDays(one);
      expect(warning <= critical && critical <= emergency && emergency <= full).toBe(true);
    }),
  );
});

test('the curve grows at the warning, and ends full when the cap is used up', () => {
  const { points, outrunDay } = headroomCurve(
    need({ sizeGiB: 50, usedAtFirstBootGiB: 10, growthGiBPerDay: 1, maxSizeGiB: 65 }),
  );
  expect(points.map(({ sizeGiB }) => sizeGiB)).toEqual([50, 50, 60, 60, 65, 65]);
  expect(points.map(({ usedPercent }) => Math.round(usedPercent))).toEqual([22, 80, 67, 80, 74, 100]);
  expect(outrunDay).toBeUndefined();
});

test('reports growth that outruns four modifications a day', () => {
  // 50 GiB that fills in hours; a step at most doubles.
  const { outrunDay, points } = headroomCurve(
    need({ sizeGiB: 50, growthGiBPerDay: 5_000, maxSizeGiB: 16_000 }),
    30,
  );
  expect(outrunDay).toBeGreaterThan(0);
  expect(points.at(-1)?.usedPercent).toBe(100);
});

test('without growth, and without a cap, the curve ends at its horizon or at the top', () => {
  expect(headroomCurve(need({ growthGiBPerDay: 0 }), 90).points.map(({ day }) => day)).toEqual([0, 90]);
  const uncapped = withoutCap();
  expect(headroomCurve(uncapped).points.map(({ day }) => Math.round(day))).toEqual([0, 40]);
});

test('the curve never goes back in time, shrinks, leaves 0–100 % or passes its horizon and cap', () => {
  fc.assert(
    fc.property(needs, (one) => {
      const { points } = headroomCurve(one, 200);
      points.forEach((point, index) => {
        const before = points[index - 1] ?? point;
        expect(point.day).toBeGreaterThanOrEqual(before.day);
        expect(point.sizeGiB).toBeGreaterThanOrEqual(before.sizeGiB);
        expect(point.day).toBeLessThanOrEqual(200);
        expect(point.usedPercent).toBeGreaterThanOrEqual(0);
        expect(point.usedPercent).toBeLessThanOrEqual(100);
        expect(point.sizeGiB).toBeLessThanOrEqual(Math.max(one.sizeGiB, one.maxSizeGiB ?? 0));
      });
      expect(points.length).toBeLessThan(500);
    }),
  );
});
