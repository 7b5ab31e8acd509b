import Table from 'cli-table3';
import type { Rule } from '../../lib/audit/rule';
import { didYouMean } from '../../lib/domain/mistakes/did-you-mean';
import { AuditCommandError } from './audit-parts';

/** All rules, one line each. */
export const listRules = (rules: readonly Rule[]): string => {
  const table = new Table({ head: ['Rule', 'Severity', 'What'], style: { head: [], border: [] } });
  for (const { id, severity, title } of rules) table.push([id, severity, title]);
  return `${table.toString()}\n`;
};

/** @throws AuditCommandError when there is none */
export const ruleNamed = (rules: readonly Rule[], wanted: string): Rule => {
  const rule = rules.find(({ id }) => id === wanted);
  if (rule) return rule;
  const meant = didYouMean(
    wanted,
    rules.map(({ id }) => id),
  );
  throw new AuditCommandError(
    `There is no rule "${wanted}".${meant === undefined ? '' : ` Did you mean "${meant}"?`} --list-rules shows all.`,
  );
};

/** One rule in full. */
export const explain = (rule: Rule): string =>
  [
    `${rule.id} (${rule.severity}): ${rule.title}`,
    '',
    rule.what.join('\n\n'),
    '',
    `Why:  ${rule.why.join('\n\n')}`,
    '',
    `Fix:  ${rule.fix.join('\n\n')}`,
    '',
    `Page: docs/audit/${rule.id}.md`,
    '',
  ].join('\n');
