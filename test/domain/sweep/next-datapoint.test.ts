import fc from 'fast-check';
import { known, unknown } from '../../../lib/domain/known';
import { describeNextDatapoint, nextDatapoint } from '../../../lib/domain/sweep/next-datapoint';
import { NOW_MS } from '../fixtures';

const sample = (seconds: number, usedPercent: number) => ({ atMs: NOW_MS + seconds * 1_000, usedPercent });

test.each([
  ['nothing yet', [], 'not-seen'],
  ['one of the period in which verification ended', [sample(-1, 97)], 'not-seen'],
  ['one from that moment on', [sample(0, 79.9)], 'below'],
  ['the level itself', [sample(0, 80)], 'over'],
  ['the latest counts, in any order', [sample(120, 60), sample(60, 97)], 'below'],
  ['the latest counts, rising', [sample(60, 60), sample(120, 97)], 'over'],
  ['a value that is no percentage', [sample(60, Number.NaN), sample(120, 140), sample(180, -1)], 'not-seen'],
])('%s', (_, samples, state) => {
  expect(nextDatapoint(known(samples), NOW_MS, 80).state).toBe(state);
});

test('what could not be read is unknown, never fine', () => {
  expect(nextDatapoint(unknown('AccessDenied: no'), NOW_MS, 80)).toEqual({
    state: 'unknown',
    why: 'AccessDenied: no',
  });
});

test('below says that a value below the level was measured after verification', () => {
  const samples = fc.array(
    fc.record({
      atMs: fc.integer({ min: NOW_MS - 1e6, max: NOW_MS + 1e6 }),
      usedPercent: fc.double({ noNaN: false }),
    }),
  );
  fc.assert(
    fc.property(samples, (all) => {
      const next = nextDatapoint(known(all), NOW_MS, 80);
      const confirmed = all.some(
        ({ atMs, usedPercent }) => atMs >= NOW_MS && usedPercent >= 0 && usedPercent < 80,
      );
      if (next.state === 'below') expect(confirmed).toBe(true);
      expect(describeNextDatapoint(next)).not.toMatch(/undefined|NaN/);
    }),
  );
});
