import { levelOf } from '../../../lib/domain/plan/disk-level';
import { policy } from '../fixtures';

test.each<[number | undefined, string]>([
  [0, 'below'],
  [79.9, 'below'],
  [80, 'warning'],
  [89.9, 'warning'],
  [90, 'critical'],
  [94.9, 'critical'],
  [95, 'emergency'],
  [100, 'emergency'],
  [undefined, 'unknown'],
  [Number.NaN, 'unknown'],
  [-1, 'unknown'],
  [100.1, 'unknown'],
])('%p percent is %s', (usedPercent, level) => {
  expect(levelOf(usedPercent, policy)).toBe(level);
});
