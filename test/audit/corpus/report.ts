import { RULES } from '../../../lib/audit/rules';
import type { CorpusCase } from './cases';
import { compare, isBlanket, saidOf, type Compared, type Verdict } from './compare';

export interface CorpusResult {
  readonly cases: readonly CorpusCase[];
  readonly compared: readonly Compared[];
}

export const resultOf = (cases: readonly CorpusCase[]): CorpusResult => ({
  cases,
  compared: cases.flatMap((one) => compare(one, saidOf(one.file, one.baseFile))),
});

const count = (compared: readonly Compared[], ...verdicts: readonly Verdict[]): number =>
  compared.filter(({ verdict }) => verdicts.includes(verdict)).length;

/** Of the findings, how many a person expects; of those that a person expects, how many are found. 0 to 1. */
export const ratiosOf = (compared: readonly Compared[]): { precision: number; recall: number } => {
  const correct = count(compared, 'correct');
  return {
    precision: correct / (correct + count(compared, 'false-positive')),
    recall: correct / (correct + count(compared, 'miss', 'withheld')),
  };
};

export const ofRules = ({ compared }: CorpusResult): Compared[] =>
  compared.filter(({ rule }) => !isBlanket(rule));

export const ofBlanket = ({ compared }: CorpusResult): Compared[] =>
  compared.filter(({ rule }) => isBlanket(rule));

const percent = (ratio: number): string => `${(ratio * 100).toFixed(1)} %`;

const table = (head: readonly string[], rows: readonly (readonly (string | number)[])[]): string[] => [
  `| ${head.join(' | ')} |`,
  `| ${head.map(() => '---').join(' | ')} |`,
  ...rows.map((row) => `| ${row.map((cell) => String(cell).replaceAll('|', '\\|')).join(' | ')} |`),
];

const list = (compared: readonly Compared[], verdict: Verdict): string[] => {
  const entries = compared.filter((one) => one.verdict === verdict);
  return entries.length === 0
    ? ['None.']
    : table(
        ['case', 'rule', 'subject', 'in words'],
        entries.map(({ case: name, rule, subject, text }) => [name, rule, subject, text]),
      );
};

const COUNTED: readonly (readonly [string, Verdict])[] = [
  ['correct', 'correct'],
  ['false positives', 'false-positive'],
  ['misses', 'miss'],
  ['cannot tell instead of a finding', 'withheld'],
  ['cannot tell, as expected', 'told-unknown'],
  ['passed, though it cannot be told', 'passed-unknown'],
  ['cannot tell, not expected', 'extra-unknown'],
];

const SECTIONS: readonly (readonly [string, Verdict])[] = [
  ['False positives', 'false-positive'],
  ['Misses', 'miss'],
  ['Cannot tell instead of a finding', 'withheld'],
  ['Passed, though it cannot be told', 'passed-unknown'],
  ['Cannot tell, not expected', 'extra-unknown'],
];

/** RESULTS.md. */
export const render = (result: CorpusResult): string => {
  const { cases, compared } = result;
  const rules = ofRules(result);
  const blanket = ofBlanket(result);
  const repositories = new Set(cases.map(({ source }) => source.repository));
  const tempting = cases.reduce((sum, { notExpected }) => sum + notExpected.length, 0);
  const columns = [rules, blanket, compared];
  const ratios = columns.map(ratiosOf);
  const corrected = cases.filter((one) => one.corrected.length > 0);
  const byRule = RULES.map(({ id }) => compared.filter(({ rule }) => rule === id));
  const unseen = RULES.filter((_, index) => count(byRule[index] ?? [], 'correct', 'miss', 'withheld') === 0);
  const lines = [
    '# What the audit finds in templates that nobody here wrote',
    '',
    'Written by `node --import tsx test/audit/corpus/results.ts`, held up to date by `test/audit/corpus.test.ts`. README.md says how the expectations came to be and what the words mean.',
    '',
    `${String(cases.length)} templates of ${String(repositories.size)} repositories, ${String(tempting)} false positives that suggest themselves and are named beforehand. "Blanket" are the three rules that every node group of a foreign template breaks.`,
    '',
    ...table(
      ['', 'rules', 'blanket', 'all'],
      [
        ...COUNTED.map(([title, verdict]) => [title, ...columns.map((column) => count(column, verdict))]),
        ['findings that a person expects', ...ratios.map(({ precision }) => percent(precision))],
        ['expectations that are found', ...ratios.map(({ recall }) => percent(recall))],
      ],
    ),
    '',
    '## Case by case',
    '',
    ...table(
      ['case', 'source', 'what', ...COUNTED.map(([title]) => title)],
      cases.map(({ name, source, what }) => {
        const own = compared.filter((one) => one.case === name);
        return [
          name,
          `${source.repository} ${source.path}`,
          what,
          ...COUNTED.map(([, verdict]) => count(own, verdict)),
        ];
      }),
    ),
    '',
    '## Rule by rule',
    '',
    ...table(
      ['rule', ...COUNTED.map(([title]) => title)],
      RULES.flatMap(({ id }, index) => {
        const own = byRule[index] ?? [];
        return own.length === 0 ? [] : [[id, ...COUNTED.map(([, verdict]) => count(own, verdict))]];
      }),
    ),
    '',
    `No template here is expected to break these: ${unseen.map(({ id }) => id).join(', ')}.`,
    ...SECTIONS.flatMap(([title, verdict]) => ['', `## ${title}`, '', ...list(compared, verdict)]),
    '',
    '## Expectations corrected afterwards',
    '',
    ...(corrected.length === 0
      ? ['None.']
      : table(
          ['case', 'why'],
          corrected.flatMap((one) => one.corrected.map((why) => [one.name, why])),
        )),
    '',
  ];
  return lines.join('\n');
};
