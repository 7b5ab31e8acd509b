import { styleText } from 'node:util';
import Table from 'cli-table3';
import type { AuditReport, NodeGroupReview, ReportedFinding } from '../report-model';
import type { Severity } from '../rule';
import { COLUMNS, beforeAfter, missingFigures } from './figures-text';
import { plainText } from '../../domain/messages/plain-text';
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
import { withoutWorkflowCommands } from './workflow-commands';

export interface TextOptions {
  /** Whether the reader's terminal shows colours. @default false */
  readonly colour?: boolean;
}

type Colour = 'red' | 'yellow' | 'cyan' | 'green' | 'gray' | 'bold';
const COLOUR: Record<Severity, Colour> = { error: 'red', warning: 'yellow', note: 'cyan' };
const VERDICT_COLOUR = { failed: 'red', 'passed-with-findings': 'yellow', passed: 'green' } as const;

/** For terminals: the verdict first, then what changes, then what to do. */
export const textReport = (report: AuditReport, { colour = false }: TextOptions = {}): string => {
  const paint = (as: Colour | readonly Colour[], text: string): string =>
    colour ? styleText([...[as].flat()], text, { validateStream: false }) : text;
  const heading = (text: string): string => `\n${paint('bold', text)}`;

  const finding = (one: ReportedFinding): string[] => [
    `${paint(COLOUR[one.severity], one.severity.padEnd(7))}  ${paint('bold', findingTitle(one))}${
      one.isNew === false ? paint('gray', ' (in the base too)') : ''
    }`,
    `         ${plainText(one.remediation)}`,
    ...[fixOf(one)].flatMap((fix) =>
      fix === undefined
        ? []
        : [`         ${plainText(fix.file, 200)}: ${plainText(`${fix.path}: ${String(fix.value)}`, 200)}`],
    ),
    paint('gray', `         ${place(one)}  ${plainText(one.rule, 60)}`),
  ];

  const table = (groups: readonly NodeGroupReview[]): string => {
    const replaced = replacedGroups(report);
    const shown = new Table({
      head: [
        'Node group',
        ...COLUMNS.map(({ title }) => title),
        ...(report.base === undefined ? [] : ['Replaced']),
      ],
      style: { head: [], border: [], compact: true },
    });
    for (const review of groups)
      shown.push([
        [plainText(review.name, 40), ...(review.changes ?? []).map((change) => plainText(change, 60))].join(
          '\n',
        ),
        ...COLUMNS.map(({ of }) => {
          const { before, now } = beforeAfter(review, of);
          return before === undefined ? now : `${before} →\n${now}`;
        }),
        ...(report.base === undefined ? [] : [replacementText(review, replaced).replace(', ', ',\n')]),
      ]);
    return shown.toString();
  };

  const groups = [...report.nodeGroups].sort((a, b) => Number(isChange(b)) - Number(isChange(a)));
  const missing = groups.flatMap(({ name, after, before }) => {
    const figures = after ?? before;
    return (figures ? missingFigures(figures) : []).map(
      (line) => `  ${plainText(name, 100)}: ${plainText(line)}`,
    );
  });
  const section = (title: string, lines: readonly string[]): string[] =>
    lines.length === 0 ? [] : [heading(title), ...lines];
  return withoutWorkflowCommands(
    `${[
      paint(['bold', VERDICT_COLOUR[verdictOf(report)]], headline(report)),
      ...summary(report),
      ...section('Findings', report.findings.flatMap(finding)),
      ...section('Node groups', groups.length === 0 ? [] : [table(groups)]),
      ...section('Figures that are missing', missing),
      ...section(
        'Could not be judged',
        report.cannotTell.map(
          ({ rule, subject, why }) =>
            `  ${plainText(subject.name, 100)}: ${plainText(why)}  ${paint('gray', plainText(rule, 60))}`,
        ),
      ),
      ...section(
        'Could not be read',
        report.unreadable.map(({ file, why }) => `  ${plainText(file, 200)}: ${plainText(why)}`),
      ),
      ...section(
        'Accepted',
        report.suppressed.map(
          ({ rule, subject, suppression }) =>
            `  ${plainText(subject.name, 100)}: ${plainText(rule, 60)}, because: ${plainText(suppression.reason)}`,
        ),
      ),
      '',
      paint(
        'gray',
        `${plainText(report.audited, 200)}${report.base === undefined ? '' : ` against ${plainText(report.base, 200)}`}, ` +
          `${plural(report.rules.length, 'rule')}, prices of ${plainText(report.prices.date, 40)}${
            report.prices.unknownRegions.length > 0
              ? ` (none for ${plainText(report.prices.unknownRegions.join(', '), 200)})`
              : ''
          }`,
      ),
    ].join('\n')}\n`,
  );
};

const place = ({ at }: ReportedFinding): string =>
  `${plainText(at.file, 200)}${at.line === undefined ? '' : `:${at.line}`}`;
