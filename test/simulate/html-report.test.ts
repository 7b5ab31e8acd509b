import { htmlReport } from '../../lib/simulate/html-report';
import { percentile, properties } from '../../lib/simulate/result';
import { sampleCrashes, sampleResult } from './sample-simulation';

const at = '2026-11-30T20:00:00.000Z';

describe('the HTML report of a simulation', () => {
  const result = sampleResult();
  const html = htmlReport({ at, result });

  it('shows the verdict, every property, and the command that runs it again', () => {
    expect(html).toContain('<h1>All properties hold</h1>');
    for (const { name } of properties(result)) expect(html).toContain(`<code>${name}</code>`);
    expect(html.match(/<span class="pill good">holds<\/span>/g)).toHaveLength(8);
    expect(html).toContain('npm run simulate -- --env prod --nodes 5000 --storm 5000 --faults 0.05 --seed 7');
  });

  it('shows what does not hold, and does not judge the drain time of a small storm', () => {
    const bad = htmlReport({ at, result: sampleResult({ lost: 2, storm: 12, drainSeconds: 99_999 }) });
    expect(bad).toContain('<h1>Violated</h1>');
    expect(bad).toContain('<li>lost must be 0, got 2</li>');
    expect(bad.match(/pill bad">violated</g)).toHaveLength(1);
    expect(bad).toContain('<span class="pill neutral">not judged</span>');
  });

  it('shows when the nodes were settled, each of them in one bar', () => {
    expect(html).toContain('Of 5000 nodes, half were settled in 42 min 20 s, all in 1 h 40 min.');
    expect(html.match(/<rect class="bar"/g)?.length).toBeLessThanOrEqual(30);
    expect(htmlReport({ at, result: sampleResult({ settledAfterSeconds: [] }) })).not.toContain(
      'Time to heal',
    );
  });

  it('shows both ways of each behaviour of AWS that has no witness', () => {
    expect(html).toContain('<strong>succeeds-with-function-error</strong>');
    expect(html).toContain('<span class="soft">fails-step</span>');
  });

  it('shows the crashes by kind, and each one that was not survived with its command', () => {
    const crashes = sampleCrashes();
    const page = htmlReport({ at, result: crashes.uncrashed, crashes });
    expect(page).toContain('<h1>Violated</h1>');
    expect(page).toContain('1 of 120 crashes were not survived');
    expect(page).toContain('--crash 2:after</pre>');
    const [crash] = crashes.violated;
    expect(htmlReport({ at, result: crash!.result, crash })).toContain('after step 2');
  });
});

test.each([
  [0, 1],
  [0.5, 2],
  [0.75, 3],
  [1, 4],
])('the percentile %d of 1 to 4 is %d', (share, expected) => {
  expect(percentile([1, 2, 3, 4], share)).toBe(expected);
  expect(percentile([], share)).toBeUndefined();
});
