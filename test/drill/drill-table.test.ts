import type { DrillReport } from '../../lib/drill/report/drill-report';
import { drillRow, drillTable } from '../../lib/drill/report/drill-table';

const report = {
  scenario: 'disk-full',
  verdict: 'healed',
  asExpected: true,
  timeToHealSeconds: 58.5,
  seconds: 96.2,
  before: { usedPercent: 100 },
  after: { usedPercent: 43.9 },
  apiCalls: { 'ec2:DescribeVolumes': 4, 'ec2:ModifyVolume': 1, 's3:PutObject': 2, 'ssm:ListCommands': 1 },
} as unknown as DrillReport;

describe('the table of all drills', () => {
  it('shows fault, verdict, seconds, and the calls that change something', () => {
    const table = drillTable([drillRow(report)], 'plain').split('\n');
    expect(table).toHaveLength(2);
    expect(table[1]).toMatch(
      /^disk-full +healed +59 +96 +100 % → 43\.9 % +ec2:ModifyVolume, s3:PutObject ×2$/,
    );
  });

  it('says what is not as expected, and that nothing healed', () => {
    const failed = { ...report, asExpected: false, verdict: 'silent', timeToHealSeconds: null } as const;
    expect(drillTable([drillRow(failed)], 'plain')).toMatch(/silent, NOT AS EXPECTED +– /);
  });

  it('is a table in Markdown', () => {
    const lines = drillTable([drillRow(report)], 'markdown').split('\n');
    expect(lines).toHaveLength(3);
    expect(lines[1]).toMatch(/^(\| -+ ){6}\|$/);
    expect(new Set(lines.map((line) => line.split('|').length))).toEqual(new Set([8]));
  });
});
