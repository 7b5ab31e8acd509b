import { mayDoAnything } from '../domain/plan/healing-mode';
import { documentName } from '../domain/names/naming';
import { CannotRunError } from './cannot-run';
import type { LocalCloud } from './cloud/local-cloud';
import { DiskCurve } from './disk-curve';
import type { GuestDiskFigures } from '../../packages/local-aws/src';
import type { DrillOptions } from './drill-options';
import { drillSteps } from './drill-steps';
import type { HealingTime } from './healing-time';
import { differences, judge, type Observed } from './judge';
import type { Meanwhile } from './meanwhile';
import { lastReport, observe } from './observe';
import { mustRun, shell } from './observe-node';
import type { Operators } from './operators';
import { secondsToHeal } from './report/disk-use';
import type { DrillReport, DrillVerdict } from './report/drill-report';
import type { Expectation, Scenario } from './scenario';
import type { VirtualMachine } from './vm/virtual-machine';

/** What fills the node stays within one tick of the guard, as a fast writer would. */
const GUARD_TIMER = 'headroom-guard.timer';
const GIB = 1024 ** 3;
/** A game day asks two functions before it fills. */
const FILL_SECONDS = 180;

/** What was found at rest. */
interface Rest {
  readonly observed: Observed;
  readonly verdict: DrillVerdict;
  readonly differences: readonly string[];
}

/** One drill on a running node: fill, heal, look, and where the scenario says so, again later. */
export class Drill {
  private readonly curve: DiskCurve;
  private readonly startedAt: Date;

  constructor(
    private readonly options: DrillOptions,
    private readonly vm: VirtualMachine,
    private readonly cloud: LocalCloud,
    private readonly parts: {
      readonly meanwhile: Meanwhile;
      readonly people: Operators;
      readonly time: HealingTime;
    },
  ) {
    this.curve = new DiskCurve(vm, () => options.timeline.seconds());
    this.startedAt = options.clock.now();
  }

  async run(): Promise<DrillReport> {
    const { timeline, scenario } = this.options;
    await this.setVolume();
    if (scenario.node.prepared) await this.cloud.prepareDrilledNode();
    if (scenario.longBefore.length > 0) await this.withinOneTick(scenario.longBefore);
    await this.parts.time.pastUntilNow();
    if (scenario.pause) await this.parts.people.pause(scenario.pause);
    const before = await this.fill();
    timeline.restart('the node is as the scenario wants it');
    this.reportUsage(before);
    this.curve.start();
    const early: string[] = [];
    try {
      timeline.setStatus('waiting for the agent to report');
      await this.parts.time.untilFirstMetric();
      early.push(...(await this.deploy()));
      await this.parts.time.untilRest();
      for (const { afterHours, untilThen, node, aws } of scenario.later) {
        if (untilThen) {
          const rest = await this.look(untilThen);
          early.push(...rest.differences.map((each) => `before ${afterHours} h passed, ${each}`));
        }
        await this.parts.time.hoursLater(afterHours);
        this.cloud.addFaults(aws);
        await this.withinOneTick(node);
        await this.parts.time.untilRest();
      }
    } finally {
      await this.curve.stop();
    }
    const end = await this.look(scenario.expect);
    const missed = this.cloud.missedPowerCuts().map((step) => `the power cut during ${step} never came`);
    const undone = await this.parts.meanwhile.differences();
    return this.report(before, { ...end, differences: [...early, ...end.differences, ...missed, ...undone] });
  }

  /** @returns in what the deploys ended otherwise than the scenario says */
  private async deploy(): Promise<readonly string[]> {
    const { scenario, timeline } = this.options;
    const differences: string[] = [];
    for (const { sizeGiB, refused } of scenario.deploy) {
      timeline.setStatus(`sizeGiB: ${sizeGiB} is deployed`);
      const { status, reason } = await this.cloud.sizes.deploy(sizeGiB);
      timeline.add('deploy', `sizeGiB: ${sizeGiB}: ${status}; ${reason}`);
      const expected = refused ? 'FAILED' : 'SUCCESS';
      if (status !== expected)
        differences.push(`deploy of sizeGiB ${sizeGiB}: expected ${expected}, got ${status}: ${reason}`);
    }
    return differences;
  }

  /** What EBS knows and has done by now. Partition and filesystem stay as they are. */
  private async setVolume(): Promise<void> {
    const { sizeGiB, modifications } = this.options.scenario.volume;
    if (sizeGiB !== undefined) await this.vm.resizeDisk(sizeGiB * GIB);
    this.cloud.fleet.setVolumePast(modifications);
  }

  /** @throws CannotRunError when a `before:` command fails: then nothing is proven either way */
  private async fill(): Promise<GuestDiskFigures> {
    const { before, gameDay } = this.options.scenario;
    const figures = await this.withinOneTick(before);
    return gameDay === undefined ? figures : this.startGameDay(gameDay);
  }

  /** A guard that ticks while a slow machine fills would give its ballast to what fills. @returns the use that they leave */
  private async withinOneTick(commands: readonly string[]): Promise<GuestDiskFigures> {
    await this.mustRunAll([`systemctl stop ${GUARD_TIMER}`]);
    await this.mustRunAll(commands);
    // A reset must find what was filled.
    await this.mustRunAll(['sync']);
    const figures = await this.vm.rootFigures();
    await this.mustRunAll([`systemctl start ${GUARD_TIMER}`]);
    return figures;
  }

