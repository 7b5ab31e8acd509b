import type { DrillReport, DrillVerdict } from './drill-report';

/** What a drill came to, in one line. */
export interface DrillRow {
  readonly fault: string;
  readonly verdict: DrillVerdict;
  readonly asExpected: boolean;
  /** From the full disk to the first measurement at or below the target; null: it never came there. */
  readonly secondsToHeal: number | null;
  /** From the full disk to the end, in the drill's time. */
  readonly seconds: number;
  readonly usedPercent: { readonly before: number; readonly after: number };
  /** What changes something, `service:Operation` → calls. Reading is left out. */
  readonly called: Readonly<Record<string, number>>;
}

export const CHANGES_NOTHING = /:(Describe|Get|List|Head)/;

export const drillRow = (report: DrillReport): DrillRow => ({
  fault: report.scenario,
  verdict: report.verdict,
  asExpected: report.asExpected,
  secondsToHeal: report.timeToHealSeconds,
  seconds: report.seconds,
  usedPercent: { before: report.before.usedPercent, after: report.after.usedPercent },
  called: Object.fromEntries(Object.entries(report.apiCalls).filter(([call]) => !CHANGES_NOTHING.test(call))),
});

const HEADINGS = ['fault', 'verdict', 'to heal, s', 'in all, s', '/ before → after', 'what was called'];

const cells = (row: DrillRow): readonly string[] => [
  row.fault,
  row.asExpected ? row.verdict : `${row.verdict}, NOT AS EXPECTED`,
  row.secondsToHeal === null ? '–' : row.secondsToHeal.toFixed(0),
  row.seconds.toFixed(0),
  `${row.usedPercent.before} % → ${row.usedPercent.after} %`,
  Object.entries(row.called)
    .map(([call, times]) => (times === 1 ? call : `${call} ×${times}`))
    .join(', '),
];

/** fault → verdict → seconds → what was called. */
export function drillTable(rows: readonly DrillRow[], style: 'plain' | 'markdown'): string {
  const lines = [HEADINGS, ...rows.map(cells)];
  const widths = HEADINGS.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  const padded = lines.map((line) => line.map((cell, column) => cell.padEnd(widths[column] ?? 0)));
  if (style === 'plain') return padded.map((line) => line.join('  ').trimEnd()).join('\n');
  const [head = [], ...rest] = padded.map((line) => `| ${line.join(' | ')} |`);
  return [head, `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`, ...rest].join('\n');
}
