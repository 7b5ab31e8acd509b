import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { healingModes } from '../lib/config/node-groups';
import { CannotRunError } from '../lib/drill/cannot-run';
import { MovableClock } from '../packages/local-aws/src';
import type { GivenImage } from '../lib/drill/drill-options';
import type { DrillReport } from '../lib/drill/report/drill-report';
import { describeChange } from '../lib/drill/report/disk-use';
import { drillRow, drillTable, type DrillRow } from '../lib/drill/report/drill-table';
import { htmlReport } from '../lib/drill/report/html-report';
import type { PauseCommand } from '../lib/drill/operators';
import { runDrill } from '../lib/drill/run-drill';
import { loadScenario, shippedScenarios, withRealKubernetes } from '../lib/drill/scenario';
import { synthesize } from '../lib/drill/synthesize';
import { Timeline } from '../lib/drill/timeline';
import { chooseEnvironment, type DrilledEnvironment } from './choose-environment';
import { EXIT } from './exit-codes';
import type { Outcome, RunCommand, Screen } from './outcome';

const PROJECT_ROOT = join(__dirname, '..');

interface DrillFlags {
  readonly scenario?: string;
  readonly all?: boolean;
  readonly real?: boolean;
  readonly markdown?: boolean;
  readonly assembly?: string;
  readonly image?: string;
  readonly kernel?: string;
  readonly initrd?: string;
  readonly rootArguments: string;
  readonly overlay?: string;
  readonly report: string;
  readonly list?: boolean;
  readonly env?: string;
  readonly instance?: string;
  readonly nodeGroup?: string;
  readonly growth?: boolean;
  readonly fillTo?: string;
  readonly yes?: boolean;
  readonly yesProduction?: boolean;
}

/** The SDK takes long to load; a drill in a virtual machine needs none. See run-command.ts. */
const realNode = () => require('./console/game-day') as typeof import('./console/game-day');

const pauseCommandOf = (drilled: DrilledEnvironment): PauseCommand => {
  const { drilledPause } = require('./console/drilled-pause') as typeof import('./console/drilled-pause');
  return drilledPause(drilled);
};

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

async function drill(flags: DrillFlags, screen: Screen): Promise<Outcome> {
  if (flags.env !== undefined) {
    const { env: environmentName, instance: instanceId, nodeGroup, growth = false, fillTo } = flags;
    const fillToPercent = fillTo === undefined ? undefined : Number(fillTo);
    const { yes = false, yesProduction = false } = flags;
    return realNode().gameDay(
      { environmentName, instanceId, nodeGroup, growth, fillToPercent, yesProduction },
      yes,
      screen,
    );
  }
  if (flags.instance !== undefined || flags.nodeGroup !== undefined) {
    throw new CannotRunError('--instance and --node-group are for a real environment; name it with --env.');
  }
  if (flags.list === true) {
    const scenarios = shippedScenarios().map((name) => {
      const { title = '', node } = loadScenario(name);
      return { name, title, real: node.kubernetes === 'real' };
    });
    const width = Math.max(...scenarios.map(({ name }) => name.length)) + 1;
    const lines = scenarios.map(
      ({ name, title, real }) => `${name.padEnd(width)} ${real ? '(--real) ' : ''}${title}\n`,
    );
    return { exitCode: EXIT.asExpected, result: { scenarios }, text: lines.join('') };
  }
  if (flags.all === true && flags.assembly !== undefined) {
    throw new CannotRunError(
      '--assembly holds one environment, and --all needs several; leave one of them out.',
    );
  }
  return untilSignal((signal) =>
    flags.all === true ? drillAll(flags, screen, signal) : drillOne(flags, screen, signal),
  );
}

/** Ctrl-C ends the machine as well. */
async function untilSignal<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const stop = new AbortController();
  const onSignal = (): void =>
    stop.abort(new CannotRunError('Stopped by a signal; the machine is gone, its files are removed.'));
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  try {
    return await work(stop.signal);
  } catch (error) {
    // Errors that the signal caused are not the cause.
    throw stop.signal.aborted ? stop.signal.reason : error;
  } finally {
    process.removeListener('SIGINT', onSignal).removeListener('SIGTERM', onSignal);
  }
}

async function drillOne(flags: DrillFlags, screen: Screen, signal: AbortSignal): Promise<Outcome> {
  const { scenario = flags.real === true ? 'control-plane-gone' : 'disk-full' } = flags;
  const folder = resolve(flags.report);
  const report = await drillScenario(scenario, flags, folder, screen, signal, () =>
    Promise.resolve(flags.assembly === undefined ? undefined : resolve(flags.assembly)),
  );
  return {
    exitCode: report.asExpected ? EXIT.asExpected : EXIT.notAsExpected,
    result: { folder, report },
  };
}

