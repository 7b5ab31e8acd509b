import type { AuditReport, NodeGroupFigures, NodeGroupReview, ReportedFinding } from '../report-model';
import type { Severity } from '../rule';
import { COLUMNS, beforeAfter, cost, gib, missingFigures, nodes } from './figures-text';
import { fitSections, type Section } from './fit-sections';
import { markdownCode, markdownText } from './markdown-escape';
import {
  findingTitle,
  fixOf,
  headline,
  isChange,
  plural,
  replacedGroups,
  replacementText,
  summary,
  verdictOf,
} from './verdict';

/**
 * GitHub refuses a comment over 65,536 characters ("Body is too long (maximum is 65536 characters)"). Counted here in
 * UTF-8 bytes, of which no text has fewer than characters, with room for what a workflow may add.
 */
export const COMMENT_LIMIT_BYTES = 65_000;

/** By this the workflow finds the comment that it wrote before. */
export const markerOf = (key = 'default'): string =>
  `<!-- headroom-audit:${key.replace(/[^\w.-]/g, '-').slice(0, 100)} -->`;

export interface MarkdownOptions {
  /** Several audits of one pull request need a key each. @default 'default' */
  readonly commentKey?: string;
  /** UTF-8 bytes. @default 65,000 */
  readonly limitBytes?: number;
}

const SIGN: Record<Severity, string> = { error: '❌', warning: '⚠️', note: 'ℹ️' };
const VERDICT_SIGN = { failed: '❌', 'passed-with-findings': '⚠️', passed: '✅' } as const;

const location = ({ at }: ReportedFinding): string =>
  markdownCode(at.line === undefined ? at.file : `${at.file}:${at.line}`, 200);

const findingRow = (finding: ReportedFinding): string =>
  [
    `- ${SIGN[finding.severity]} **${markdownText(findingTitle(finding), 800)}**<br>`,
    `  ${fixText(finding)}<br>`,
    `  ${markdownText(finding.why)} ${location(finding)} · ${markdownCode(finding.rule, 60)}`,
    '',
  ].join('\n');

const fixText = (finding: ReportedFinding): string => {
  const fix = fixOf(finding);
  return `${markdownText(finding.remediation)}${fix === undefined ? '' : ` In ${markdownCode(fix.file, 200)}: ${markdownCode(`${fix.path}: ${String(fix.value)}`, 200)}.`}`;
};

const cell = (review: NodeGroupReview, of: (figures: NodeGroupFigures) => string): string => {
  const { before, now } = beforeAfter(review, of);
  // A figure and its unit stay together, and the new one stands below the old one: a comment is narrow.
  const figure = (text: string): string => markdownText(text).replaceAll(' ', '&nbsp;');
  return before === undefined ? figure(now) : `${figure(before)}&nbsp;→<br>**${figure(now)}**`;
};

const CHANGE_NOTE: Partial<Record<NodeGroupReview['change'], string>> = {
  added: ' (new)',
  removed: ' (removed)',
};

/** Few rows say much: of a group that changes in everything, the first words are enough. */
const changesText = ({ changes = [] }: NodeGroupReview): string =>
  changes.map((change) => `<br>${markdownText(change, 120)}`).join('');

