import fc from 'fast-check';
import { htmlReport } from '../../../lib/audit/report/html-report';
import { anyReport } from './arbitrary-report';
import { finding, sampleReport } from './sample-report';

const html = htmlReport(sampleReport());
/** Without what the page brings itself. */
const markup = (page: string): string => page.replace(/<style>.*?<\/style>/s, '');

describe('the HTML report', () => {
  it('shows the verdict first, what changes before and after, findings and their fixes', () => {
    expect(html).toMatch(/<header class="hero bad">.*?<h1>Failed: 1 error, 2 warnings<\/h1>/s);
    expect(html).toContain('<span class="from">64 GiB → </span><strong>32 GiB</strong>');
    expect(html).toContain('<div><span class="pill bad">yes</span></div>');
    expect(html).toContain('workerGroups.general.rootVolume.sizeGiB: 64');
    expect(html).toContain('Not known: growth: nothing declares or measures it');
  });

  it('draws a group that has a curve, and what it was before where that was another', () => {
    const drawn = /Forecast of the used percent of \/ of (\S+)/g;
    expect([...html.matchAll(drawn)].map(([, group]) => group)).toEqual([
      'control-plane',
      'general',
      'memory',
    ]);
    expect(html.match(/used before/g)).toHaveLength(2);
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
    expect(hostile).not.toContain('<script');

    fc.assert(
      fc.property(anyReport, (report) => {
        const page = htmlReport(report);
        // A quotation mark is only where an attribute begins or ends.
        expect(markup(page).replace(/"[^"]*"/g, '""')).not.toMatch(
          /<(?:img|script|b|a|iframe)\b|<[a-z]+ [^>]*\bon\w+=/i,
        );
      }),
      { numRuns: 100 },
    );
  });
});
