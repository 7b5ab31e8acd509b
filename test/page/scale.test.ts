import fc from 'fast-check';
import { spread, ticks } from '../../lib/page/scale';

describe('ticks', () => {
  test.each([
    [0, 100, 5, [0, 20, 40, 60, 80, 100]],
    [0, 80.1, 6, [0, 20, 40, 60, 80]],
    [0.05, 0.35, 3, [0.1, 0.2, 0.3]],
    [-3, 3, 3, [-2, 0, 2]],
    [7, 7, 5, [7]],
  ])('are round numbers from %d to %d in at most %d steps', (from, to, most, expected) =>
    expect(ticks(from, to, most)).toEqual(expected),
  );

  test('are never more than asked for, and never outside', () =>
    fc.assert(
      fc.property(
        fc.double({ min: -1e6, max: 1e6, noNaN: true }),
        fc.double({ min: 1e-3, max: 1e6, noNaN: true }),
        fc.integer({ min: 1, max: 12 }),
        (from, width, most) => {
          const all = ticks(from, from + width, most);
          expect(all.length).toBeLessThanOrEqual(most + 1);
          for (const each of all) {
            expect(each).toBeGreaterThanOrEqual(from - width * 1e-6 - 1e-6);
            expect(each).toBeLessThanOrEqual(from + width * (1 + 1e-6) + 1e-6);
          }
        },
      ),
    ));
});

describe('spread', () => {
  test('leaves labels that have room where they are, and moves others apart by the least', () => {
    expect(spread([10, 60], 20, 100)).toEqual([10, 60]);
    expect(spread([50, 50], 20, 100)).toEqual([40, 60]);
    expect(spread([50, 50, 90], 20, 100)).toEqual([40, 60, 90]);
    expect(spread([0, 0], 20, 100)).toEqual([0, 20]);
    expect(spread([], 20, 100)).toEqual([]);
  });

  test('keeps every label in the room and in its order, a gap from the next', () =>
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 220 }), { maxLength: 10 }),
        fc.integer({ min: 1, max: 20 }),
        (values, gap) => {
          const wanted = [...values].sort((a, b) => a - b);
          const placed = spread(wanted, gap, 220);
          expect(placed).toHaveLength(wanted.length);
          placed.forEach((each, index) => {
            expect(each).toBeGreaterThanOrEqual(-1e-9);
            expect(each).toBeLessThanOrEqual(220 + 1e-9);
            if (index > 0) expect(each - (placed[index - 1] ?? 0)).toBeGreaterThanOrEqual(gap - 1e-9);
          });
        },
      ),
    ));
});
