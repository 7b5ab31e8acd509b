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

async function drill(flags: DrillFlags): Promise<number> {
  if (flags.env !== undefined) {
    const { env: environmentName, instance: instanceId, nodeGroup, growth = false, fillTo } = flags;
    const fillToPercent = fillTo === undefined ? undefined : Number(fillTo);
    const { yes = false, yesProduction = false } = flags;
    return realNode().gameDay(
      { environmentName, instanceId, nodeGroup, growth, fillToPercent, yesProduction },
      yes,
    );
  }
  if (flags.instance !== undefined || flags.nodeGroup !== undefined) {
    throw new CannotRunError('--instance and --node-group are of a real environment; name it with --env.');
  }
  if (flags.list === true) {
    const names = shippedScenarios();
    const width = Math.max(...names.map(({ length }) => length)) + 1;
    for (const name of names) {
      const { title = '', node } = loadScenario(name);
      console.log(`${name.padEnd(width)} ${node.kubernetes === 'real' ? '(--real) ' : ''}${title}`);
    }
    return EXIT.asExpected;
  }
  if (flags.all === true && flags.assembly !== undefined) {
    throw new CannotRunError(
      '--assembly is of one environment, and --all needs several; leave one of them out.',
    );
  }
  return untilSignal((signal) => (flags.all === true ? drillAll(flags, signal) : drillOne(flags, signal)));
}

/** Ctrl-C ends the machine as well. */
async function untilSignal(work: (signal: AbortSignal) => Promise<number>): Promise<number> {
  const stop = new AbortController();
  const onSignal = (): void =>
    stop.abort(new CannotRunError('Stopped by a signal; the machine is gone, its files are removed.'));
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  try {
    return await work(stop.signal);
  } catch (error) {
    // Whatever broke because of the signal, the signal is what happened.
    throw stop.signal.aborted ? stop.signal.reason : error;
  } finally {
    process.removeListener('SIGINT', onSignal).removeListener('SIGTERM', onSignal);
  }
}

async function drillOne(flags: DrillFlags, signal: AbortSignal): Promise<number> {
  const { scenario = flags.real === true ? 'control-plane-gone' : 'disk-full' } = flags;
  const { asExpected } = await drillScenario(scenario, flags, resolve(flags.report), signal, () =>
    Promise.resolve(flags.assembly === undefined ? undefined : resolve(flags.assembly)),
  );
  return asExpected ? EXIT.asExpected : EXIT.notAsExpected;
}

/** Every scenario in turn; a synth serves all of its environment, as the scenario has it. */
async function drillAll(flags: DrillFlags, signal: AbortSignal): Promise<number> {
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
      rows.push(drillRow(await drillScenario(name, flags, join(folder, name), signal, assemblyOf)));
    }
  } finally {
    rmSync(assemblies, { recursive: true, force: true });
  }
  writeFileSync(join(folder, 'drills.json'), `${JSON.stringify(rows, null, 2)}\n`);
  console.log(`\n${drillTable(rows, flags.markdown === true ? 'markdown' : 'plain')}`);
  console.log(`\nReports: ${folder}, the table as drills.json`);
  return rows.every(({ asExpected }) => asExpected) ? EXIT.asExpected : EXIT.notAsExpected;
}

/** One drill, with its timeline on the screen and its report in the folder. */
async function drillScenario(
  nameOrFile: string,
  flags: DrillFlags,
  folder: string,
  signal: AbortSignal,
  assemblyOf: (environment: DrilledEnvironment) => Promise<string | undefined>,
): Promise<DrillReport> {
  const loaded = loadScenario(nameOrFile);
  const scenario = flags.real === true ? withRealKubernetes(loaded) : loaded;
  const drilled = chooseEnvironment(scenario, PROJECT_ROOT);
  const { name, text: environmentText, environment } = drilled;
  const clock = new MovableClock();
  const timeline = new Timeline(process.stdout, () => clock.now().getTime());
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
    console.log(
      `\n${report.verdict.toUpperCase()}: ${scenario.name}, ${describeChange(report.before, report.after)}` +
        (report.timeToHealSeconds === null ? '' : `, healed in ${report.timeToHealSeconds.toFixed(1)} s`),
    );
    for (const difference of report.differences) console.log(`  not as expected: ${difference}`);
    console.log(`Report: ${join(folder, 'report.html')} and report.json`);
    return report;
  } finally {
    timeline.end();
  }
}

/** `headroom drill`. */
export function addDrillCommand(cli: Command, done: (exitCode: number) => void): void {
  cli
    .command('drill')
    .description('Fill the disk of a real virtual machine and let the synthesized system heal it.')
    .option(
      '--scenario <name|file>',
      'one of those that --list shows, or a YAML file (default: disk-full; with --real: control-plane-gone)',
    )
    .option('--list', 'list the scenarios and stop')
    .option(
      '--all',
      'drill every scenario that ships and does not need --real, one after the other, and end with a table',
    )
    .option(
      '--real',
      'with real Kubernetes on the node, which `npm run setup:lab` builds once; with --all: the scenarios that ask for it',
    )
    .option('--markdown', 'print the table of --all as Markdown')
    .option('--assembly <dir>', 'use this cloud assembly in place of a new cdk synth')
    .option('--image <file>', 'use this ready disk image (qcow2 or raw) and build none; see docs/drill.md')
    .option('--kernel <file>', 'boot --image with this kernel, in place of its own boot loader')
    .option('--initrd <file>', 'the initial ramdisk of --kernel')
    .option('--root-arguments <text>', 'the kernel arguments of --kernel', 'root=/dev/vda1 rw')
    .option('--overlay <dir>', 'copy the files of this directory into the image, e.g. a real kubelet')
    .option('--report <dir>', 'where report.json and report.html go', 'drill-report')
    .option('--env <name>', 'drill a real node of this environment in place of a virtual machine')
    .option('--instance <id>', 'with --env: this node')
    .option('--node-group <name>', 'with --env: the node of this group that was launched last')
    .option('--growth', 'with --env: fill with what may not be deleted, so that a larger volume is bought')
    .option(
      '--fill-to <percent>',
      'with --env: used percent of /, 50-95; two above the warning level by default',
    )
    .option('--yes', 'with --env: do not ask')
    .option('--yes-production', 'with --env: this is production, and meant')
    .addHelpText(
      'after',
      '\nExit codes: 0 the outcome is what the scenario expects, 1 it is not (with --all: of one or more),\n' +
        '2 the drill could not run, 3 (with --env) it goes on in AWS. Scenarios, reports and images are explained in\n' +
        'docs/drill.md, drills on real nodes in docs/game-days.md.',
    )
    .action(async (flags: DrillFlags) => done(await drill(flags)));
}
