import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { HealReport } from '../domain/heal-report';
import { CannotRunError } from './cannot-run';
import { realClock } from './cloud/clock';
import { LocalCloud } from './cloud/local-cloud';
import { DiskCurve } from './disk-curve';
import type { GuestDiskFigures } from './drill-node';
import { executionSteps } from './execution-steps';
import { differences, judge, type Observed } from './judge';
import { apiServerReady, kubeletHealthy, shell } from './observe-node';
import type { DrillReport, DrillStep } from './report/drill-report';
import type { Scenario } from './scenario';
import { synthesize } from './synthesize';
import type { Timeline } from './timeline';
import { startNode } from './start-node';
import type { NodeImage } from './vm/node-image';
import type { VirtualMachine } from './vm/virtual-machine';

/** The agent reports every 60 s, so on average half of that passes before anybody hears of a full disk. */
const SECONDS_BEFORE_FIRST_METRIC = 30;
const METRIC_PERIOD_SECONDS = 60;
/** More than any alarm looks back. */
const MINUTES_OF_PAST = 10;
/** Rounds of metric → alarm → healing; one heals, a second shows that nothing is left to do. */
const MAX_ROUNDS = 4;
/** A drill that has not come to rest by then is called off. */
const PATIENCE_SECONDS = 1800;
/** What fills the node stays within one tick of the guard, as a fast writer would. */
const GUARD_TIMER = 'headroom-guard.timer';

export interface GivenImage {
  /** qcow2 or raw. */
  readonly file: string;
  /** Absent: the image boots through its own boot loader. */
  readonly kernel?: NonNullable<NodeImage['kernel']>;
}

export interface DrillOptions {
  readonly scenario: Scenario;
  /** Whose synthesized artefacts heal. */
  readonly environmentName: string;
  readonly levels: DrillReport['levels'];
  /** Where `package.json` is. */
  readonly projectRoot: string;
  /** A ready disk image in place of the one that the drill builds. */
  readonly image?: GivenImage;
  /** A directory whose files are copied into the image. */
  readonly overlay?: string;
  readonly timeline: Timeline;
  readonly signal: AbortSignal;
}

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
  const { scenario, timeline, signal } = options;
  const scratch = mkdtempSync(join(tmpdir(), 'headroom-drill-'));
  cleanUps.push(() => rmSync(scratch, { recursive: true, force: true }));
  const assemblyDirectory = join(scratch, 'cdk.out');

  timeline.add('drill', `scenario ${scenario.name}, environment ${options.environmentName}`);
  timeline.setStatus('cdk synth, and a virtual machine');
  const starting = startNode(options);
  cleanUps.push(() => stopMachine(starting, signal));
  const synthesizing = synthesize(options.projectRoot, options.environmentName, assemblyDirectory, signal);
  // What it still writes must not come after its directory is removed; how it ended is told below.
  cleanUps.push(() => synthesizing.catch(() => undefined));
  const [, machine] = await Promise.all([
    synthesizing.then(() => timeline.add('drill', 'cdk synth done')),
    starting,
  ]);

  const cloud = LocalCloud.open({
    assemblyDirectory,
    environmentName: options.environmentName,
    node: machine,
    role: scenario.node.role,
    clock: realClock,
    faults: scenario.aws,
    onEvent: ({ kind, summary, data }) => {
      if (worthTelling(kind, summary, data)) timeline.add(kind, summary);
    },
  });
  await applyUserData(machine, cloud.userData(scenario.node.role), timeline);
  return new Drill(options, machine, cloud).run();
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

/** One drill on a running node. */
class Drill {
  private readonly curve: DiskCurve;
  private readonly startedAt = new Date();

  constructor(
    private readonly options: DrillOptions,
    private readonly vm: VirtualMachine,
    private readonly cloud: LocalCloud,
  ) {
    this.curve = new DiskCurve(vm, () => options.timeline.seconds());
  }

  async run(): Promise<DrillReport> {
    const { timeline, scenario } = this.options;
    await this.reportWellPast();
    const before = await this.fill();
    timeline.restart();
    timeline.add('node', `/ at ${before.usedPercent} %, ${before.availableBytes} bytes available`);
    this.curve.start();
    try {
      await this.heal();
    } finally {
      await this.curve.stop();
    }
    const after = await this.vm.rootFigures();
    timeline.add('node', `/ at ${after.usedPercent} %, ${after.availableBytes} bytes available`);
    const observed = await this.observe(after);
    const verdict = judge(observed, this.options.levels);
    const different = differences(scenario.expect, observed, verdict);
    const report = this.lastReport();
    return {
      scenario: scenario.name,
      title: scenario.title ?? '',
      verdict,
      claimed: observed.claimed,
      expected: scenario.expect,
      asExpected: different.length === 0,
      differences: different,
      node: { role: scenario.node.role, rootFs: scenario.node.rootFs, diskGiB: scenario.node.diskGiB },
      environment: this.options.environmentName,
      before,
      after,
      steps: this.steps(report),
      apiCalls: this.cloud.apiCalls(),
      timeToHealSeconds: verdict === 'escalated' || verdict === 'silent' ? null : this.secondsToHeal(),
      startedAt: this.startedAt.toISOString(),
      seconds: timeline.seconds(),
      levels: this.options.levels,
      curve: this.curve.samples,
      timeline: timeline.entries,
      messages: this.cloud
        .messages()
        .map(({ subject, message }) => ({ subject: subject ?? '', text: message })),
      evidence: {
        ...(report?.evidence ?? {}),
        opsItems: this.cloud.opsItems(),
        lambdaLogs: this.cloud.lambdaLogs(),
        ...(this.curve.gaps.length > 0 ? { curveGaps: this.curve.gaps } : {}),
        guard: (
          await shell(this.vm, 'journalctl --unit headroom-guard --no-pager --output=short-iso | tail -n 20')
        ).stdout,
        ...(different.length > 0 ? { console: this.vm.consoleTail() } : {}),
      },
    };
  }

