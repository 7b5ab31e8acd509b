import { ZERO } from '../../lib/simulate/result';
import type { DrillRow } from '../../lib/drill/report/drill-table';
import { proofPage, type Proof } from '../../lib/simulate/proof-page';

const PROOF: Proof = {
  date: '2026-12-01',
  commit: '0123456789',
  simulation: [
    { nodes: 12, storm: 12, faults: 0.05, firstSeed: 1, runs: 200, violated: 0, seconds: 30 },
    { nodes: 2000, storm: 2000, faults: 0.05, firstSeed: 1, runs: 1, violated: 1, seconds: 60 },
  ],
  crashes: [{ name: 'storm', about: 'all full', places: 611, tried: 1222, violated: 3, seconds: 150 }],
  drills: undefined,
};

const cells = (page: string, first: string): readonly string[] =>
  (page.split('\n').find((line) => line.startsWith(`| ${first} `)) ?? '')
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());

test('the figures are those of the runs, violations among them', () => {
  const page = proofPage(PROOF);
  expect(page).toContain('on 2026-12-01, of commit 0123456789.');
  expect(cells(page, '12')).toEqual(['12', '12', '0.05', '1 to 200', '200', '0', '30']);
  expect(cells(page, '2000')).toEqual(['2000', '2000', '0.05', '1', '1', '1', '60']);
  expect(cells(page, 'storm')).toEqual(['storm', '611', '1222', '3', '150', 'all full']);
  for (const name of ZERO) expect(page).toContain(`\`${name}\``);
});

test('what did not run is said to be not run', () => {
  expect(proofPage(PROOF)).toContain('Not run: there was no `drill-report/drills.json`.');
});

test('a drill that is not as expected stands out', () => {
  const row: DrillRow = {
    ...{
      fault: 'disk-full',
      verdict: 'escalated' as const,
      asExpected: false,
      secondsToHeal: null,
      seconds: 61.4,
    },
    ...{ usedPercent: { before: 100, after: 99 }, called: {} },
  };
  const drills = { at: '2026-12-01T04:00:00.000Z', rows: [row] };
  const page = proofPage({ ...PROOF, drills: { ...drills, missing: [] } });
  expect(cells(page, 'disk-full')).toEqual(['disk-full', 'escalated', 'NO', '61']);
  expect(page).not.toContain('Not run');
  expect(proofPage({ ...PROOF, drills: { ...drills, missing: ['at-cap'] } })).toContain('Not run: at-cap.');
});