/** Every scenario in turn; a synth serves all of its environment, as the scenario has it. */
async function drillAll(flags: DrillFlags, screen: Screen, signal: AbortSignal): Promise<Outcome> {
  const folder = resolve(flags.report);
  const assemblies = mkdtempSync(join(tmpdir(), 'headroom-assemblies-'));
  const synthesized = new Map<string, Promise<string>>();
  const assemblyOf = ({
    name: environmentName,
    text: environmentText,
  }: DrilledEnvironment): Promise<string> => {
    const key = environmentText ?? environmentName;
    const outputDirectory = join(assemblies, String(synthesized.size));
    const synth =
      synthesized.get(key) ??
      synthesize({
        ...{ projectRoot: PROJECT_ROOT, environmentName, environmentText, outputDirectory, signal },
      }).then(() => outputDirectory);
    synthesized.set(key, synth);
    return synth;
  };
  const rows: DrillRow[] = [];
  try {
    for (const name of shippedScenarios(flags.real === true ? 'real' : 'stand-in')) {
      rows.push(drillRow(await drillScenario(name, flags, join(folder, name), screen, signal, assemblyOf)));
    }
  } finally {
    rmSync(assemblies, { recursive: true, force: true });
  }
  writeFileSync(join(folder, 'drills.json'), `${JSON.stringify(rows, null, 2)}\n`);
  const table = drillTable(rows, flags.markdown === true ? 'markdown' : 'plain');
  return {
    exitCode: rows.every(({ asExpected }) => asExpected) ? EXIT.asExpected : EXIT.notAsExpected,
    result: { folder, drills: rows },
    text: `\n${table}\n\nReports: ${folder}, the table as drills.json\n`,
  };
}

/** One drill, with its timeline on the screen and its report in the folder. */
async function drillScenario(
  nameOrFile: string,
  flags: DrillFlags,
  folder: string,
  { out }: Screen,
  signal: AbortSignal,
  assemblyOf: (environment: DrilledEnvironment) => Promise<string | undefined>,
): Promise<DrillReport> {
  const loaded = loadScenario(nameOrFile);
  const scenario = flags.real === true ? withRealKubernetes(loaded) : loaded;
  const drilled = chooseEnvironment(scenario, PROJECT_ROOT);
  const { name, text: environmentText, environment } = drilled;
  const clock = new MovableClock();
  const timeline = new Timeline(out, () => clock.now().getTime());
  try {
    const assembly = await assemblyOf(drilled);
    const report = await runDrill({
      ...{ scenario, environmentName: name, environmentText, projectRoot: PROJECT_ROOT },
      levels: environment.diskLevels,
      modesOf: (nodeGroup) => healingModes(environment, nodeGroup),
      pauseCommand: (...pause) => pauseCommandOf(drilled)(...pause),
      ...(assembly === undefined ? {} : { assembly }),
      ...(flags.image === undefined ? {} : { image: givenImage(flags, flags.image) }),
      ...(flags.overlay === undefined ? {} : { overlay: resolve(flags.overlay) }),
      ...{ clock, timeline, signal },
    });
    timeline.end();
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'report.json'), `${JSON.stringify(report, null, 2)}\n`);
    writeFileSync(join(folder, 'report.html'), htmlReport(report));
    out.write(
      `\n${report.verdict.toUpperCase()}: ${scenario.name}, ${describeChange(report.before, report.after)}` +
        (report.timeToHealSeconds === null ? '' : `, healed in ${report.timeToHealSeconds.toFixed(1)} s`) +
        report.differences.map((difference) => `\n  not as expected: ${difference}`).join('') +
        `\nReport: ${join(folder, 'report.html')} and report.json\n`,
    );
    return report;
  } finally {
    timeline.end();
  }
}

/** `headroom drill`. */
export function addDrillCommand(cli: Command, run: RunCommand): void {
  cli
    .command('drill')
    .description(
      'Fill the disk of a virtual machine (or of a real node) and let the synthesized system heal it.',
    )
    .option(
      '--scenario <name|file>',
      'a scenario of --list or a YAML file (default: disk-full; with --real: control-plane-gone)',
    )
    .option('--list', 'list the scenarios')
    .option('--all', 'drill every scenario of --list that does not need --real, and print a table')
    .option(
      '--real',
      'run real Kubernetes on the node (`npm run setup:lab` builds it once); with --all: the scenarios that need it',
    )
    .option('--markdown', 'print the table of --all as Markdown')
    .option('--assembly <dir>', 'use this cloud assembly instead of a new cdk synth')
    .option('--image <file>', 'use this disk image (qcow2 or raw) instead of building one; see docs/drill.md')
    .option('--kernel <file>', 'boot --image with this kernel instead of its boot loader')
    .option('--initrd <file>', 'the initial ramdisk for --kernel')
    .option('--root-arguments <text>', 'the kernel arguments for --kernel', 'root=/dev/vda1 rw')
    .option('--overlay <dir>', 'copy the files of this directory into the image, e.g. a real kubelet')
    .option('--report <dir>', 'the directory for report.json and report.html', 'drill-report')
    .option('--env <name>', 'drill a real node of this environment instead of a virtual machine')
    .option('--instance <id>', 'with --env: this node')
    .option('--node-group <name>', 'with --env: the most recently launched node of this group')
    .option(
      '--growth',
      'with --env: fill with data that may not be deleted, so that the volume grows (it costs money)',
    )
    .option('--fill-to <percent>', 'with --env: used percent of /, 50-95 (default: the warning level + 2)')
    .option('--yes', 'with --env: do not ask for confirmation')
    .option('--yes-production', 'with --env: allow a production environment')
    .addHelpText(
      'after',
      '\nExit codes: 0 the outcome is what the scenario expects, 1 it is not (with --all: of one or more),\n' +
        '2 the drill could not run, 3 (with --env) it continues in AWS. Scenarios, reports and images:\n' +
        'docs/drill.md; drills on real nodes: docs/game-days.md.',
    )
    .action((flags: DrillFlags) => run((screen) => drill(flags, screen)));
}
