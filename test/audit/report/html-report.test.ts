import fc from 'fast-check';
import { htmlReport } from '../../../lib/audit/report/html-report';
import { anyReport } from './arbitrary-report';
import { finding, sampleReport } from './sample-report';

const html = htmlReport(sampleReport());
/** Without what the page brings itself. */
const markup = (page: string): string =>
  page.replace(/<style>.*?<\/style>/s, '').replace(/<script>.*?<\/script>/gs, '');

describe('the HTML report', () => {
  it('shows the verdict first, what changes before and after, findings and their fixes', () => {
    expect(html).toMatch(/<header class="failed">.*?<h1>Failed: 1 error, 2 warnings<\/h1>/s);
    expect(html).toContain('<span class="from">64 GiB → </span><strong>32 GiB</strong>');
    expect(html).toContain('<td class="number error">yes</td>');
    expect(html).toContain('workerGroups.general.rootVolume.sizeGiB: 64');
    expect(html).toContain('Not known: growth: nothing declares or measures it');
  });

  it('has a chart for each group with a curve, and numbers alone in its script', () => {
    expect(html.match(/class="curve"/g)).toHaveLength(3);
    const data = JSON.parse(/const charts = (.*?);\n/.exec(html)![1]!) as {
      element: string;
      before: number[][];
      after: number[][];
    }[];
    expect(data.map(({ element }) => element)).toEqual(['curve-0', 'curve-1', 'curve-3']);
    for (const { element, before, after } of data) {
      expect(html).toContain(`id="${element}"`);
      expect([...before, ...after].flat().every((one) => typeof one === 'number')).toBe(true);
    }
  });

  it('refers to no other file or host, and forbids the browser to', () => {
    expect(markup(html)).not.toMatch(/(src|href)=/);
    expect(html).not.toMatch(/@import|url\(/);
    expect(html).toContain("default-src 'none'");
  });

  it('can be read in dark and in light', () => expect(html).toContain('color-scheme: light dark'));

  it('never lets text of a template become markup', () => {
    const hostile = htmlReport(
      sampleReport({
        findings: [finding({ message: '</script><script>alert(1)</script><img src=x onerror=y>' })],
      }),
    );
    expect(markup(hostile)).toContain('&lt;/script>&lt;script>');
    expect(hostile.match(/<\/script>/g)).toHaveLength(2);

    fc.assert(
      fc.property(anyReport, (report) => {
        const page = htmlReport(report);
        expect(page.match(/<\/script>/g)).toHaveLength(2);
        expect(markup(page)).not.toMatch(/<(?:img|script|b|a|iframe)\b|<[a-z]+ [^>]*\bon\w+=/i);
      }),
      { numRuns: 100 },
    );
  });
});
