import { LOOK_AT_EACH_MINUTES, SWEEP_MINUTES } from '../domain/sweep/group-look';
import {
  ASSUMED,
  headroomCost,
  sweptSeries,
  sweptSeriesOneByOne,
  totalOf,
  type CostFacts,
  type Fleet,
} from './headroom-cost';
import { SERVICE_PRICES, costOf, type ServicePriceName } from './service-prices';

const CONTROL_PLANE_NODES = 3;
/** A Metrics Insights query answers with 500 series at most. */
const WORKERS_PER_GROUP = 500;

/** Nodes of the page's columns; the smallest is a control plane alone. */
export const FLEET_SIZES = [3, 100, 1_000, 5_000] as const;

export const fleetOf = (nodes: number): Fleet => {
  const workers = nodes - CONTROL_PLANE_NODES;
  return {
    controlPlaneNodes: CONTROL_PLANE_NODES,
    workers,
    workerGroups: Math.ceil(workers / WORKERS_PER_GROUP),
    healings: nodes * ASSUMED.healingsPerNode,
  };
};

const dollars = (usd: number): string =>
  usd < 10 ? usd.toFixed(2) : Math.round(usd).toLocaleString('en-US');
const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [row(head), row(head.map((_, column) => (column === 0 ? '---' : '--:'))), ...rows.map(row)].join('\n');

const priceOf = (name: ServicePriceName): string =>
  SERVICE_PRICES[name].tiers
    .map(({ upTo, usd }) => {
      const text = Number(usd.toPrecision(6)).toString();
      return upTo === Infinity ? text : `${text} up to ${upTo.toLocaleString('en-US')}`;
    })
    .join(', then ');

/** `docs/cost.md`; `npm run cost` writes it, and a test holds it. */
export const costPage = (facts: CostFacts, environmentName: string): string => {
  const fleets = FLEET_SIZES.map((nodes) => ({ nodes, fleet: fleetOf(nodes) }));
  const columns = fleets.map(({ fleet }) => headroomCost(facts, fleet));
  const totals = columns.map(totalOf);
  const names = [...new Set([...columns].reverse().flatMap((lines) => lines.map(({ what }) => what)))];
  const usdOf = (lines: (typeof columns)[number], what: string): string => {
    const found = lines.find((each) => each.what === what);
    return found === undefined ? '–' : dollars(found.usd);
  };
  const used = [
    ...new Set([...columns.flatMap((lines) => lines.map(({ price }) => price)), 'snapshotStorage' as const]),
  ];
  const heads = fleets.map(({ nodes }) => `${nodes.toLocaleString('en-US')} nodes`);
  return `<!-- Written by \`npm run cost\`. Do not edit. -->

# What Headroom costs a month

US dollars by AWS's list prices of us-east-1, without free tier, discount and tax: what Headroom adds to nodes that run anyway.
Counted in the synthesized templates of \`${environmentName}\`, for a control plane of ${CONTROL_PLANE_NODES} nodes and workers in groups of at most ${WORKERS_PER_GROUP}.

${table(
  ['', ...heads],
  [
    ...names.map((what) => [what, ...columns.map((lines) => usdOf(lines, what))]),
    ['**Total**', ...totals.map((total) => `**${dollars(total)}**`)],
    ['For each node', ...totals.map((total, index) => (total / (FLEET_SIZES[index] ?? NaN)).toFixed(2))],
  ],
)}

Nearly all of a large fleet's cost is what CloudWatch takes for watching each disk once a minute: the metrics, the requests that send them, and
the alarms over them.

## The sweep

Every ${SWEEP_MINUTES} minutes the sweep reads four series of each Auto Scaling group: the fullest disk, the number of reports, the most inodes used, the
fewest there are. They prove that every node reports and is below its warning level, or the group's nodes are read one by one in the same sweep.
Each node is read by itself every ${LOOK_AT_EACH_MINUTES} minutes all the same, and in every sweep while an execution, an alarm, its launch or its declared size speaks of it.

${table(
  ['GetMetricData a month', ...heads],
  [
    [
      'each node, each time',
      ...fleets.map(({ fleet }) => dollars(costOf('metricRead', sweptSeriesOneByOne(fleet)))),
    ],
    ['by group', ...fleets.map(({ fleet }) => dollars(costOf('metricRead', sweptSeries(fleet))))],
  ],
)}

A Metrics Insights query over all nodes was not chosen: it answers with 500 series at most, and what GetMetricData charges for one has no witness here
(an alarm on a query is charged for each metric that the query looks at).
A group that has a node over its level all month costs as much as one series of each of its nodes: a third of what it did.

## Assumed

${table(
  ['', ''],
  Object.entries(ASSUMED).map(([name, value]) => [`\`${name}\``, value.toLocaleString('en-US')]),
)}

## Not in it

- **Snapshots**: ${priceOf('snapshotStorage')} dollars for each GB and month of the blocks that a snapshot holds and no older one does. A first snapshot of a control-plane volume of 40 GiB that is half full is 1 dollar a month.
- **What healing buys**: grown volumes (\`npm run audit\` shows them, with a price), instances, and the cluster that \`headroom\` made: network, load balancer, flow logs.
- **E-mail and chat**: cents.

## Prices

${table(
  ['', 'US dollars', 'Source'],
  used.map((name) => [
    `\`${SERVICE_PRICES[name].usageType}\`, per ${SERVICE_PRICES[name].unit}`,
    priceOf(name),
    SERVICE_PRICES[name].source,
  ]),
)}
`;
};
