import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { RULES } from '../../lib/audit/rules';
import { loadCases } from './corpus/cases';
import { ofBlanket, ofRules, ratiosOf, render, resultOf } from './corpus/report';

const cases = loadCases();
const result = resultOf(cases);

describe('the audit on templates that nobody here wrote', () => {
  it('has at least 25 templates of at least 20 repositories, each with its source named', () => {
    expect(cases.length).toBeGreaterThanOrEqual(25);
    expect(new Set(cases.map(({ source }) => source.repository)).size).toBeGreaterThanOrEqual(20);
    expect(new Set(cases.map(({ source }) => `${source.repository} ${source.path}`)).size).toBe(cases.length);
  });

  it.each(cases)('$name: expectations name rules that exist and resources that are there', (one) => {
    const template = z
      .object({ Resources: z.record(z.string(), z.unknown()) })
      .parse(parse(readFileSync(one.file, 'utf8'), { logLevel: 'silent' }));
    const expectations = [...one.expected, ...one.cannotTell, ...one.notExpected];
    const ids = RULES.map(({ id }) => id);
    expect(expectations.map(({ rule }) => rule).filter((rule) => !ids.includes(rule))).toEqual([]);
    const subjects = [...expectations.map(({ subject }) => subject), ...one.nodeGroups, ...one.launchTemplates];
    expect(subjects.filter((subject) => !(subject in template.Resources))).toEqual([]);
    const keys = expectations.map(({ rule, subject }) => `${rule} ${subject}`);
    expect(keys).toHaveLength(new Set(keys).size);
  });

  it('finds what RESULTS.md records, every false positive and miss by name', () => {
    expect(readFileSync(join(__dirname, 'corpus/RESULTS.md'), 'utf8')).toBe(render(result));
  });

  it('stays above the bar', () => {
    const rules = ratiosOf(ofRules(result));
    expect(rules.precision).toBeGreaterThanOrEqual(0.95);
    expect(rules.recall).toBeGreaterThanOrEqual(0.95);
    const blanket = ratiosOf(ofBlanket(result));
    expect(blanket.precision).toBeGreaterThanOrEqual(0.95);
    expect(blanket.recall).toBeGreaterThanOrEqual(0.95);
  });
});