  /** The node was well until now, so that no alarm takes missing minutes for silence. */
  private async reportWellPast(): Promise<void> {
    const figures = await this.vm.rootFigures();
    for (let minutesAgo = MINUTES_OF_PAST; minutesAgo > 0; minutesAgo -= 1) {
      await this.cloud.publishNodeMetrics(
        figures,
        new Date(Date.now() - minutesAgo * METRIC_PERIOD_SECONDS * 1000),
      );
    }
    await this.cloud.evaluateAlarms();
  }

  /** @throws CannotRunError when a `before:` command fails: then nothing is proven either way */
  private async fill(): Promise<GuestDiskFigures> {
    const { timeline, scenario, signal } = this.options;
    await this.mustRun(`systemctl stop ${GUARD_TIMER}`);
    for (const command of scenario.before) {
      signal.throwIfAborted();
      timeline.setStatus(command);
      await this.mustRun(command);
    }
    const figures = await this.vm.rootFigures();
    await this.mustRun(`systemctl start ${GUARD_TIMER}`);
    return figures;
  }

  private async mustRun(command: string): Promise<void> {
    const { exitCode, stdout, stderr } = await shell(this.vm, command);
    if (exitCode === 0) return;
    throw new CannotRunError(`In the VM, exit ${exitCode}: ${command}\n${stdout}${stderr}`);
  }

  /** As the agent does, a metric a minute, until nothing more comes of it. */
  private async heal(): Promise<void> {
    const { timeline, signal } = this.options;
    timeline.setStatus('waiting for the agent to report');
    await realClock.sleep(SECONDS_BEFORE_FIRST_METRIC, signal);
    for (let round = 1; round <= MAX_ROUNDS; round += 1) {
      const startsBefore = this.cloud.executions().length;
      await this.report();
      timeline.setStatus('healing');
      await this.untilSettled();
      if (this.cloud.executions().length === startsBefore) return;
    }
  }

  private async report(): Promise<void> {
    await this.cloud.publishNodeMetrics(await this.vm.rootFigures());
    await this.cloud.evaluateAlarms();
    await this.cloud.deliverQueue();
  }

  /** Metrics go on while the healing runs. */
  private async untilSettled(): Promise<void> {
    const { signal } = this.options;
    const stop = new AbortController();
    const over = AbortSignal.any([signal, stop.signal]);
    const metrics = (async () => {
      for (;;) {
        await realClock.sleep(METRIC_PERIOD_SECONDS, over);
        await this.report();
      }
    })();
    const patience = realClock.sleep(PATIENCE_SECONDS, over).then(() => {
      this.options.timeline.add('drill', `not at rest after ${PATIENCE_SECONDS} s; called off`);
    });
    try {
      await Promise.race([this.cloud.settled(), patience, metrics]);
    } finally {
      stop.abort();
      await Promise.allSettled([patience, metrics]);
    }
  }

  private async observe(after: GuestDiskFigures): Promise<Observed> {
    const { scenario } = this.options;
    const failedChecks: string[] = [];
    for (const command of scenario.expect.node) {
      const { exitCode, stdout, stderr } = await shell(this.vm, command);
      if (exitCode !== 0)
        failedChecks.push(`${command} (exit ${exitCode}) ${`${stdout}${stderr}`.trim().slice(0, 300)}`);
    }
    return {
      usedPercent: after.usedPercent,
      inodesUsedPercent: after.inodesUsedPercent,
      sizeBytes: after.sizeBytes,
      kubeletHealthy: await kubeletHealthy(this.vm),
      apiServerReady: scenario.node.role === 'control-plane' ? await apiServerReady(this.vm) : null,
      opsItems: this.cloud.opsItems().length,
      messages: this.cloud.messages().length,
      steps: Object.fromEntries(
        executionSteps(this.cloud.executions()).map(({ name, status }) => [name, status]),
      ),
      apiCalls: this.cloud.apiCalls(),
      failedChecks,
      claimed: this.lastReport()?.verdict ?? null,
    };
  }

  /** What `record` wrote to the evidence bucket last. */
  private lastReport(): HealReport | undefined {
    const reports = this.cloud.objects().filter(({ key }) => key.startsWith('reports/'));
    const last = reports.at(-1);
    return last === undefined ? undefined : (JSON.parse(last.body) as HealReport);
  }

  /** Every step of every execution, with the words of the report where there is one. */
  private steps(report: HealReport | undefined): DrillStep[] {
    return executionSteps(this.cloud.executions()).map((step) => {
      const told =
        report?.executionId === step.executionId
          ? report.steps.find(({ name }) => name === step.name)
          : undefined;
      return {
        name: step.name,
        startedAt: step.startedAt.toISOString(),
        seconds: step.seconds,
        status: step.status,
        ...(told?.bytesFreed === undefined ? {} : { bytesFreed: told.bytesFreed }),
        detail: told?.detail ?? step.failureMessage,
      };
    });
  }

  private secondsToHeal(): number | null {
    return (
      this.curve.samples.find(({ usedPercent }) => usedPercent <= this.options.levels.targetPercent)
        ?.atSeconds ?? null
    );
  }
}
