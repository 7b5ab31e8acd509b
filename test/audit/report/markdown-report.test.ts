import fc from 'fast-check';
import { fitSections, type Section } from '../../../lib/audit/report/fit-sections';
import { markdownCode, markdownText } from '../../../lib/audit/report/markdown-escape';
import { COMMENT_LIMIT_BYTES, markdownReport, markerOf } from '../../../lib/audit/report/markdown-report';
import { HOSTILE, anyReport, text } from './arbitrary-report';
import { figures, finding, sampleReport } from './sample-report';

const report = sampleReport();
const markdown = markdownReport(report);
const count = (whole: string, part: string | RegExp): number => whole.split(part).length - 1;

const without = <T extends object, K extends keyof T>(whole: T, key: K): Omit<T, K> =>
  Object.fromEntries(Object.entries(whole).filter(([name]) => name !== key)) as Omit<T, K>;

/** Every line of a table has as many unescaped pipes as its head, and no details element is left open. */
const expectWhole = (comment: string): void => {
  expect(count(comment, '<details>\n')).toBe(count(comment, '\n</details>\n'));
  expect(count(comment, '<details>')).toBe(count(comment, '</details>'));
  expect(count(comment, '<summary>')).toBe(count(comment, '</summary>'));
  let columns = 0;
  for (const line of comment.split('\n')) {
    if (!line.startsWith('|')) columns = 0;
    else {
      const pipes = line.match(/(?<!\\)(?:\\\\)*\|/g)?.length ?? 0;
      if (columns > 0) expect({ line, pipes }).toEqual({ line, pipes: columns });
      expect(line.endsWith('|')).toBe(true);
      columns = pipes;
    }
  }
};

describe('the comment', () => {
  it('begins with the hidden marker and the verdict', () => {
    const [marker, headline, , summary] = markdown.split('\n');
    expect(marker).toBe('<!-- headroom-audit:default -->');
    expect(headline).toBe('## ❌ Headroom audit: Failed: 1 error, 2 warnings');
    expect(summary).toContain('This change brings 1 error, 1 warning.');
    expect(summary).toContain('It replaces the instances of 1 node group.');
    expect(summary).toContain('cost \\$27.65 a month less');
  });

  it.each([
    ['control-plane', '64 GiB →<br>**32 GiB**', '26 days →<br>**9.1 days**', '**yes**'],
    ['general', '400 GiB →<br>**300 GiB**', '259 days →<br>**192 days**', 'no'],
    ['batch', '40 GiB', '?', 'added'],
  ])('has a row of %s, before and after', (name, ...cells) => {
    const row = markdown.split('\n').find((line) => line.startsWith(`| **${name}**`)) ?? '';
    for (const cell of cells)
      expect(
        row
          .replaceAll('&nbsp;', ' ')
          .split(' | ')
          .map((one) => one.replace(/ \|$/, '')),
      ).toContain(cell);
  });

  it('shows new findings with their fixes, and folds what the base has too', () => {
    const [open, folded] = markdown.split('<details>', 2) as [string, string];
    expect(open).toContain('replaces ControlPlane0 and its etcd member');
    expect(open).toContain('<code>workerGroups.general.rootVolume.sizeGiB: 64</code>');
    expect(open).toContain('<code>environments/prod.yaml:19</code>');
    expect(open).not.toContain('notBreaching');
    expect(folded).toContain('notBreaching');
  });

  it('folds unchanged groups, what could not be judged or read, and what is accepted with its reason', () => {
    for (const part of [
      '**memory**',
      'parameter without default',
      'unexpected end of JSON',
      'until 2027-01-31',
    ])
      expect(markdown.indexOf(part)).toBeGreaterThan(markdown.indexOf('<details>'));
  });

  it('says passed where nothing is found, and has no empty part', () => {
    const clean = markdownReport(
      sampleReport({
        findings: [],
        suppressed: [],
        cannotTell: [],
        unreadable: [],
        nodeGroups: [],
        failed: false,
      }),
    );
    expect(clean).toContain('## ✅ Headroom audit: Passed: no findings');
    expect(clean).not.toContain('<details>');
    expect(clean).not.toContain('| Node');
  });

  it('has every finding open where there is no base', () => {
    const comment = markdownReport({
      ...without(report, 'base'),
      findings: report.findings.map((one) => without(one, 'isNew')),
      nodeGroups: report.nodeGroups.map((group) => ({ ...group, change: 'not-compared' as const })),
    });
    expect(comment.split('<details>', 1)[0]).toContain('notBreaching');
    expect(comment).not.toContain('This change');
  });

  it('keys its marker, and nothing can end the marker early', () => {
    expect(markdownReport(report, { commentKey: 'prod' }).split('\n', 1)[0]).toBe(
      '<!-- headroom-audit:prod -->',
    );
    expect(markerOf('a --> @x\nb')).toBe('<!-- headroom-audit:a------x-b -->');
  });
});

