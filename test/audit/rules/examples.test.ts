import type { AuditReport } from '../../../lib/audit/report-model';
import { audit } from '../../../lib/audit/audit';
import type { Example, Rule } from '../../../lib/audit/rule';
import { RULES } from '../../../lib/audit/rules';
import { auditPieces } from '../../../bin/audit/audit-pieces';
import { factsOfTemplate, removeMade } from '../read/support';
import { NOW_MS } from '../support/facts';

afterAll(removeMade);

const reportOf = (template: string, { base, liveGiB = {} }: Example): AuditReport =>
  audit(
    {
      head: factsOfTemplate(template),
      ...(base !== undefined && { base: factsOfTemplate(base) }),
      live: factsOfTemplate(template).nodeGroups.map(({ id, name }) => ({
        id,
        volumes: [{ instanceId: 'i-1', volumeId: 'vol-1', sizeGiB: liveGiB[name] ?? 0 }].filter(
          ({ sizeGiB }) => sizeGiB > 0,
        ),
        samples: [],
      })),
      suppressions: [],
      nowMs: NOW_MS,
      audited: 'an example',
      failOn: 'note',
    },
    auditPieces(__dirname),
  );

const findings = ({ findings: found }: Pick<AuditReport, 'findings'>): string[] =>
  found.map(({ rule, severity }) => `${rule} (${severity})`);

describe.each(
  RULES.flatMap((rule) =>
    rule.examples.map((example, index): [string, Rule, Example] => [
      `${rule.id} ${index + 1}`,
      rule,
      example,
    ]),
  ),
)('example %s', (_, rule, example) => {
  let fails: AuditReport;
  let passes: AuditReport;
  beforeAll(() => {
    fails = reportOf(example.fails, example);
    passes = reportOf(example.passes, example);
  });

  it('can be read and judged', () => {
    for (const report of [fails, passes]) {
      expect(report.unreadable).toEqual([]);
      expect(report.cannotTell.filter((one) => one.rule === rule.id)).toEqual([]);
    }
  });

  it('fails by exactly this rule, with its severity, and passes without it', () => {
    // What a suppression does not suppress is a finding again.
    const left = [...findings(passes), ...findings({ findings: passes.suppressed })];
    expect(findings(fails).filter((one) => !left.includes(one))).toEqual([`${rule.id} (${rule.severity})`]);
    expect(passes.findings.filter((one) => one.rule === rule.id)).toEqual([]);
  });
});
