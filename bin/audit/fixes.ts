import type { ReportedFinding } from '../../lib/audit/report-model';
import type { Fix } from '../../lib/audit/rule';
import { severityRank } from '../../lib/audit/severity';

/** An edit with the finding that asks for it. */
export interface ChosenFix {
  readonly fix: Fix;
  readonly rule: string;
}

const isLarger = (a: Fix, b: Fix): boolean =>
  typeof a.value === 'number' && typeof b.value === 'number' && a.value > b.value;

/**
 * One edit for each place: where findings disagree, the worse finding's; between alike, the larger number, for a
 * larger disk fixes what a smaller one fixes.
 */
export const chooseFixes = (findings: readonly ReportedFinding[]): ChosenFix[] => {
  const best = new Map<string, { chosen: ChosenFix; rank: number }>();
  for (const { fix, rule, severity } of findings) {
    if (!fix) continue;
    const key = `${fix.file}\n${fix.path}`;
    const rank = severityRank(severity);
    const other = best.get(key);
    if (!other || rank < other.rank || (rank === other.rank && isLarger(fix, other.chosen.fix)))
      best.set(key, { chosen: { fix, rule }, rank });
  }
  return [...best.values()].map(({ chosen }) => chosen);
};