const replacement = (text: string): string => (text.startsWith('yes') ? `**${text}**` : text);

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |\n`;

const tableHead = (titles: readonly string[]): string =>
  row(titles) + row(titles.map((_, index) => (index === 0 ? '---' : '--:')));

const groupTable = (
  groups: readonly NodeGroupReview[],
  replaced: ReadonlySet<string>,
  compared: boolean,
) => ({
  before: tableHead([
    'Node&nbsp;group',
    ...COLUMNS.map(({ title }) => title),
    ...(compared ? ['Replaced'] : []),
  ]),
  rows: groups.map((review) =>
    row([
      `**${markdownText(review.name, 100)}**${CHANGE_NOTE[review.change] ?? ''}${changesText(review)}`,
      ...COLUMNS.map(({ of }) => cell(review, of)),
      ...(compared ? [replacement(replacementText(review, replaced))] : []),
    ]),
  ),
});

const folded = (
  title: string,
  inner: { readonly before?: string; readonly rows: readonly string[] },
): { before: string; rows: readonly string[]; after: string } => ({
  before: `<details>\n<summary>${title}</summary>\n\n${inner.before ?? ''}`,
  rows: inner.rows,
  after: '\n</details>\n\n',
});

const moreRows =
  (what: string) =>
  (count: number): string =>
    `\n_${plural(count, what)} left out: a comment has no room for more. The other formats have all of them._\n`;

const detailsOf = (review: NodeGroupReview): string => {
  const figures = review.after ?? review.before;
  if (!figures) return '';
  const { recommendedGiB, growthGiBPerDay, growthSource, costPerMonth } = figures;
  const growth =
    'value' in growthGiBPerDay
      ? `${growthGiBPerDay.value.toLocaleString('en-US', { maximumFractionDigits: 2 })} GiB a day (${growthSource})`
      : 'unknown';
  return [
    `- **${markdownText(review.name, 100)}** (${review.role}): ${markdownText(nodes(figures))} nodes, `,
    `recommended ${markdownText(gib(recommendedGiB))}, growth ${markdownText(growth)}, `,
    `at the cap ${markdownText(cost(costPerMonth.atCap))} a month`,
    ...missingFigures(figures).map((line) => `<br>? ${markdownText(line)}`),
    '\n',
  ].join('');
};

/** Made for a comment on a pull request: the verdict first, never over the limit, and nothing of a template's text acts. */
export const markdownReport = (report: AuditReport, options: MarkdownOptions = {}): string => {
  const compared = report.base !== undefined;
  const replaced = replacedGroups(report);
  const changed = report.nodeGroups.filter(isChange);
  const others = report.nodeGroups.filter((group) => !isChange(group));
  const fresh = compared ? report.findings.filter(({ isNew }) => isNew === true) : report.findings;
  const old = compared ? report.findings.filter(({ isNew }) => isNew !== true) : [];

  const head = [
    markerOf(options.commentKey),
    `## ${VERDICT_SIGN[verdictOf(report)]} Headroom audit: ${headline(report)}`,
    '',
    ...(summary(report).length > 0
      ? [
          summary(report)
            .map((line) => markdownText(line))
            .join(' '),
          '',
        ]
      : []),
    '',
  ].join('\n');
  const foot = `${markdownText(report.audited, 200)}${
    report.base === undefined ? '' : ` against ${markdownText(report.base, 200)}`
  } · prices of ${markdownText(report.prices.date, 40)}${
    report.prices.unknownRegions.length > 0
      ? `, none for ${markdownText(report.prices.unknownRegions.join(', '), 200)}`
      : ''
  } · ${plural(report.rules.length, 'rule')} · days are those of a fresh node that nothing heals (to warning) and that healing keeps growing (to cap)\n`;

  const sections: Section[] = [
    {
      ...groupTable(changed, replaced, true),
      after: '\n',
      leftOut: moreRows('changed node group'),
      share: 0.3,
    },
    {
      before: compared ? '### New with this change\n\n' : '### Findings\n\n',
      rows: fresh.map(findingRow),
      after: '\n',
      leftOut: moreRows('finding'),
      share: 0.4,
    },
    {
      ...folded(`${plural(old.length, 'finding')} that the base has too`, { rows: old.map(findingRow) }),
      leftOut: moreRows('finding'),
      share: 0.1,
    },
    {
      ...folded(
        plural(others.length, compared ? 'unchanged node group' : 'node group'),
        groupTable(others, replaced, false),
      ),
      leftOut: moreRows('node group'),
      share: 0.05,
    },
    {
      ...folded('Growth, recommendation and missing figures', { rows: report.nodeGroups.map(detailsOf) }),
      leftOut: moreRows('node group'),
      share: 0.05,
    },
    {
      ...folded(`${plural(report.cannotTell.length, 'case')} that could not be judged`, {
        rows: report.cannotTell.map(
          ({ rule, subject, why }) =>
            `- ${markdownText(subject.name, 100)}: ${markdownText(why)} ${markdownCode(rule, 60)}\n`,
        ),
      }),
      leftOut: moreRows('case'),
      share: 0.04,
    },
    {
      ...folded(`${plural(report.unreadable.length, 'file')} that could not be read`, {
        rows: report.unreadable.map(
          ({ file, why }) => `- ${markdownCode(file, 200)}: ${markdownText(why)}\n`,
        ),
      }),
      leftOut: moreRows('file'),
      share: 0.03,
    },
    {
      ...folded(`${plural(report.suppressed.length, 'accepted finding')}`, {
        rows: report.suppressed.map(
          ({ subject, message, suppression, rule }) =>
            `- ${markdownText(findingTitle({ subject, message }), 800)} ${markdownCode(rule, 60)}<br>\n` +
            `  accepted because: ${markdownText(suppression.reason)}${
              suppression.expires === undefined ? '' : ` (until ${markdownText(suppression.expires, 40)})`
            }\n`,
        ),
      }),
      leftOut: moreRows('finding'),
      share: 0.03,
    },
  ];
  const limit = options.limitBytes ?? COMMENT_LIMIT_BYTES;
  return head + fitSections(sections, limit - Buffer.byteLength(head) - Buffer.byteLength(foot)) + foot;
};
