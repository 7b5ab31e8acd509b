import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import { formatReport } from '../../../lib/audit/report';
import { days } from '../../../lib/audit/report/figures-text';
import { textReport } from '../../../lib/audit/report/text-report';
import { anyReport } from './arbitrary-report';
import { finding, sampleReport } from './sample-report';

const shown = textReport(sampleReport());

describe('the report for terminals', () => {
  it('begins with the verdict', () => {
    const [first, second] = shown.split('\n');
    expect(first).toBe('Failed: 1 error, 2 warnings');
    expect(second).toBe('This change brings 1 error, 1 warning.');
  });

  it.each([
    'control-plane: BlockDeviceMappings changes',
    'environments/prod.yaml: workerGroups.general.rootVolume.sizeGiB: 64',
    'environments/prod.yaml:19  root-volume-below-recommendation',
    '(in the base too)',
    '│ control-plane │ 64 GiB → │ 200 GiB   │ 26 days →  │',
    'batch: growth: nothing declares or measures it',
    'broken.template.json: line 3: unexpected end of JSON',
    'because: An old agent needs it until the move to 2.0.',
    'environment prod against ../main/cdk.out, 2 rules, prices of 2026-11-01',
  ])('has %j', (part) => expect(shown).toContain(part));

  it('names the place of a remediation once', () => {
    const remediation = 'Set workerGroups.general.rootVolume.sizeGiB to 64.';
    const text = textReport(sampleReport({ findings: [finding({ remediation })] }));
    expect(text.match(/workerGroups\.general\.rootVolume\.sizeGiB/g)).toHaveLength(1);
  });

  it('names the subject once', () => expect(shown).not.toContain('general: / of general'));

  it('has colours only where they are asked for, and the same text', () => {
    const coloured = textReport(sampleReport(), { colour: true });
    expect(coloured).toContain('\u001b[31m');
    expect(stripVTControlCharacters(coloured)).toBe(shown);
    expect(shown).not.toContain('\u001b');
  });

  it('lets no name of a template move the cursor', () => {
    fc.assert(
      fc.property(anyReport, (report) => {
        expect(textReport(report)).not.toMatch(/[^\n\P{Cc}]|[\u202a-\u202e\u2066-\u2069]/u);
      }),
      { numRuns: 200 },
    );
  });

  it('begins no line with a command of GitHub’s runner, whatever a name in a template is', () => {
    const forged = ['::add-mask::x', '  ::set-output name=a::b', 'x ##[add-matcher]y', '::error::', ':::::'];
    for (const name of forged) {
      const report = sampleReport();
      const [one = finding()] = report.findings;
      const at = { ...one.at, file: name };
      const shown = textReport({
        ...report,
        audited: name,
        findings: [{ ...one, at, remediation: name }],
        unreadable: [{ file: name, why: name }],
        nodeGroups: report.nodeGroups.map((group) => ({ ...group, name })),
      });
      expect(shown).toContain(name.replace(/[:#]+.*/, '').trim());
      expect(shown).not.toMatch(/^\s*::|##\[/m);
    }
  });
});

it.each([
  [0, '0 days'],
  [1, '1 day'],
  [9.14, '9.1 days'],
  [9.96, '10 days'],
  [364.5, '365 days'],
  [3650, 'over 10 years'],
  [Infinity, 'over 10 years'],
  [Number.NaN, 'over 10 years'],
])('%d days are written %s', (value, written) => expect(days({ value })).toBe(written));

it('is the whole report as JSON', () => {
  const report = JSON.parse(JSON.stringify(sampleReport())) as ReturnType<typeof sampleReport>;
  expect(JSON.parse(formatReport(report, 'json', { sarif: { rules: [], version: '0' } }))).toEqual(report);
});
