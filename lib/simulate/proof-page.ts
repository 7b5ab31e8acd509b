import { DRAIN_JUDGED_FROM, DRAIN_RATIO, ZERO } from './result';
import type { DrillRow } from '../drill/report/drill-table';

/** Runs of the simulation with consecutive seeds. */
export interface ProvenSeeds {
  readonly nodes: number;
  readonly storm: number;
  /** 0 to 1. */
  readonly faults: number;
  readonly firstSeed: number;
  readonly runs: number;
  /** Runs of which an invariant did not hold. */
  readonly violated: number;
  readonly seconds: number;
}

/** A crash at every place of one run. */
export interface ProvenCrashes {
  readonly name: string;
  readonly about: string;
  readonly places: number;
  readonly tried: number;
  readonly violated: number;
  readonly seconds: number;
}

export interface ProvenDrills {
  /** ISO 8601. */
  readonly at: string;
  readonly rows: readonly DrillRow[];
  /** Scenarios of the stand-ins that have no row. */
  readonly missing: readonly string[];
}

export interface Proof {
  /** YYYY-MM-DD. */
  readonly date: string;
  readonly commit: string;
  readonly simulation: readonly ProvenSeeds[];
  readonly crashes: readonly ProvenCrashes[];
  /** undefined: not run. */
  readonly drills: ProvenDrills | undefined;
}

/** As prettier sets it. */
function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const lines = [head, ...rows.map((row) => row.map(String))];
  const widths = head.map((_, column) => Math.max(3, ...lines.map((line) => line[column]?.length ?? 0)));
  const set = (line: readonly string[]): string =>
    `| ${line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  return [
    set(head),
    `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`,
    ...lines.slice(1).map(set),
  ].join('\n');
}

const simulationTable = (all: readonly ProvenSeeds[]): string =>
  table(
    ['Nodes', 'Storm', 'Faults', 'Seeds', 'Runs', 'Violated', 'Seconds'],
    all.map(({ nodes, storm, faults, firstSeed, runs, violated, seconds }) => {
      const last = firstSeed + runs - 1;
      const seeds = runs === 1 ? `${firstSeed}` : `${firstSeed} to ${last}`;
      return [nodes, storm, faults, seeds, runs, violated, seconds];
    }),
  );

const crashTable = (all: readonly ProvenCrashes[]): string =>
  table(
    ['Case', 'Places', 'Crashes tried', 'Violated', 'Seconds', 'What happens'],
    all.map(({ name, places, tried, violated, seconds, about }) => [
      ...[name, places, tried, violated, seconds, about],
    ]),
  );

function drillSection({ drills }: Proof): string {
  if (drills === undefined) return 'Not run: there was no `drill-report/drills.json`.';
  const rows = drills.rows.map(({ fault, verdict, asExpected, seconds }) => [
    ...[fault, verdict, asExpected ? 'yes' : 'NO', Math.round(seconds)],
  ]);
  const written = `\`drill-report/drills.json\` of ${drills.at}; its commit is not on record.`;
  const missing = drills.missing.length === 0 ? [] : [`Not run: ${drills.missing.join(', ')}.`];
  return [written, ...missing, table(['Scenario', 'Verdict', 'As expected', 'Seconds'], rows)].join('\n\n');
}

/** docs/proof.md. The same facts, the same text. */
export const proofPage = (proof: Proof): string => `# The proof

Written by \`npm run proof\` on ${proof.date}, of commit ${proof.commit}. Edit \`lib/simulate/proof-page.ts\`, not this page.

What we prove: when faults stop, each node is below its level, or a person was notified, or the owner said no. Until then no
quorum is broken, no cap and no budget is exceeded, and nothing is done twice.

On what: what \`cdk synth\` wrote, unchanged, against stand-ins. [The drill](drill.md#what-is-real-and-what-is-not) has a real machine with a full disk;
[the simulation](simulate.md#what-is-real-and-what-is-modelled) has modelled nodes and virtual time. [The ledger](contract.md) names the witness of each behaviour of AWS that both play.

What we do not prove:

- Nothing ran in an AWS account. What AWS does otherwise than its documentation says is found by [a game day](game-days.md).
- A drill has one machine. Its other nodes, and all of the simulation's, are modelled.
- Crash points are of HealNode and of its functions. The runbooks for people (RestoreEtcd, UpgradeNode and the others) have none.
- One crash a run: two crashes in one run are left to the simulation's random faults.

## Simulation

Must be 0: ${ZERO.map((name) => `\`${name}\``).join(', ')}. Each run must come to rest within 24 hours. From ${DRAIN_JUDGED_FROM} nodes on, a storm must be over within ${DRAIN_RATIO} × its lower bound.

${simulationTable(proof.simulation)}

## Crash points

A crash before and one after every call to AWS, every step of HealNode and every command on a node: [how](simulate.md#crash-points).

${crashTable(proof.crashes)}

## Drills

${drillSection(proof)}
`;
