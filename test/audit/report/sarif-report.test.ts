import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv from 'ajv-draft-04';
import fc from 'fast-check';
import type { Log, Result } from 'sarif';
import { sarifLog, sarifReport, type SarifOptions } from '../../../lib/audit/report/sarif-report';
import { anyReport } from './arbitrary-report';
import { finding, place, sampleReport } from './sample-report';

/**
 * The schema of SARIF 2.1.0 (OASIS, errata rtm.5), as the npm package @microsoft/jest-sarif 1.0.0-beta.0 ships it.
 * Formats such as `uri` are not checked by it; the tests below look at the URIs.
 */
const schema = JSON.parse(readFileSync(join(__dirname, 'sarif-2.1.0.schema.json'), 'utf8')) as object;
const validate = new Ajv({ strict: false, validateFormats: false, unicodeRegExp: false }).compile(schema);

const expectValid = (log: unknown): void => {
  validate(JSON.parse(JSON.stringify(log)));
  expect(validate.errors ?? []).toEqual([]);
};

const rule = (id: string): SarifOptions['rules'][number] => ({
  id,
  severity: 'error',
  title: `Title of ${id}`,
  what: ['What.'],
  why: ['Why.'],
  fix: ['Fix.'],
});
const options: SarifOptions = {
  rules: [rule('instance-replaced'), rule('root-volume-below-recommendation')],
  version: '0.1.0',
};
const report = sampleReport();
const runOf = (log: Log) => log.runs[0]!;
const results = (more: Partial<SarifOptions> = {}, from = report): Result[] =>
  runOf(sarifLog(from, { ...options, ...more })).results!;

describe('SARIF', () => {
  it('is valid against the schema', () => expectValid(sarifLog(report, options)));

  it('is valid, and complete for code scanning, whatever the report holds', () => {
    fc.assert(
      fc.property(anyReport, (any) => {
        const log = JSON.parse(sarifReport(any, options)) as Log;
        expectValid(log);
        const { tool, results: all = [] } = runOf(log);
        const rules = tool.driver.rules ?? [];
        for (const { id, shortDescription, fullDescription, help } of rules) {
          expect(typeof id).toBe('string');
          for (const text of [shortDescription?.text, fullDescription?.text, help?.text]) {
            expect(typeof text).toBe('string');
          }
          expect([...(fullDescription?.text ?? '')].length).toBeLessThanOrEqual(1024);
        }
        expect(new Set(rules.map(({ id }) => id)).size).toBe(rules.length);
        for (const result of all) {
          expect(rules[result.ruleIndex!]?.id).toBe(result.ruleId);
          expect(result.message.text).not.toBe('');
          expect(result.locations).toHaveLength(1);
          const { artifactLocation, region } = result.locations![0]!.physicalLocation!;
          expect(artifactLocation?.uri).toMatch(/^(?!\/)[\w\-.!~*'()%/]+$/);
          expect(region).toMatchObject({ startColumn: 1, endColumn: 2, endLine: region?.startLine });
        }
        const prints = all.map(({ partialFingerprints }) => partialFingerprints!['primaryLocationLineHash']);
        expect(new Set(prints).size).toBe(all.length);
        for (const print of prints) expect(print).toMatch(/^[0-9a-f]{16}:\d+$/);
      }),
      { numRuns: 200 },
    );
  });

  it('stands at the line of the environment file where it is known', () => {
    const [, general] = results();
    expect(general!.locations![0]!.physicalLocation).toMatchObject({
      artifactLocation: { uri: 'environments/prod.yaml' },
      region: { startLine: 19, endLine: 19 },
    });
  });

  it('stands in the template else, whose folder is relative to the repository', () => {
    const [replaced] = results({ templateFolder: 'infra/cdk.out' });
    expect(replaced!.locations![0]!.physicalLocation).toMatchObject({
      artifactLocation: { uri: 'infra/cdk.out/assembly-headroom-prod/cluster.template.json' },
      region: { startLine: 120 },
    });
  });

  it('has the same fingerprint when lines, figures and files change, and another for another subject', () => {
    const printOf = (more: Parameters<typeof finding>[0]) =>
      results({}, sampleReport({ findings: [finding(more)], suppressed: [] }))[0]!.partialFingerprints;
    const first = printOf({});
    expect(
      printOf({ at: { file: 'environments/prod.yaml', line: 99 }, message: 'born with 16 GiB' }),
    ).toEqual(first);
    expect(
      printOf({ subject: { ...finding().subject, place: place('General', { line: 9, file: 'x' }) } }),
    ).toEqual(first);
    expect(printOf({ subject: { ...finding().subject, nodeGroup: 'memory-id' } })).not.toEqual(first);
    expect(printOf({ rule: 'volume-unencrypted' })).not.toEqual(first);
  });

  it('tells new from old, and carries suppressions with their reason', () => {
    const all = results();
    expect(all.map(({ baselineState }) => baselineState)).toEqual(['new', 'new', 'unchanged', 'unchanged']);
    expect(all.map(({ suppressions }) => suppressions?.length)).toEqual([0, 0, 0, 1]);
    expect(all[3]!.suppressions).toEqual([
      { kind: 'external', status: 'accepted', justification: 'An old agent needs it until the move to 2.0.' },
    ]);
  });

  it('leaves accepted findings out for GitHub, which would show them as open', () =>
    expect(results({ omitAccepted: true }).map(({ ruleId }) => ruleId)).not.toContain(
      'instance-metadata-v1',
    ));

  it('describes a rule that only a finding knows', () => {
    const { rules = [] } = runOf(sarifLog(report, options)).tool.driver;
    expect(rules.map(({ id }) => id)).toEqual([
      ...[
        'instance-replaced',
        'root-volume-below-recommendation',
        'alarm-missing-data',
        'instance-metadata-v1',
      ],
    ]);
    expect(rules[0]!.help).toEqual({
      text: expect.stringContaining('docs/audit/instance-replaced.md') as string,
      markdown: expect.stringContaining('**Fix:** Fix.') as string,
    });
  });

  it('tells what could not be judged or read', () => {
    const { toolExecutionNotifications = [] } = runOf(sarifLog(report, options)).invocations![0]!;
    expect(toolExecutionNotifications.map(({ message }) => message.text)).toEqual([
      'broken.template.json could not be read: line 3: unexpected end of JSON',
      'Data: Encrypted is a Ref to a parameter without default.',
    ]);
  });

  it('has at most the 5,000 results that GitHub shows, and says how many it left out', () => {
    const log = sarifLog(sampleReport({ findings: Array.from({ length: 5_003 }, () => finding()) }), {
      ...options,
      omitAccepted: true,
    });
    expectValid(log);
    expect(runOf(log).results).toHaveLength(5_000);
    expect(JSON.stringify(runOf(log).invocations)).toContain('3 results left out');
  });
});
