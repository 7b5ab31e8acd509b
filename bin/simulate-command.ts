import { join, resolve } from 'node:path';
import { InvalidArgumentError, type Command } from 'commander';
import { loadEnvironments, type NamedEnvironment } from '../lib/config/load';
import { CannotRunError } from '../lib/drill/cannot-run';
import { brokenInvariants } from '../lib/drill/fleet/result';
import { runSimulation } from '../lib/drill/fleet/run-simulation';
import { simulationTable } from '../lib/drill/fleet/simulation-table';
import { EXIT } from './exit-codes';

const PROJECT_ROOT = join(__dirname, '..');

interface SimulateFlags {
  readonly nodes: number;
  readonly storm?: number;
  readonly faults: number;
  readonly seed: number;
  readonly env: string;
  readonly assembly?: string;
  readonly json?: boolean;
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

async function simulate(flags: SimulateFlags): Promise<number> {
  const [{ name }] = loadEnvironments(join(PROJECT_ROOT, 'environments'), flags.env) as [NamedEnvironment];
  const stop = new AbortController();
  const onSignal = () => stop.abort(new CannotRunError('Stopped by a signal.'));
  process.once('SIGINT', onSignal).once('SIGTERM', onSignal);
  try {
    const result = await runSimulation({
      projectRoot: PROJECT_ROOT,
      environmentName: name,
      ...(flags.assembly === undefined ? {} : { assembly: resolve(flags.assembly) }),
      ...{ nodes: flags.nodes, storm: flags.storm ?? flags.nodes, faults: flags.faults, seed: flags.seed },
      onProgress: (line) => console.error(line),
      signal: stop.signal,
    });
    const broken = brokenInvariants(result);
    if (flags.json === true) {
      console.log(JSON.stringify(result, null, 2));
      for (const one of broken) console.error(`BROKEN: ${one}`);
    } else console.log(simulationTable(result));
    return broken.length === 0 ? EXIT.asExpected : EXIT.notAsExpected;
  } finally {
    process.removeListener('SIGINT', onSignal).removeListener('SIGTERM', onSignal);
  }
}

/** `headroom simulate`. */
export function addSimulateCommand(cli: Command, done: (exitCode: number) => void): void {
  cli
    .command('simulate')
    .description('Let the synthesized system heal a modelled fleet in virtual time: storms, faults, quotas.')
    .option('--nodes <number>', 'nodes of the fleet, control plane included', wholeNumber(1), 100)
    .option('--storm <number>', 'how many of them fill up within one minute (default: all)', wholeNumber(0))
    .option('--faults <share>', 'share of events, calls, commands and nodes that fail, 0 to 0.5', share, 0.05)
    .option('--seed <number>', 'the same seed gives the same run', wholeNumber(0), 1)
    .option('--env <name>', 'whose synthesized artefacts heal', 'prod')
    .option('--assembly <dir>', 'use this cloud assembly in place of a new cdk synth')
    .option('--json', 'print JSON in place of a table')
    .addHelpText(
      'after',
      '\nExit codes: 0 all invariants hold, 1 one does not, 2 the simulation could not run.\n' +
        'Progress goes to stderr. What is modelled, and the lower bound, are explained in docs/simulate.md.',
    )
    .action(async (flags: SimulateFlags) => done(await simulate(flags)));
}
