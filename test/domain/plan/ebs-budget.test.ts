import { ebsBudget, type VolumeModification } from '../../../lib/domain/plan/ebs-budget';
import { NOW_MS } from '../fixtures';

const HOUR_MS = 3_600_000;
const modification = (hoursAgo: number, more: Partial<VolumeModification> = {}): VolumeModification => ({
  state: 'completed',
  startedAtMs: NOW_MS - hoursAgo * HOUR_MS,
  targetSizeGiB: 30,
  progressPercent: 100,
  ...more,
});

test.each<[string, VolumeModification[]]>([
  ['never modified', []],
  ['one completed', [modification(1)]],
  ['three in the window', [modification(1), modification(2), modification(3)]],
  [
    'the fourth has just left the window',
    [modification(1), modification(2), modification(3), modification(24)],
  ],
  ['failed ones do not count', [1, 2, 3, 4, 5].map((hours) => modification(hours, { state: 'failed' }))],
])('%s: allowed', (_, modifications) => {
  expect(ebsBudget(modifications, NOW_MS)).toEqual({ allowed: true });
});

test.each(['modifying', 'optimizing', 'unknown'] as const)('%s: not yet, and nobody knows when', (state) => {
  const budget = ebsBudget([modification(1, { state, progressPercent: 42 })], NOW_MS);
  expect(budget).toEqual({ allowed: false, why: `the last modification is still ${state}, 42 % done` });
});

test('four in the window: not before the oldest of them leaves it, whatever their order', () => {
  const modifications = [modification(5), modification(23.9), modification(1), modification(12)];
  const expected = {
    allowed: false,
    why: '4 modifications in the last 24 h; EBS allows 4',
    untilMs: NOW_MS + 0.1 * HOUR_MS,
  };
  expect(ebsBudget(modifications, NOW_MS)).toEqual(expected);
  expect(ebsBudget([...modifications].reverse(), NOW_MS)).toEqual(expected);
});

test('with more than four seen (a raised quota), the time is when fewer than four remain', () => {
  const budget = ebsBudget(
    [1, 2, 3, 4, 5].map((hours) => modification(hours)),
    NOW_MS,
  );
  expect(budget).toHaveProperty('untilMs', NOW_MS + 20 * HOUR_MS);
});
