import fc from 'fast-check';
import {
  RATE_WINDOW_MS,
  healingPurpose,
  healingRate,
  type HealingStart,
} from '../../../lib/domain/plan/healing-rate';
import { NOW_MS } from '../fixtures';

const HOUR_MS = 3_600_000;
const BOUND = { healingsPerNodePerDay: 3 };
const ago = (hours: number, onlyNotified = false): HealingStart => ({
  startedAtMs: NOW_MS - hours * HOUR_MS,
  onlyNotified,
});
const rate = (...starts: HealingStart[]) => healingRate(starts, BOUND, NOW_MS);

test.each([0, 1, 2])('%d healings of 3: the next one', (count) => {
  expect(rate(...Array.from({ length: count }, (_, index) => ago(index)))).toEqual({ kind: 'heal' });
});

test('the fourth is a message, and names when the first is a day old', () => {
  expect(rate(ago(5), ago(1), ago(20))).toEqual({ kind: 'notify', untilMs: NOW_MS + 4 * HOUR_MS });
});

test('after the message nothing', () => {
  expect(rate(ago(20), ago(5), ago(2), ago(1, true))).toMatchObject({ kind: 'rest' });
});

test('a message is no healing, and a day later it is none of this day', () => {
  expect(rate(ago(20), ago(5), ago(1, true))).toEqual({ kind: 'heal' });
  expect(rate(ago(25, true), ago(20), ago(5), ago(2))).toMatchObject({ kind: 'notify' });
});

test('what began a day ago counts no longer', () => {
  expect(rate(ago(24), ago(5), ago(1))).toEqual({ kind: 'heal' });
});

test('more than the bound, as a person may start: until enough of them are a day old', () => {
  expect(rate(ago(10), ago(9), ago(8), ago(7), ago(6))).toEqual({
    kind: 'notify',
    untilMs: NOW_MS + 16 * HOUR_MS,
  });
});

test('at the emergency level one an hour beyond the bound, whatever a person was told', () => {
  const emergency = (...starts: HealingStart[]) => healingRate(starts, BOUND, NOW_MS, true).kind;
  expect(emergency(ago(5), ago(4), ago(1))).toBe('heal');
  expect(emergency(ago(5), ago(4), ago(3), ago(2, true))).toBe('heal');
  expect(emergency(ago(5), ago(4), ago(0.9))).toBe('notify');
  expect(emergency(ago(5), ago(4), ago(0.9), ago(0.5, true))).toBe('rest');
});

test.each([
  [{}, 'by-hand'],
  [{ Trigger: ['manual'], RestUntil: [''] }, 'by-hand'],
  [{ Trigger: ['deploy:below-declared-size'] }, 'by-hand'],
  [{ Trigger: ['sweep:over-level'] }, 'heal'],
  [{ Trigger: ['sweep:over-level'], RestUntil: [new Date(NOW_MS + HOUR_MS).toISOString()] }, 'notify'],
  [{ Trigger: ['sweep:over-level'], RestUntil: ['0'] }, 'heal'],
  [{ Trigger: ['sweep:over-level'], RestUntil: ['9999-12-31T23:59:59.999Z'] }, 'heal'],
  [{ Trigger: ['sweep:over-level'], RestUntil: [new Date(NOW_MS - 1).toISOString()] }, 'heal'],
])('an execution with %j is there to %s', (parameters, purpose) => {
  expect(healingPurpose(parameters, NOW_MS)).toBe(purpose);
});

test('whatever asks, and however often: never more than the bound, and one message, in any 24 hours', () => {
  const gaps = fc.array(fc.integer({ min: 0, max: 5 * HOUR_MS }), { minLength: 30, maxLength: 120 });
  fc.assert(
    fc.property(gaps, fc.integer({ min: 1, max: 6 }), (asks, healingsPerNodePerDay) => {
      const starts: HealingStart[] = [];
      let nowMs = NOW_MS;
      for (const gap of asks) {
        nowMs += gap;
        const { kind } = healingRate(starts, { healingsPerNodePerDay }, nowMs);
        if (kind !== 'rest') starts.push({ startedAtMs: nowMs, onlyNotified: kind === 'notify' });
        const lately = starts.filter(({ startedAtMs }) => startedAtMs > nowMs - RATE_WINDOW_MS);
        expect(lately.filter(({ onlyNotified }) => !onlyNotified).length).toBeLessThanOrEqual(
          healingsPerNodePerDay,
        );
        expect(lately.filter(({ onlyNotified }) => onlyNotified).length).toBeLessThanOrEqual(1);
      }
    }),
  );
});
