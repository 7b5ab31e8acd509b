import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MAX_ASK_MINUTES } from '../domain/plan/healing-mode';
import { LocalCloud } from './cloud/local-cloud';
import { drilledInstance } from './cloud/user-data';
import { Drill } from './drill';
import type { DrillOptions } from './drill-options';
import { HealingTime } from './healing-time';
import { Meanwhile } from './meanwhile';
import { mustRun } from './observe-node';
import { Operators } from './operators';
import type { DrillReport } from './report/drill-report';
import { nodeImage, startNode } from './start-node';
import { synthesize } from './synthesize';

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
  const building = nodeImage(options);
  cleanUps.push(() => unlessStopped(building, signal));
  const [assemblyDirectory, image] = await Promise.all([assemblyOf(options, cleanUps), building]);
  const instance = drilledInstance(assemblyDirectory, options.environmentName, scenario.node.role);
  const starting = startNode(options, image, instance);
  cleanUps.push(() => unlessStopped(starting, signal, (started) => started.stop()));
  const machine = await starting;

  const meanwhile = new Meanwhile(scenario.meanwhile, {
    run: (command) => mustRun(machine, command),
    endInstance: () => cloud.endDrilledNode(),
    limitIo: async (limit) => {
      await machine.limitIo(limit);
      cloud.setVolumeStalled(limit === 'stalled');
    },
    sleep: (seconds) => clock.sleep(seconds),
    answer: (executionId, answer) => people.answer(executionId, answer),
    noAnswer: () => time.pass(MAX_ASK_MINUTES),
  });
  const { optimizingSeconds, modificationFails } = scenario.volume;
  const cloud: LocalCloud = LocalCloud.open({
    assemblyDirectory,
    environmentName: options.environmentName,
    node: machine,
    role: scenario.node.role,
    clock,
    faults: scenario.aws,
    declaredSizeGiB: scenario.node.declaredSizeGiB,
    volumeTiming: { optimizingSeconds, modificationFails },
    alarmDelivery: scenario.events,
    powerCuts: scenario.powerCut,
    onEvent: (event) => {
      const { kind, summary, data } = event;
      meanwhile.watch(event);
      time.watch(event);
      if (worthNotifying(kind, summary, data)) timeline.add(kind, summary);
    },
  });
  const time = new HealingTime(options, machine, cloud);
  const people = new Operators({
    ...{ cloud, timeline, environmentName: options.environmentName, pauseCommand: options.pauseCommand },
    ...{ now: () => clock.now(), pass: (minutes) => time.pass(minutes) },
  });
  return new Drill(options, machine, cloud, { meanwhile, people, time }).run();
}

/** The given cloud assembly, or a new one in a directory that goes with the drill. */
async function assemblyOf(
  { assembly, timeline, ...options }: DrillOptions,
  cleanUps: (() => Promise<void> | void)[],
): Promise<string> {
  if (assembly !== undefined) return assembly;
  const scratch = mkdtempSync(join(tmpdir(), 'headroom-drill-'));
  cleanUps.push(() => rmSync(scratch, { recursive: true, force: true }));
  const directory = join(scratch, 'cdk.out');
  const synthesizing = synthesize({ ...options, outputDirectory: directory });
  // What it still writes must not come after its directory is removed; how it ended is reported below.
  cleanUps.push(() => synthesizing.catch(() => undefined));
  await synthesizing;
  timeline.add('drill', 'cdk synth done');
  return directory;
}

/** Waits for what is still starting and ends it, unless a signal wants us gone: then the end of this process ends it. */
async function unlessStopped<T>(
  starting: Promise<T>,
  signal: AbortSignal,
  end: (started: T) => Promise<void> | void = () => undefined,
): Promise<void> {
  // Why it did not start is reported by the code that waited for it.
  const gone = starting.then(end, () => undefined);
  if (!signal.aborted) await gone;
}

/** Calls are counted in the report; alarms that were and stay well, and events that no rule wants, are noise. */
const worthNotifying = (kind: string, summary: string, data: Readonly<Record<string, unknown>>): boolean => {
  if (kind === 'api-call' || kind === 'metric') return false;
  if (kind === 'event') return !summary.endsWith('no rule');
  if (kind === 'alarm')
    return (
      !/"previousState":\{"value":"INSUFFICIENT_DATA"/.test(JSON.stringify(data)) || summary.endsWith('ALARM')
    );
  return true;
};
