import { codeBlocks, textOf, withoutCode } from './pages';

const english = textOf('README.md');
const japanese = textOf('README.ja.md');

/** What a text links to and shows, in its order; the two files link to each other. */
const targets = (text: string): string[] =>
  [...withoutCode(text).matchAll(/\]\(([^)]+)\)/g)].map(([, target = '']) =>
    target.replace('README.ja.md', 'README.md'),
  );

const sections = (text: string): string[] => withoutCode(text).split(/^(?=## )/m);

/** Columns and rows of each table. */
const tables = (text: string): number[][] =>
  (withoutCode(text).match(/(?:^\|.*\n)+/gm) ?? []).map((table) =>
    table
      .trimEnd()
      .split('\n')
      .map((row) => row.split('|').length),
  );

/** Comments and labels are translated; programs, options and arrows are not. */
const program = (block: string): string =>
  block
    .replace(/"[^"\n]*"/g, '""')
    .replace(/ +#.*$/gm, '')
    .replace(/ +$/gm, '');

const codeSpans = (text: string): string[] =>
  [...text.matchAll(/`([^`\n]+)`/g)].map(([, span = '']) => span).sort();

const pairs = (of: (text: string) => unknown) => [of(japanese), of(english)] as const;

test('has the same headings, by level and order', () => {
  const [ja, en] = pairs((text) => [...withoutCode(text).matchAll(/^#+/gm)].map(([level]) => level));
  expect(ja).toEqual(en);
  expect((en as string[]).length).toBeGreaterThan(8);
});

test('has the same commands and diagrams', () => {
  const [ja, en] = pairs((text) => codeBlocks(text).map(program));
  expect(ja).toEqual(en);
  expect((en as string[]).length).toBeGreaterThan(3);
});

test('has the same links and pictures, in the same order', () => {
  const [ja, en] = pairs(targets);
  expect(ja).toEqual(en);
});

test('has tables of the same size', () => {
  const [ja, en] = pairs(tables);
  expect(ja).toEqual(en);
});

test('names the same programs, options and files in each section', () => {
  const [ja, en] = pairs((text) => sections(text).map(codeSpans));
  expect(ja).toEqual(en);
});

test('has as many points in each list', () => {
  const [ja, en] = pairs((text) => sections(text).map((section) => section.match(/^- /gm)?.length ?? 0));
  expect(ja).toEqual(en);
});

/** Japanese writes digits where English may write a word, so it may have more of them. */
test('has every number of the English text, in its section', () => {
  const numbers = (section: string): string[] =>
    [...section.replace(/\]\([^)]*\)/g, '').matchAll(/\d[\d,]*\d|\d/g)].map(([digits]) => digits);
  const [ja, en] = [japanese, english].map((text) => sections(text).map(numbers)) as [string[][], string[][]];
  expect(en.flatMap((section, at) => section.filter((each) => !ja[at]?.includes(each)))).toEqual([]);
  expect(en.flat().length).toBeGreaterThan(10);
});

test('is written in Japanese', () => {
  for (const section of sections(japanese).slice(1))
    expect(section.split('\n')[0]).toMatch(/[ぁ-んァ-ヶ一-龠]/);
});
