import type { AuditReport, NodeGroupReview, ReportedFinding } from '../report-model';
import { SEVERITIES } from '../rule';
import { dollars } from './figures-text';
import { plainText } from '../../domain/messages/plain-text';

export const plural = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : 's'}`;

/** `2 errors, 1 warning`; '' for none. */
export const countsText = (findings: readonly ReportedFinding[]): string =>
  SEVERITIES.map(
    (severity) => [findings.filter((one) => one.severity === severity).length, severity] as const,
  )
    .filter(([count]) => count > 0)
    .map(([count, severity]) => plural(count, severity))
    .join(', ');

export type Verdict = 'passed' | 'passed-with-findings' | 'failed';

export const verdictOf = ({ failed, findings }: AuditReport): Verdict =>
  failed ? 'failed' : findings.length > 0 ? 'passed-with-findings' : 'passed';

/** The first line of every report. */
export const headline = (report: AuditReport): string => {
  const counts = countsText(report.findings);
  switch (verdictOf(report)) {
    case 'failed':
      return `Failed: ${counts}`;
    case 'passed-with-findings':
      return `Passed, with ${counts}`;
    case 'passed':
      return 'Passed: no findings';
  }
};

/** Ids of the node groups whose instances this change replaces. */
export const replacedGroups = (report: AuditReport): ReadonlySet<string> =>
  new Set(
    [...report.findings, ...report.suppressed].flatMap(({ rule, subject }) =>
      rule === 'instance-replaced' && subject.nodeGroup !== undefined ? [subject.nodeGroup] : [],
    ),
  );

const RUNNING_NODES = {
  none: 'no',
  'new-nodes-only': 'no, new nodes only',
  rolling: 'yes, rolling',
  replaced: 'yes',
  unknown: '?',
} as const;

/** What happens to the running nodes, for the column `Replaced`. */
export const replacementText = (review: NodeGroupReview, replaced: ReadonlySet<string>): string => {
  if (review.change === 'added' || review.change === 'removed') return review.change;
  if (replaced.has(review.id)) return 'yes';
  return RUNNING_NODES[review.replacement ?? 'none'];
};

export const isChange = ({ change }: NodeGroupReview): boolean =>
  change === 'added' || change === 'removed' || change === 'changed';

/** What the whole change costs at the maximum number of nodes, US dollars a month; undefined where a figure is missing. */
const costOfChange = (groups: readonly NodeGroupReview[]): number | undefined => {
  let sum = 0;
  for (const { before, after } of groups) {
    for (const [figures, sign] of [[before, -1] as const, [after, 1] as const]) {
      if (!figures) continue;
      const { atMax } = figures.costPerMonth;
      if (!('value' in atMax)) return undefined;
      sum += sign * atMax.value;
    }
  }
  return sum;
};

/** One sentence for each thing that a reviewer must know before the details. */
export const summary = (report: AuditReport): string[] => {
  const lines: string[] = [];
  if (report.base !== undefined) {
    const fresh = report.findings.filter(({ isNew }) => isNew === true);
    const changed = report.nodeGroups.filter(isChange);
    if (fresh.length > 0) lines.push(`This change brings ${countsText(fresh)}.`);
    else if (report.findings.length > 0) lines.push('This change brings no new finding.');
    const replaced = report.nodeGroups.filter(({ id }) => replacedGroups(report).has(id));
    if (replaced.length > 0)
      lines.push(`It replaces the instances of ${plural(replaced.length, 'node group')}.`);
    const rolled = changed.filter(
      ({ id, replacement }) => replacement === 'rolling' && !replacedGroups(report).has(id),
    );
    if (rolled.length > 0)
      lines.push(
        `It exchanges the running nodes of ${plural(rolled.length, 'node group')}, a few at a time.`,
      );
    if (changed.length === 0) lines.push('No node group changes.');
    else {
      const cost = costOfChange(changed);
      if (cost !== undefined && Math.abs(cost) >= 0.005)
        lines.push(
          `Root volumes cost ${dollars(Math.abs(cost))} a month ${cost > 0 ? 'more' : 'less'} at the maximum number of nodes.`,
        );
    }
  }
  if (report.cannotTell.length > 0)
    lines.push(`${plural(report.cannotTell.length, 'case')} could not be judged: nothing was assumed.`);
  if (report.unreadable.length > 0)
    lines.push(`${plural(report.unreadable.length, 'file')} could not be read.`);
  return lines;
};

/** A finding's sentence, with its subject where the sentence does not name it. */
export const findingTitle = ({ subject, message }: Pick<ReportedFinding, 'subject' | 'message'>): string =>
  message.includes(subject.name)
    ? plainText(message)
    : `${plainText(subject.name, 100)}: ${plainText(message)}`;

/** The edit that fixes a finding; undefined where there is none, or where the remediation names its path. */
export const fixOf = ({ fix, remediation }: ReportedFinding): ReportedFinding['fix'] =>
  fix === undefined || remediation.includes(fix.path) ? undefined : fix;
