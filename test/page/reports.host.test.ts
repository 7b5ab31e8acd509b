import { readFileSync } from 'node:fs';
import { htmlReport as auditReport } from '../../lib/audit/report/html-report';
import { htmlReport as drillReport } from '../../lib/drill/report/html-report';
import type { NodeGroupReview } from '../../lib/audit/report-model';
import { htmlReport as simulationReport } from '../../lib/simulate/html-report';
import { figures, finding, sampleReport } from '../audit/report/sample-report';
import { escalatedDrill, healedDrill, steps } from '../drill/sample-drills';
import { sampleCrashes, sampleResult } from '../simulate/sample-simulation';
import { Chromium, type Look } from './chromium';
import { layoutMistakes } from './layout';

/** More steps than any execution has, many of no length, at the same second; and levels that all but touch. */
const crowdedDrill = (): string =>
  drillReport(
    healedDrill({
      levels: { targetPercent: 93, warningPercent: 94, criticalPercent: 95, emergencyPercent: 96 },
      steps: steps(
        'crowded',
        Array.from({ length: 60 }, (_, index) => [
          `aStepWithAVeryLongNameIndeed${index}`,
          30 + Math.floor(index / 20) * 10,
          index % 3,
          index % 2 === 0 ? '' : `${'word '.repeat(30)}${'unbroken'.repeat(30)}`,
        ]),
      ),
    }),
  );

const manyRows = (): string => {
  const { nodeGroups, findings } = sampleReport();
  const [, changed, unchanged] = nodeGroups as [NodeGroupReview, NodeGroupReview, NodeGroupReview];
  return auditReport(
    sampleReport({
      nodeGroups: Array.from({ length: 24 }, (_, index) => ({
        ...(index % 2 === 0 ? changed : unchanged),
        ...{ id: `group-${index}`, name: `a-node-group-with-a-long-name-${index}`, role: 'worker' },
        after: figures(30 + 10 * index, 2000),
      })),
      findings: [
        ...findings,
        ...Array.from({ length: 30 }, (_, index) =>
          finding({ message: `${'unbroken'.repeat(20)} ${index}`, isNew: index % 2 === 0 }),
        ),
      ],
    }),
  );
};

const AT = '2026-11-30T20:00:00.000Z';

const REPORTS: Readonly<Record<string, () => string>> = {
  'a drill that healed': () => drillReport(healedDrill()),
  'a drill that escalated': () => drillReport(escalatedDrill()),
  'a drill with 60 steps': crowdedDrill,
  'an audit': () => auditReport(sampleReport()),
  'an audit with many rows': manyRows,
  'a simulation': () => simulationReport({ at: AT, result: sampleResult() }),
  'a simulation with crashes': () => {
    const crashes = sampleCrashes();
    return simulationReport({ at: AT, result: crashes.uncrashed, crashes, crash: crashes.violated[0] });
  },
};

const LOOKS: Readonly<Record<string, Look>> = {
  'on a phone': { width: 360, height: 800, scheme: 'light' },
  'on a phone in the dark': { width: 360, height: 800, scheme: 'dark' },
  'on a desktop': { width: 1280, height: 900, scheme: 'light' },
  'on a desktop in the dark': { width: 1280, height: 900, scheme: 'dark' },
  // A4 within the page's margins.
  'on paper': { width: 688, height: 1016, scheme: 'dark', media: 'print' },
};

interface AxeViolation {
  readonly id: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
}

const AXE = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

let chromium: Chromium;
beforeAll(async () => (chromium = await Chromium.start()));
afterAll(() => chromium.stop());

const mistakes = (): Promise<readonly string[]> => chromium.evaluate(`(${layoutMistakes.toString()})()`);

const violations = async (): Promise<readonly string[]> => {
  await chromium.evaluate(AXE);
  const found = await chromium.evaluate<readonly AxeViolation[]>(
    "axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations)",
  );
  return found.flatMap(({ id, nodes }) =>
    nodes.slice(0, 3).map(({ html, failureSummary }) => `${id}: ${html.slice(0, 200)} ${failureSummary}`),
  );
};

const openAll = (): Promise<void> =>
  chromium.evaluate('document.querySelectorAll("details").forEach((each) => (each.open = true))');

describe.each(Object.entries(REPORTS))('%s', (_, report) => {
  test.each(Object.entries(LOOKS))('fits and covers nothing, and axe finds nothing, %s', async (__, look) => {
    await chromium.open(report(), look);
    expect(await mistakes()).toEqual([]);
    expect(await violations()).toEqual([]);
    if (look.media !== 'print') {
      await openAll();
      expect(await mistakes()).toEqual([]);
      expect(await violations()).toEqual([]);
    }
  });

  test('is printed in light colours, whatever the reader prefers, without what paper cannot open', async () => {
    await chromium.open(report(), { width: 1280, height: 900, scheme: 'dark', media: 'print' });
    const background = 'getComputedStyle(document.body).backgroundColor';
    expect(await chromium.evaluate(background)).toBe('rgb(255, 255, 255)');
    const shown = '[...document.querySelectorAll("summary")].filter((each) => each.checkVisibility()).length';
    expect(await chromium.evaluate(shown)).toBe(0);
    const pdf = await chromium.pdf();
    expect(pdf.subarray(0, 5).toString()).toBe('%PDF-');
    expect(pdf.length).toBeGreaterThan(20_000);
  });
});

test('a label on another one, and a line that is too long, are found', async () => {
  const page = (body: string): Promise<void> =>
    chromium.open(`<!doctype html><body style="margin:0">${body}`, LOOKS['on a phone'] as Look);
  const label = (name: string, left: number): string =>
    `<span style="position:absolute;top:20px;left:${left}px">${name}</span>`;
  await page(label('one', 0) + label('two', 10));
  expect(await mistakes()).toEqual(['“one” and “two” lie on each other']);
  await page(label('one', 0) + label('two', 100));
  expect(await mistakes()).toEqual([]);
  await page(`<p style="white-space:nowrap">${'long '.repeat(50)}</p>`);
  expect(await mistakes()).toContainEqual(expect.stringContaining('stands out of the window'));
});
