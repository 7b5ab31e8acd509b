import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Template } from 'aws-cdk-lib/assertions';
import { costPage, fleetOf } from '../../lib/tables/cost-page';
import {
  costFacts,
  headroomCost,
  sweptSeries,
  sweptSeriesOneByOne,
  totalOf,
  type CostTemplate,
} from '../../lib/tables/headroom-cost';
import { costOf } from '../../lib/tables/service-prices';
import { ROOT, shipped } from '../app/synthesized';

const facts = () => {
  const { cluster, agents, heal, observe, operate, protect } = shipped('prod');
  const templates = [cluster, agents, heal, observe, operate, protect];
  return costFacts(
    templates.map((template: Template) => template.toJSON() as CostTemplate),
    3,
  );
};

/** Prettier pads tables. */
const unpadded = (text: string): string => text.replace(/ +/g, ' ').replace(/-{2,}/g, '--');

test('the page of costs is what the templates and the prices give', () => {
  const written = readFileSync(join(ROOT, 'docs', 'cost.md'), 'utf8');
  expect(unpadded(written)).toBe(unpadded(costPage(facts(), 'prod')));
}, 120_000);

test.each(['README.md', 'README.ja.md'])('%s shows the totals for 3, 100 and 1,000 nodes', (page) => {
  const totals = [3, 100, 1_000].map((nodes) =>
    Math.round(totalOf(headroomCost(facts(), fleetOf(nodes)))).toLocaleString('en-US'),
  );
  expect(unpadded(readFileSync(join(ROOT, page), 'utf8'))).toContain(`| ${totals.join(' | ')} |`);
});

test('the sweep of 5,000 nodes costs a tenth of what it cost', () => {
  const fleet = fleetOf(5_000);
  expect(costOf('metricRead', sweptSeriesOneByOne(fleet))).toBeCloseTo(1_296, 0);
  expect(sweptSeries(fleet) / sweptSeriesOneByOne(fleet)).toBeLessThan(0.1);
});

test('tiers are walked one after the other', () => {
  expect(costOf('customMetric', 10_000)).toBeCloseTo(3_000);
  expect(costOf('customMetric', 10_001)).toBeCloseTo(3_000.1);
  expect(costOf('customMetric', 260_000)).toBeCloseTo(3_000 + 24_000 + 500);
});

test('a larger fleet costs more, and less for each node', () => {
  const [few, many] = [100, 5_000].map((nodes) => totalOf(headroomCost(facts(), fleetOf(nodes))));
  expect(many).toBeGreaterThan(few ?? NaN);
  expect((many ?? NaN) / 5_000).toBeLessThan((few ?? NaN) / 100);
});
