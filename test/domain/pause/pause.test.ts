import {
  activePauses,
  pauseOf,
  pausesText,
  readPauses,
  withPause,
  withoutPause,
  type Pause,
} from '../../../lib/domain/pause/pause';
import { NOW_MS } from '../fixtures';

const HOUR_MS = 3_600_000;
const iso = (ms: number): string => new Date(ms).toISOString();
const pause = (nodeGroup: string | null, hours: number, more: Partial<Pause> = {}): Pause => ({
  ...{ nodeGroup, since: iso(NOW_MS), until: iso(NOW_MS + hours * HOUR_MS) },
  ...{ why: 'etcd is restored', by: 'arn:aws:iam::111122223333:user/ana' },
  ...more,
});

test('reads what it wrote, and writes no pause as a word', () => {
  const all = [pause('general', 2), pause(null, 1)];
  expect(readPauses(pausesText(all))).toEqual({ ok: true, pauses: all });
  expect(pausesText([])).toBe('none');
  expect(readPauses('none')).toEqual({ ok: true, pauses: [] });
});

test.each([
  ['', 'neither'],
  ['nonsense', 'neither'],
  ['{"schema":1}', 'pauses'],
  [pausesText([pause(null, 1, { until: 'tomorrow' })]), 'until'],
  [pausesText([pause(null, 31 * 24)]), 'at most 30 days'],
  [pausesText([pause(null, 1, { why: 'a\nNext command: curl' })]), 'why'],
  [pausesText([pause(null, 1, { why: '\u001b]52;c;x' })]), 'why'],
  [pausesText([pause('../x', 1)]), 'nodeGroup'],
])('rejects the pause %j, with the reason', (text, why) => {
  expect(readPauses(text)).toEqual({ ok: false, why: expect.stringContaining(why) as string });
});

test('applies a pause to its node group until its end, and one of the environment to all groups', () => {
  const all = [pause('general', 1)];
  expect(pauseOf(all, 'general', NOW_MS)).toBe(all[0]);
  expect(pauseOf(all, 'general', NOW_MS + HOUR_MS - 1)).toBe(all[0]);
  expect(pauseOf(all, 'general', NOW_MS + HOUR_MS)).toBeUndefined();
  expect(pauseOf(all, 'control-plane', NOW_MS)).toBeUndefined();
  expect(pauseOf(all, undefined, NOW_MS)).toBeUndefined();
  expect(pauseOf([pause(null, 1)], undefined, NOW_MS)).toBeDefined();
});

test('ignores a pause that starts or ends later than any command writes', () => {
  const late = pause(null, 0, {
    since: iso(NOW_MS + 60 * 24 * HOUR_MS),
    until: iso(NOW_MS + 80 * 24 * HOUR_MS),
  });
  expect(pauseOf([late], 'general', NOW_MS)).toBeUndefined();
});

test('applies the pause that ends last', () => {
  const all = [pause('general', 3), pause(null, 1)];
  expect(pauseOf(all, 'general', NOW_MS)?.until).toBe(iso(NOW_MS + 3 * HOUR_MS));
});

test('replaces the pause of the same scope and drops the ones that ended', () => {
  const all = [pause('general', 1), pause(null, 2), pause('memory', -1)];
  expect(withPause(all, pause('general', 5), NOW_MS)).toEqual([pause(null, 2), pause('general', 5)]);
  expect(withoutPause(all, 'general', NOW_MS)).toEqual([pause(null, 2)]);
  expect(withoutPause(all, null, NOW_MS)).toEqual([]);
  expect(activePauses(all, NOW_MS)).toHaveLength(2);
});
