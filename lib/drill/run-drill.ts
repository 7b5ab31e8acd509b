import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CannotRunError } from './cannot-run';
import { LocalCloud } from './cloud/local-cloud';
import { Drill } from './drill';
import type { DrillOptions } from './drill-options';
import { growRoot } from './grow-root';
import { Meanwhile } from './meanwhile';
import { mustRun } from './observe-node';
import type { DrillReport } from './report/drill-report';
import { startNode } from './start-node';
import { synthesize } from './synthesize';
import type { Timeline } from './timeline';
import type { VirtualMachine } from './vm/virtual-machine';

/**
 * Synthesizes, boots, fills, watches the healing, and measures what came of it.
 * @throws CannotRunError when it does not get as far as a full disk
 */
export async function runDrill(options: DrillOptions): Promise<DrillReport> {
  const { signal } = options;
  const cleanUps: (() => Promise<void> | void)[] = [];
  const stopped = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
  try {
    // A signal is answered at once; what it interrupts finds its machine gone.
    return await Promise.race([stopped, drillOnce(options, cleanUps)]);
  } finally {
    for (const cleanUp of cleanUps.reverse()) await cleanUp();
  }
}

/** @param cleanUps in the order in which things were started */
async function drillOnce(
  options: DrillOptions,
  cleanUps: (() => Promise<void> | void)[],
): Promise<DrillReport> {
  const { scenario, timeline, signal, clock } = options;
  timeline.add('drill', `scenario ${scenario.name}, environment ${options.environmentName}`);
  timeline.setStatus('cdk synth, and a virtual machine');
  const starting = startNode(options);
  cleanUps.push(() => stopMachine(starting, signal));
  const [assemblyDirectory, machine] = await Promise.all([assemblyOf(options, cleanUps), starting]);
  if (scenario.node.grownToGiB !== undefined) await growRoot(machine, scenario.node.grownToGiB, timeline);

  const meanwhile = new Meanwhile(scenario.meanwhile, (command) => mustRun(machine, command));
  const cloud = LocalCloud.open({
    assemblyDirectory,
    environmentName: options.environmentName,
    node: machine,
    role: scenario.node.role,
    clock,
    faults: scenario.aws,
    volumeTiming: { optimizingSeconds: scenario.volume.optimizingSeconds },
    alarmDelivery: scenario.events,
    powerCuts: scenario.powerCut,
    onEvent: (event) => {
      const { kind, summary, data } = event;
      meanwhile.watch(event);
      if (worthTelling(kind, summary, data)) timeline.add(kind, summary);
    },
  });
  await applyUserData(machine, cloud.userData(scenario.node.role), timeline);
  return new Drill(options, machine, cloud, meanwhile).run();
}

/** The given cloud assembly, or a new one in a directory that goes with the drill. */
async function assemblyOf(
  { assembly, projectRoot, environmentName, timeline, signal }: DrillOptions,
  cleanUps: (() => Promise<void> | void)[],
): Promise<string> {
  if (assembly !== undefined) return assembly;
  const scratch = mkdtempSync(join(tmpdir(), 'headroom-drill-'));
  cleanUps.push(() => rmSync(scratch, { recursive: true, force: true }));
  const directory = join(scratch, 'cdk.out');
  const synthesizing = synthesize(projectRoot, environmentName, directory, signal);
  // What it still writes must not come after its directory is removed; how it ended is told below.
  cleanUps.push(() => synthesizing.catch(() => undefined));
  await synthesizing;
  timeline.add('drill', 'cdk synth done');
  return directory;
}

/** Waits for a machine that is still starting, unless a signal wants us gone: then the end of this process ends it. */
async function stopMachine(starting: Promise<VirtualMachine>, signal: AbortSignal): Promise<void> {
  const gone = starting.then(
    (machine) => machine.stop(),
    // Why it did not start is told by whoever waited for it.
    () => undefined,
  );
  if (!signal.aborted) await gone;
}

/** Calls are counted in the report; alarms that were and stay well, and events that no rule wants, are noise. */
const worthTelling = (kind: string, summary: string, data: Readonly<Record<string, unknown>>): boolean => {
  if (kind === 'api-call' || kind === 'metric') return false;
  if (kind === 'event') return !summary.endsWith('no rule');
  if (kind === 'alarm')
    return (
      !/"previousState":\{"value":"INSUFFICIENT_DATA"/.test(JSON.stringify(data)) || summary.endsWith('ALARM')
    );
  return true;
};

/** The node runs the very user data that its launch template holds. */
async function applyUserData(vm: VirtualMachine, userData: string, timeline: Timeline): Promise<void> {
  timeline.setStatus('the synthesized user data runs in the VM');
  const path = '/run/headroom-user-data.sh';
  const written = await vm.exec('sh', ['-c', `cat > ${path}`], { stdin: userData });
  const ran = written.exitCode === 0 ? await vm.exec('bash', [path], { timeoutSeconds: 900 }) : written;
  if (ran.exitCode !== 0) {
    throw new CannotRunError(
      `The user data failed in the VM (exit ${ran.exitCode}):\n${ran.stdout}\n${ran.stderr}`,
    );
  }
  timeline.add('node', 'user data applied');
}
