import type { DiskPolicy } from './disk-policy';
import type { DiskLevel } from '../names/naming';

/**
 * The level that a used percent stands at; `below` under every level.
 * A value that is not a percentage is `unknown`: it must never read as "fine".
 */
export const levelOf = (
  usedPercent: number | undefined,
  policy: DiskPolicy,
): DiskLevel | 'below' | 'unknown' => {
  if (usedPercent === undefined || !(usedPercent >= 0 && usedPercent <= 100)) return 'unknown';
  if (usedPercent >= policy.emergencyPercent) return 'emergency';
  if (usedPercent >= policy.criticalPercent) return 'critical';
  return usedPercent >= policy.warningPercent ? 'warning' : 'below';
};