describe('a comment of any size', () => {
  const many = sampleReport({
    findings: Array.from({ length: 3000 }, (_, index) =>
      finding({ message: `finding ${index} ${'x'.repeat(index % 500)}`, isNew: index % 3 > 0 }),
    ),
    nodeGroups: Array.from({ length: 2000 }, (_, index) => ({
      id: `group-${index}`,
      name: `group-${index}`,
      role: 'worker' as const,
      change: index % 2 > 0 ? ('changed' as const) : ('unchanged' as const),
      before: figures(64, 200),
      after: figures(32, 200),
    })),
  });

  it('stays under the limit, is cut between rows, and says how many were left out', () => {
    const comment = markdownReport(many);
    expect(Buffer.byteLength(comment)).toBeLessThanOrEqual(COMMENT_LIMIT_BYTES);
    expect(comment.length).toBeLessThan(65_536);
    // The room is used, not given away.
    expect(Buffer.byteLength(comment)).toBeGreaterThan(COMMENT_LIMIT_BYTES * 0.97);
    expectWhole(comment);
    const shown = count(comment, '- ⚠️ ');
    const left = [...comment.matchAll(/_(\d+) findings left out/g)].reduce(
      (sum, [, n]) => sum + Number(n),
      0,
    );
    expect(shown + left).toBe(3000);
    expect(comment).toMatch(/_\d+ changed node groups left out/);
  });

  it('stays whole and under the limit for any report at all', () => {
    fc.assert(
      fc.property(anyReport, fc.constantFrom(9_000, 12_000, COMMENT_LIMIT_BYTES), (any, limitBytes) => {
        const comment = markdownReport(any, { limitBytes });
        expect(Buffer.byteLength(comment)).toBeLessThanOrEqual(limitBytes);
        expectWhole(comment);
        expect(comment).not.toMatch(/<(?!\/?(?:details|summary|code|br)>|!-- headroom-audit:default -->\n)/);
        expect(count(comment, '<!--')).toBe(1);
      }),
      { numRuns: 300 },
    );
  });
});

describe('text of strangers', () => {
  it.each([
    ['@everyone', '@&#8203;everyone'],
    ['a | b', 'a \\| b'],
    ['<b>&</b>', '&lt;b&gt;&amp;&lt;/b&gt;'],
    ['fixes #12', 'fixes \\#&#8203;12'],
    ['https://a.b', 'https:&#8203;//a.b'],
    ['www.a.b', 'www&#8203;.a.b'],
    ['`x`', '\\`x\\`'],
    ['a\nb\r\nc', 'a b c'],
    ['[x](y)', '\\[x\\](y)'],
    ['\u001b[1mred\u202e', '\ufffd\\[1mred\ufffd'],
    ['- item', '&#8203;- item'],
    ['1. item', '&#8203;1. item'],
    ['9.1 days', '9.1 days'],
    ['&#64;all', '&amp;\\#&#8203;64;all'],
  ])('%j is written %j', (raw, written) => expect(markdownText(raw)).toBe(written));

  it('never mentions, references, links, opens a tag or begins a line', () => {
    fc.assert(
      fc.property(fc.oneof(text, fc.constantFrom(...HOSTILE)), (raw) => {
        for (const written of [markdownText(raw), markdownCode(raw)]) {
          expect(written).not.toMatch(/@(?!&#8203;)/);
          expect(written).not.toMatch(/\n|:\/\/|(?<!&)#(?!&#8203;)/);
          expect(written.replace(/<\/?code>/g, '')).not.toMatch(/[<>]/);
          expect(written).not.toMatch(/(?<!\\)(?:\\\\)*[|`*]/);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('fitting', () => {
  const section = (rows: readonly string[], share: number): Section => ({
    ...{ before: '<', rows, after: '>', share },
    leftOut: (left) => `+${left}`,
  });

  it('gives each its share first, and what is left to the first that wants more', () => {
    const long = Array.from({ length: 50 }, () => 'a');
    expect(fitSections([section(long, 0.1), section(['b', 'b'], 0.5)], 30)).toBe(
      `<${'a'.repeat(19)}+31><bb>`,
    );
  });

  it('leaves out a section without rows', () => expect(fitSections([section([], 1)], 10)).toBe(''));
});
