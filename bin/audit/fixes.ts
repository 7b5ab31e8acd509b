import type { ReportedFinding } from '../../lib/audit/report-model';
import type { Mend } from '../../lib/audit/rule';
import { severityRank } from '../../lib/audit/severity';

/** An edit with the finding that asks for it. */
export interface Fix {
  readonly mend: Mend;
  readonly rule: string;
}

const isLarger = (a: Mend, b: Mend): boolean =>
  typeof a.value === 'number' && typeof b.value === 'number' && a.value > b.value;

/**
 * One edit for each place: where findings disagree, the worse finding's; between alike, the larger number, for a
 * bigger disk mends what a smaller one mends.
 */
export const chooseFixes = (findings: readonly ReportedFinding[]): Fix[] => {
  const chosen = new Map<string, { fix: Fix; rank: number }>();
  for (const { fix: mend, rule, severity } of findings) {
    if (!mend) continue;
    const key = `${mend.file}\n${mend.path}`;
    const rank = severityRank(severity);
    const other = chosen.get(key);
    if (!other || rank < other.rank || (rank === other.rank && isLarger(mend, other.fix.mend)))
      chosen.set(key, { fix: { mend, rule }, rank });
  }
  return [...chosen.values()].map(({ fix }) => fix);
};
