import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { RULES } from '../../lib/audit/rules';
import { loadCases, type CorpusCase } from './corpus/cases';
import { compare, type Said } from './corpus/compare';
import { ofBlanket, ofRules, ratiosOf, render, resultOf } from './corpus/report';

const cases = loadCases();
const result = resultOf(cases);

describe('the audit of public templates', () => {
  it('has at least 25 templates of at least 20 repositories, each with its source named', () => {
    expect(cases.length).toBeGreaterThanOrEqual(25);
    expect(new Set(cases.map(({ source }) => source.repository)).size).toBeGreaterThanOrEqual(20);
    // The same file once more only where a case is about its change.
    const alone = cases.filter(({ base }) => base === undefined);
    expect(new Set(alone.map(({ source }) => `${source.repository} ${source.path}`)).size).toBe(alone.length);
  });

  it.each(cases)('$name: expectations name rules that exist and resources that are there', (one) => {
    const template = z
      .object({ Resources: z.record(z.string(), z.unknown()) })
      .parse(parse(readFileSync(one.file, 'utf8'), { logLevel: 'silent' }));
    const expectations = [...one.expected, ...one.cannotTell, ...one.notExpected];
    const ids = RULES.map(({ id }) => id);
    expect(expectations.map(({ rule }) => rule).filter((rule) => !ids.includes(rule))).toEqual([]);
    const subjects = [
      ...expectations.map(({ subject }) => subject),
      ...one.nodeGroups,
      ...one.launchTemplates,
    ];
    expect(subjects.filter((subject) => !(subject in template.Resources))).toEqual([]);
    const keys = expectations.map(({ rule, subject }) => `${rule} ${subject}`);
    expect(keys).toHaveLength(new Set(keys).size);
  });

  it('finds what RESULTS.md records, every false positive and miss by name', () => {
    expect(render(result)).toBe(readFileSync(join(__dirname, 'corpus/RESULTS.md'), 'utf8'));
  });

  it('stays above the bar, and passes nothing that it cannot tell', () => {
    expect(result.compared.filter(({ verdict }) => verdict === 'passed-unknown')).toEqual([]);
    const rules = ratiosOf(ofRules(result));
    expect(rules.precision).toBeGreaterThanOrEqual(0.95);
    expect(rules.recall).toBeGreaterThanOrEqual(0.95);
    const blanket = ratiosOf(ofBlanket(result));
    expect(blanket.precision).toBeGreaterThanOrEqual(0.95);
    expect(blanket.recall).toBeGreaterThanOrEqual(0.95);
  });
});

describe('the comparison', () => {
  const one: CorpusCase = {
    name: 'one',
    file: 'template.yaml',
    source: { repository: 'somebody/something', path: 'template.yaml' },
    what: 'a group',
    nodeGroups: ['Group'],
    launchTemplates: [],
    expected: [
      { rule: 'volume-unencrypted', subject: 'Group', why: '' },
      { rule: 'volume-type-outdated', subject: 'Group', why: '' },
      { rule: 'instance-metadata-v1', subject: 'Group', why: '' },
    ],
    cannotTell: [
      { rule: 'root-device-name-mismatch', subject: 'Group', why: '' },
      { rule: 'root-volume-below-minimum', subject: 'Group', why: '' },
      { rule: 'root-volume-below-recommendation', subject: 'Group', why: '' },
    ],
    notExpected: [{ rule: 'node-group-without-disk-alarm', subject: 'Group', why: '' }],
    corrected: [],
  };
  const said = (rule: string, kind: Said['kind'], severity?: string): Said => ({
    rule,
    subject: 'Group',
    kind,
    text: '',
    ...(severity !== undefined && { severity }),
  });
  const verdicts = (all: readonly Said[]): Record<string, string[]> => {
    const compared = compare(one, all);
    return Object.fromEntries(
      [...new Set(compared.map(({ verdict }) => verdict))].map((verdict) => [
        verdict,
        compared.filter((each) => each.verdict === verdict).map(({ rule }) => rule),
      ]),
    );
  };

  it('separates found, missed and withheld, known unknowns, and unexpected findings', () => {
    expect(
      verdicts([
        said('volume-unencrypted', 'finding', 'error'),
        said('instance-metadata-v1', 'cannot-tell'),
        said('growth-cap-missing', 'finding', 'note'),
        said('root-device-name-mismatch', 'cannot-tell'),
        said('root-volume-below-recommendation', 'finding', 'warning'),
        said('node-group-without-disk-alarm', 'finding', 'error'),
        said('volume-performance-unused', 'cannot-tell'),
      ]),
    ).toEqual({
      correct: ['volume-unencrypted', 'growth-cap-missing'],
      miss: ['volume-type-outdated', 'node-group-without-silence-alarm'],
      'passed-unknown': ['root-volume-below-minimum'],
      withheld: ['instance-metadata-v1'],
      'told-unknown': ['root-device-name-mismatch'],
      'false-positive': ['root-volume-below-recommendation', 'node-group-without-disk-alarm'],
      'extra-unknown': ['volume-performance-unused'],
    });
  });

  it('takes a missing cap for wrong that is more than a note', () => {
    const told = verdicts([said('growth-cap-missing', 'finding', 'warning')]);
    expect(told['false-positive']).toEqual(['growth-cap-missing']);
    expect(told.miss).toContain('growth-cap-missing');
  });
});