  /** As an operator would, by hand. @throws CannotRunError when the node is not filled: then nothing is proven either way */
  private async startGameDay({
    kind,
    fillToPercent,
  }: NonNullable<Scenario['gameDay']>): Promise<GuestDiskFigures> {
    const { clock, environmentName, signal, timeline } = this.options;
    timeline.setStatus('the game day fills the node');
    await this.cloud.call('ssm', 'StartAutomationExecution', {
      DocumentName: documentName(environmentName, 'GameDay'),
      Parameters: {
        InstanceId: [this.cloud.fleet.drilled.instanceId],
        Kind: [kind],
        FillToPercent: [String(fillToPercent)],
      },
    });
    for (const end = clock.now().getTime() + FILL_SECONDS * 1000; clock.now().getTime() < end;) {
      const figures = await this.vm.rootFigures();
      if (figures.usedPercent >= fillToPercent - 1) return figures;
      // A game day that ended already fills nothing any more.
      const [gameDay] = this.cloud.executions();
      if (gameDay?.['ExecutionEndTime'] !== undefined) break;
      await clock.sleep(1, signal);
    }
    throw new CannotRunError('The game day did not fill the node; the timeline says why.');
  }

  private async mustRunAll(commands: readonly string[]): Promise<void> {
    for (const command of commands) {
      this.options.signal.throwIfAborted();
      this.options.timeline.setStatus(command);
      const printed = await mustRun(this.vm, command);
      for (const [, line = ''] of printed.matchAll(/^drill: (.+)$/gm))
        this.options.timeline.add('node', line);
    }
  }

  private async look(expected: Expectation): Promise<Rest> {
    const { levels, scenario, timeline } = this.options;
    const modes = this.options.modesOf(this.cloud.fleet.drilled.nodeGroup);
    const observed = await observe(
      {
        ...{ node: this.vm, cloud: this.cloud, people: this.parts.people, role: scenario.node.role },
        onlyObserved: !mayDoAnything(modes),
      },
      expected,
    );
    this.reportUsage(observed);
    const verdict = judge(observed, levels);
    timeline.add('drill', `at rest: ${verdict}`);
    return { observed, verdict, differences: differences(expected, observed, verdict) };
  }

  private reportUsage({ usedPercent, availableBytes, inodesUsedPercent }: GuestDiskFigures): void {
    const bytes = `/ at ${usedPercent} %, ${availableBytes} bytes available`;
    this.options.timeline.add('node', `${bytes}, inodes at ${inodesUsedPercent} %`);
  }

  private async report(before: GuestDiskFigures, end: Rest): Promise<DrillReport> {
    const { scenario, timeline, levels, environmentName } = this.options;
    const { observed, verdict } = end;
    const { usedPercent, sizeBytes, availableBytes, inodesUsedPercent } = observed;
    const { role, rootFs, diskGiB } = scenario.node;
    const claim = lastReport(this.cloud);
    const lived = verdict === 'healed' || verdict === 'relieved';
    const zero = this.options.clock.now().getTime() - timeline.seconds() * 1000;
    const atSeconds = (at: Date): number => (at.getTime() - zero) / 1000;
    return {
      scenario: scenario.name,
      title: scenario.title ?? '',
      verdict,
      claimed: observed.claimed,
      expected: scenario.expect,
      asExpected: end.differences.length === 0,
      differences: end.differences,
      node: { role, rootFs, diskGiB: scenario.node.grownToGiB ?? diskGiB },
      environment: environmentName,
      before,
      after: { usedPercent, sizeBytes, availableBytes, inodesUsedPercent },
      steps: drillSteps(this.cloud.executions(), claim),
      apiCalls: observed.apiCalls,
      timeToHealSeconds: lived ? secondsToHeal(this.curve.samples, levels.targetPercent) : null,
      startedAt: this.startedAt.toISOString(),
      zeroAt: new Date(zero).toISOString(),
      seconds: timeline.seconds(),
      levels,
      curve: this.curve.samples,
      timeline: timeline.entries,
      messages: this.cloud.messages().map(({ at, subject, message }) => ({
        atSeconds: atSeconds(at),
        subject: subject ?? '',
        text: message,
      })),
      opsItems: this.cloud
        .opsItems()
        .map(({ createdAt, id, title, description, severity = null, status }) => ({
          atSeconds: atSeconds(createdAt),
          id,
          title,
          description,
          severity,
          status,
        })),
      answers: this.parts.people.answers,
      evidence: {
        ...(claim?.evidence ?? {}),
        lambdaLogs: this.cloud.lambdaLogs(),
        ...(this.curve.gaps.length > 0 ? { curveGaps: this.curve.gaps } : {}),
        guard: (
          await shell(this.vm, 'journalctl --unit headroom-guard --no-pager --output=short-iso | tail -n 20')
        ).stdout,
        ...(end.differences.length > 0 ? { console: this.vm.consoleTail() } : {}),
      },
    };
  }
}
