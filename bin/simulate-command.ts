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
  readonly json?: boolean;
  readonly crashPoints?: boolean;
  readonly crash?: Crash;
  readonly report?: string;
}

const wholeNumber =
  (least: number) =>
  (value: string): number => {
    const read = Number(value);
    if (/^\d+$/.test(value) && read >= least && Number.isSafeInteger(read)) return read;
    throw new InvalidArgumentError(`It must be a whole number of at least ${least}.`);
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

/** How often `--crash-points` tells how far it is, in runs. */
const REPORT_EVERY = 25;

function writeReport({ report: file }: SimulateFlags, report: Omit<SimulationReport, 'at'>): void {
  if (file === undefined) return;
  writeFileSync(file, htmlReport({ at: new Date().toISOString(), ...report }));
  console.error(`Report: ${resolve(file)}`);
}

async function tryAll(flags: SimulateFlags, simulate: Simulate): Promise<number> {
  const run: RunWithCrash = (crashPoints) => simulate({ crashPoints });
  const report = await tryCrashPoints(run, (tried, of, violated) => {
    if (tried % REPORT_EVERY === 0 || tried === of)
      console.error(`${tried} of ${of} crashes tried, ${violated} violated`);
  });
  console.log(flags.json === true ? JSON.stringify(crashJson(report), null, 2) : crashTable(report));
  writeReport(flags, { result: report.uncrashed, crashes: report });
  return report.violated.length === 0 ? EXIT.asExpected : EXIT.notAsExpected;
}

async function runOne(flags: SimulateFlags, simulate: Simulate): Promise<number> {
  const crashed = flags.crash && (await runCrash((crashPoints) => simulate({ crashPoints }), flags.crash));
  const result = crashed?.result ?? (await simulate());
  const broken = brokenInvariants(result);
  if (crashed) console.error(`crash ${describeCrash(crashed)}`);
  if (flags.json === true) {
    console.log(JSON.stringify(result, null, 2));
    for (const one of broken) console.error(`BROKEN: ${one}`);
  } else console.log(simulationTable(result, crashed && replayCrash(crashed)));
  writeReport(flags, { result, crash: crashed });
  return broken.length === 0 ? EXIT.asExpected : EXIT.notAsExpected;
}

async function simulate(flags: SimulateFlags): Promise<number> {
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
export function addSimulateCommand(cli: Command, done: (exitCode: number) => void): void {
  cli
    .command('simulate')
    .description('Let the synthesized system heal a modelled fleet in virtual time: storms, faults, quotas.')
    .option(
      '--nodes <number>',
      `nodes of the fleet, control plane included (default: ${DEFAULTS.nodes}; with crashes: ${CRASH_DEFAULTS.nodes})`,
      wholeNumber(1),
    )
    .option('--storm <number>', 'how many of them fill up within one minute (default: all)', wholeNumber(0))
    .option(
      '--faults <share>',
      `share of events, calls, commands and nodes that fail, 0 to 0.5 (default: ${DEFAULTS.faults}; with crashes: ${CRASH_DEFAULTS.faults})`,
      share,
    )
    .option('--seed <number>', 'the same seed gives the same run', wholeNumber(0), 1)
    .option('--env <name>', 'whose synthesized artefacts heal', 'prod')
    .option('--assembly <dir>', 'use this cloud assembly in place of a new cdk synth')
    .option('--report <file>', 'write a report to this HTML file as well')
    .option('--json', 'print JSON in place of a table')
    .option(
      '--crash-points',
      'run once for each crash: before and after every call to AWS, step and command of the run',
    )
    .addOption(
      new Option('--crash <place>', 'run with one of those crashes, e.g. 17:before')
        .argParser(crash)
        .conflicts('crashPoints'),
    )
    .addHelpText(
      'after',
      '\nExit codes: 0 all invariants hold, 1 one does not, 2 the simulation could not run.\n' +
        'With --crash-points they are of all runs. Progress goes to stderr. What is modelled, the lower bound and the\n' +
        'crash points are explained in docs/simulate.md.',
    )
    .action(async (flags: SimulateFlags) => done(await simulate(flags)));
}
