import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { InvalidArgumentError, Option, type Command } from 'commander';
import { loadEnvironments, type NamedEnvironment } from '../lib/config/load';
import { CannotRunError } from '../lib/drill/cannot-run';
import { readCrash, type Crash } from '../lib/simulate/crash-points';
import { runCrash, tryCrashPoints, type RunWithCrash } from '../lib/simulate/crash-runs';
import { crashJson, crashTable, describeCrash, replayCrash } from '../lib/simulate/crash-table';
import { htmlReport, type SimulationReport } from '../lib/simulate/html-report';
import { brokenInvariants } from '../lib/simulate/result';
import { withSimulation, type Simulate } from '../lib/simulate/run-simulation';
import { simulationTable } from '../lib/simulate/simulation-table';
import { EXIT } from './exit-codes';
import type { Outcome, RunCommand } from './outcome';

const PROJECT_ROOT = join(__dirname, '..');

/** A crash is tried on its own, and each place takes two runs. */
const DEFAULTS = { nodes: 100, faults: 0.05 } as const;
const CRASH_DEFAULTS = { nodes: 5, faults: 0 } as const;

interface SimulateFlags {
  readonly nodes?: number;
  readonly storm?: number;
  readonly faults?: number;
  readonly seed: number;
  readonly env: string;
  readonly assembly?: string;
  readonly crashPoints?: boolean;
  readonly crash?: Crash;
  readonly report?: string;
}

const wholeNumber =
  (minimum: number) =>
  (value: string): number => {
    const read = Number(value);
    if (/^\d+$/.test(value) && read >= minimum && Number.isSafeInteger(read)) return read;
    throw new InvalidArgumentError(`It must be a whole number of at least ${minimum}.`);
  };

const share = (value: string): number => {
  const read = Number(value);
  if (value.trim() !== '' && read >= 0 && read <= 0.5) return read;
  throw new InvalidArgumentError('It must be between 0 and 0.5.');
};

const crash = (value: string): Crash => {
  const read = readCrash(value);
  if (read) return read;
  throw new InvalidArgumentError(
    'It must be the number of a place, a colon, and before or after, e.g. 17:before.',
  );
};

/** How often `--crash-points` reports its progress, in runs. */
const PROGRESS_EVERY = 25;

function writeReport({ report: file }: SimulateFlags, report: Omit<SimulationReport, 'at'>): void {
  if (file === undefined) return;
  writeFileSync(file, htmlReport({ at: new Date().toISOString(), ...report }));
  console.error(`Report: ${resolve(file)}`);
}

async function tryAll(flags: SimulateFlags, simulate: Simulate): Promise<Outcome> {
  const run: RunWithCrash = (crashPoints) => simulate({ crashPoints });
  const report = await tryCrashPoints(run, (tried, of, violated) => {
    if (tried % PROGRESS_EVERY === 0 || tried === of)
      console.error(`${tried} of ${of} crashes tried, ${violated} violated`);
  });
  writeReport(flags, { result: report.uncrashed, crashes: report });
  return {
    exitCode: report.violated.length === 0 ? EXIT.asExpected : EXIT.notAsExpected,
    result: crashJson(report),
    text: `${crashTable(report)}\n`,
  };
}

async function runOne(flags: SimulateFlags, simulate: Simulate): Promise<Outcome> {
  const crashed = flags.crash && (await runCrash((crashPoints) => simulate({ crashPoints }), flags.crash));
  const result = crashed?.result ?? (await simulate());
  const broken = brokenInvariants(result);
  if (crashed) console.error(`crash ${describeCrash(crashed)}`);
  writeReport(flags, { result, crash: crashed });
  return {
    exitCode: broken.length === 0 ? EXIT.asExpected : EXIT.notAsExpected,
    result: { ...result, broken },
    text: `${simulationTable(result, crashed && replayCrash(crashed))}\n`,
  };
}

async function simulate(flags: SimulateFlags): Promise<Outcome> {
  const [{ name }] = loadEnvironments(join(PROJECT_ROOT, 'environments'), flags.env) as [NamedEnvironment];
  const crashes = flags.crashPoints === true || flags.crash !== undefined;
  const standard = crashes ? CRASH_DEFAULTS : DEFAULTS;
  const { nodes = standard.nodes, faults = standard.faults, seed } = flags;
  const stop = new AbortController();
  const onSignal = () => stop.abort(new CannotRunError('Stopped by a signal.'));
  process.once('SIGINT', onSignal).once('SIGTERM', onSignal);
  const options = {
    projectRoot: PROJECT_ROOT,
    environmentName: name,
    ...(flags.assembly === undefined ? {} : { assembly: resolve(flags.assembly) }),
    ...{ nodes, storm: flags.storm ?? nodes, faults, seed, signal: stop.signal },
    onProgress: (line: string) => console.error(line),
  };
  try {
    return await withSimulation(options, (run) =>
      flags.crashPoints === true ? tryAll(flags, run) : runOne(flags, run),
    );
  } finally {
    process.removeListener('SIGINT', onSignal).removeListener('SIGTERM', onSignal);
  }
}

/** `headroom simulate`. */
export function addSimulateCommand(cli: Command, run: RunCommand): void {
  cli
    .command('simulate')
    .description('Let the synthesized system heal a simulated fleet in virtual time: storms, faults, quotas.')
    .option(
      '--nodes <number>',
      `nodes of the fleet, control plane included (default: ${DEFAULTS.nodes}; with crashes: ${CRASH_DEFAULTS.nodes})`,
      wholeNumber(1),
    )
    .option('--storm <number>', 'how many nodes fill up within one minute (default: all)', wholeNumber(0))
    .option(
      '--faults <share>',
      `share of events, calls, commands and nodes that fail, 0 to 0.5 (default: ${DEFAULTS.faults}; with crashes: ${CRASH_DEFAULTS.faults})`,
      share,
    )
    .option('--seed <number>', 'the seed; the same one gives the same run', wholeNumber(0), 1)
    .option('--env <name>', 'the environment whose synthesized system heals', 'prod')
    .option('--assembly <dir>', 'use this cloud assembly instead of a new cdk synth')
    .option('--report <file>', 'also write a report to this HTML file')
    .option(
      '--crash-points',
      'run once for each crash: before and after every call to AWS, step and command of the run',
    )
    .addOption(
      new Option('--crash <place>', 'run with one of these crashes, e.g. 17:before')
        .argParser(crash)
        .conflicts('crashPoints'),
    )
    .addHelpText(
      'after',
      '\nExit codes: 0 all invariants hold (with --crash-points: in every run), 1 one does not, 2 it could not run.\n' +
        'What is simulated, the lower bound and the crash points: docs/simulate.md.',
    )
    .action((flags: SimulateFlags) => run(() => simulate(flags)));
}
