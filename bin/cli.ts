import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { loadEnvironments, type NamedEnvironment } from '../lib/config/load';
import { CannotRunError } from '../lib/drill/cannot-run';
import { brokenInvariants } from '../lib/drill/fleet/result';
import { runSimulation } from '../lib/drill/fleet/run-simulation';
import { simulationTable } from '../lib/drill/fleet/simulation-table';
import { htmlReport } from '../lib/drill/report/html-report';
import { runDrill, type GivenImage } from '../lib/drill/run-drill';
import { loadScenario, ScenarioError, shippedScenarios, type Scenario } from '../lib/drill/scenario';
import { Timeline } from '../lib/drill/timeline';

const PROJECT_ROOT = join(__dirname, '..');
const EXIT = { asExpected: 0, notAsExpected: 1, couldNotRun: 2 } as const;

interface DrillFlags {
  readonly scenario: string;
  readonly image?: string;
  readonly kernel?: string;
  readonly initrd?: string;
  readonly rootArguments: string;
  readonly overlay?: string;
  readonly report: string;
  readonly list?: boolean;
}

/** The filesystem that the AMIs of each operating system have on their root volume. */
const ROOT_FILESYSTEM = { 'ubuntu-24.04': 'ext4', 'amazon-linux-2023': 'xfs' } as const;

const healsThisFilesystem = ({ environment }: NamedEnvironment, { node }: Scenario): boolean => {
  const groups =
    node.role === 'control-plane' ? [environment.controlPlane] : Object.values(environment.workerGroups);
  return groups.some((group) => ROOT_FILESYSTEM[group.os] === node.rootFs);
};

function chooseEnvironment(scenario: Scenario): NamedEnvironment {
  const environments = loadEnvironments(join(PROJECT_ROOT, 'environments'), scenario.environment);
  const chosen = environments.find((environment) => healsThisFilesystem(environment, scenario));
  if (chosen) return chosen;
  throw new CannotRunError(
    `No environment${scenario.environment === undefined ? '' : ` (asked for: ${scenario.environment})`} has a ${scenario.node.role} ` +
      `whose root filesystem is ${scenario.node.rootFs}, so no alarm would match. ` +
      `Give one an operating system with ${scenario.node.rootFs}: ${Object.entries(ROOT_FILESYSTEM)
        .map(([os, fs]) => `${os} has ${fs}`)
        .join(', ')}.`,
  );
}

function givenImage(flags: DrillFlags, image: string): GivenImage {
  const { kernel, initrd, rootArguments } = flags;
  if ((kernel === undefined) !== (initrd === undefined)) {
    throw new CannotRunError(
      '--kernel and --initrd go together; give both, or none if the image has a boot loader.',
    );
  }
  const file = resolve(image);
  if (kernel === undefined || initrd === undefined) return { file };
  return { file, kernel: { file: resolve(kernel), initrd: resolve(initrd), rootArguments } };
}

async function drill(flags: DrillFlags): Promise<number> {
  if (flags.list === true) {
    for (const name of shippedScenarios())
      console.log(`${name.padEnd(20)} ${loadScenario(name).title ?? ''}`);
    return EXIT.asExpected;
  }
  const scenario = loadScenario(flags.scenario);
  const { name, environment } = chooseEnvironment(scenario);
  const stop = new AbortController();
  const onSignal = (): void =>
    stop.abort(new CannotRunError('Stopped by a signal; the machine is gone, its files are removed.'));
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  const timeline = new Timeline(process.stdout, () => Date.now());
  try {
    const report = await runDrill({
      scenario,
      environmentName: name,
      levels: environment.diskLevels,
      projectRoot: PROJECT_ROOT,
      ...(flags.image === undefined ? {} : { image: givenImage(flags, flags.image) }),
      ...(flags.overlay === undefined ? {} : { overlay: resolve(flags.overlay) }),
      timeline,
      signal: stop.signal,
    });
    timeline.end();
    const folder = resolve(flags.report);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'report.json'), `${JSON.stringify(report, null, 2)}\n`);
    writeFileSync(join(folder, 'report.html'), htmlReport(report));
    console.log(
      `\n${report.verdict.toUpperCase()}: ${scenario.name}, ${report.before.usedPercent} % → ${report.after.usedPercent} % of /` +
        (report.timeToHealSeconds === null ? '' : `, healed in ${report.timeToHealSeconds.toFixed(1)} s`),
    );
    for (const difference of report.differences) console.log(`  not as expected: ${difference}`);
    console.log(`Report: ${join(folder, 'report.html')} and report.json`);
    return report.asExpected ? EXIT.asExpected : EXIT.notAsExpected;
  } catch (error) {
    // Whatever broke because of the signal, the signal is what happened.
    throw stop.signal.aborted ? stop.signal.reason : error;
  } finally {
    timeline.end();
    process.removeListener('SIGINT', onSignal).removeListener('SIGTERM', onSignal);
  }
}

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

function program(done: (exitCode: number) => void): Command {
  const cli = new Command('headroom')
    .description('Kubernetes nodes on EC2 that never run out of disk.')
    .exitOverride()
    .showHelpAfterError('(--help shows what there is)');
  cli
    .command('drill')
    .description('Fill the disk of a real virtual machine and let the synthesized system heal it.')
    .option('--scenario <name|file>', `one of ${shippedScenarios().join(', ')}, or a YAML file`, 'disk-full')
    .option('--list', 'list the scenarios and stop')
    .option('--image <file>', 'use this ready disk image (qcow2 or raw) and build none; see docs/drill.md')
    .option('--kernel <file>', 'boot --image with this kernel, in place of its own boot loader')
    .option('--initrd <file>', 'the initial ramdisk of --kernel')
    .option('--root-arguments <text>', 'the kernel arguments of --kernel', 'root=/dev/vda1 rw')
    .option('--overlay <dir>', 'copy the files of this directory into the image, e.g. a real kubelet')
    .option('--report <dir>', 'where report.json and report.html go', 'drill-report')
    .addHelpText(
      'after',
      '\nExit codes: 0 the outcome is what the scenario expects, 1 it is not, 2 the drill could not run.\n' +
        'Scenarios, reports and images are explained in docs/drill.md.',
    )
    .action(async (flags: DrillFlags) => done(await drill(flags)));
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
  return cli;
}

async function main(argv: readonly string[]): Promise<void> {
  try {
    await program((exitCode) => (process.exitCode = exitCode)).parseAsync(argv);
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? EXIT.asExpected : EXIT.couldNotRun;
      return;
    }
    const expected = error instanceof CannotRunError || error instanceof ScenarioError;
    const known = expected || (error instanceof Error && /Environment/.test(error.name));
    console.error(known ? (error as Error).message : error);
    process.exitCode = EXIT.couldNotRun;
  }
}

/** Whoever reads us, `head` for one, has had enough. */
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

/** A wait that nobody needs any more must not hold up the end. */
const LAST_WORDS_MILLISECONDS = 1000;

void main(process.argv).finally(() => setTimeout(() => process.exit(), LAST_WORDS_MILLISECONDS).unref());
