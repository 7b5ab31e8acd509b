import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CannotRunError } from '../lib/drill/cannot-run';
import { CRASH_CASES, WIDE_CRASH_CASES, type CrashCase } from '../lib/simulate/crash-cases';
import { tryCrashPoints } from '../lib/simulate/crash-runs';
import { describeCrash } from '../lib/simulate/crash-table';
import { brokenInvariants, replayCommand } from '../lib/simulate/result';
import { withSimulation } from '../lib/simulate/run-simulation';
import type { DrillRow } from '../lib/drill/report/drill-table';
import {
  proofPage,
  type ProvenCrashes,
  type ProvenDrills,
  type ProvenSeeds,
} from '../lib/simulate/proof-page';
import { shippedScenarios } from '../lib/drill/scenario';
import { synthesize } from '../lib/drill/synthesize';
import { endWithReader, isOperatorsError, printError } from './entry-point';
import { EXIT } from './exit-codes';

const PROJECT = join(__dirname, '..');
const PAGE = join('docs', 'proof.md');

const SEEDS = [
  { environmentName: 'prod', nodes: 12, storm: 12, faults: 0.05, firstSeed: 1, runs: 200 },
  { environmentName: 'prod', nodes: 12, storm: 12, faults: 0.3, firstSeed: 1, runs: 50 },
  { environmentName: 'prod', nodes: 2000, storm: 2000, faults: 0.05, firstSeed: 1, runs: 1 },
] as const;

const git = (...args: string[]): string =>
  execFileSync('git', args, { cwd: PROJECT, encoding: 'utf8' }).trim();

const commit = (): string => {
  const changed = git('status', '--porcelain', '--', '.', `:!${PAGE}`) !== '';
  return `${git('rev-parse', '--short=10', 'HEAD')}${changed ? ', with changes that are not committed' : ''}`;
};

const stop = new AbortController();
const { signal } = stop;
const secondsSince = (beganMs: number): number => Math.round((Date.now() - beganMs) / 1000);
const say = (line: string): void => console.error(line);

async function proveSeeds(one: (typeof SEEDS)[number], assembly: string): Promise<ProvenSeeds> {
  const { environmentName, firstSeed, runs, ...fleet } = one;
  const beganMs = Date.now();
  const options = { projectRoot: PROJECT, environmentName, assembly, ...fleet, seed: firstSeed, signal };
  let violated = 0;
  await withSimulation(options, async (simulate) => {
    for (let seed = firstSeed; seed < firstSeed + runs; seed += 1) {
      const result = await simulate({ seed });
      const broken = brokenInvariants(result);
      if (broken.length > 0) violated += 1;
      for (const each of broken) say(`BROKEN: ${each}. Again: ${replayCommand(result)}`);
    }
  });
  say(`${runs} runs of ${fleet.nodes} nodes, faults ${fleet.faults}: ${violated} violated`);
  return { ...fleet, firstSeed, runs, violated, seconds: secondsSince(beganMs) };
}

async function proveCase(one: CrashCase, assembly: string): Promise<ProvenCrashes> {
  const { name, about, environmentName, options } = one;
  const beganMs = Date.now();
  const { places, tried, violated } = await withSimulation(
    { projectRoot: PROJECT, environmentName, assembly, ...options, signal },
    (simulate) => tryCrashPoints((crashPoints) => simulate({ crashPoints })),
  );
  for (const run of violated)
    say(`BROKEN: ${run.broken.join('; ')}, after ${describeCrash(run)} of the case ${name}`);
  say(`${name}: ${tried} crashes tried, ${violated.length} violated`);
  const counts = { places: places.length, tried, violated: violated.length };
  return { name, about, ...counts, seconds: secondsSince(beganMs) };
}

function drills(): ProvenDrills | undefined {
  const file = join(PROJECT, 'drill-report', 'drills.json');
  if (!existsSync(file)) return undefined;
  const rows = JSON.parse(readFileSync(file, 'utf8')) as readonly DrillRow[];
  const missing = shippedScenarios('stand-in').filter((name) => !rows.some(({ fault }) => fault === name));
  return { at: statSync(file).mtime.toISOString(), rows, missing };
}

async function main(): Promise<number> {
  for (const name of ['SIGINT', 'SIGTERM'] as const)
    process.once(name, () => stop.abort(new CannotRunError('Stopped by a signal; nothing was written.')));
  const scratch = mkdtempSync(join(tmpdir(), 'headroom-proof-'));
  const cases = [...CRASH_CASES, ...WIDE_CRASH_CASES];
  const of = commit();
  try {
    for (const environmentName of new Set([...SEEDS, ...cases].map((each) => each.environmentName))) {
      say(`cdk synth of ${environmentName}`);
      const outputDirectory = join(scratch, environmentName);
      await synthesize({ projectRoot: PROJECT, environmentName, outputDirectory, signal });
    }
    const assemblyOf = ({ environmentName }: { readonly environmentName: string }): string =>
      join(scratch, environmentName);
    const simulation: ProvenSeeds[] = [];
    for (const each of SEEDS) simulation.push(await proveSeeds(each, assemblyOf(each)));
    const crashes: ProvenCrashes[] = [];
    for (const each of cases) crashes.push(await proveCase(each, assemblyOf(each)));
    const proof = { date: new Date().toISOString().slice(0, 10), commit: of, simulation, crashes };
    const drilled = drills();
    writeFileSync(join(PROJECT, PAGE), proofPage({ ...proof, drills: drilled }));
    say(`Written: ${PAGE}`);
    const proven =
      [...simulation, ...crashes].every(({ violated }) => violated === 0) &&
      (drilled?.rows ?? []).every(({ asExpected }) => asExpected);
    return proven ? EXIT.asExpected : EXIT.notAsExpected;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** `npm run proof`: exit code 0 all of it holds, 1 something does not, 2 it could not run. */
if (require.main === module) {
  endWithReader();
  main().then(
    (exitCode) => (process.exitCode = exitCode),
    (error: unknown) => {
      printError(error, (each) => isOperatorsError(each) || each instanceof CannotRunError);
      process.exitCode = EXIT.couldNotRun;
    },
  );
}
