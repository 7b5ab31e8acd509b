import type { AccountEvent, GuestDiskFigures } from '../../packages/local-aws/src';
import type { LocalCloud } from './cloud/local-cloud';
import type { DrillOptions } from './drill-options';
import { apiServerReady, kubeletHealthy, shell } from './observe-node';
import type { VirtualMachine } from './vm/virtual-machine';

/** The agent reports every 60 s, so on average half of that passes before anybody hears of a full disk. */
const SECONDS_BEFORE_FIRST_METRIC = 30;
const METRIC_PERIOD_SECONDS = 60;
/** The rate of the sweep's schedule. */
const SWEEP_PERIOD_SECONDS = 300;
/** More than any alarm looks back. */
const MINUTES_OF_PAST = 10;
/** More than the sweep and the forecast look back. */
const MOST_MINUTES_OF_GAP = 360;
/** Rounds of metric → alarm or sweep → healing, until a round brings nothing new. */
const MAX_ROUNDS = 12;
/** A drill that has not come to rest by then is called off. */
const PATIENCE_SECONDS = 2400;
/** A node that answers no later is silent. */
const FIGURES_SECONDS = 20;
const GUARD_SECONDS = 120;
/** The guard's timer ticks every 30 s, so on average half of that is waited for. */
const SECONDS_TO_GUARD_TICK = 15;
/** The step of HealNode that waits until the guard has a ballast again. */
const WAITS_FOR_BALLAST = 'verify';
const NO_BALLAST = 'test ! -s /var/lib/headroom/ballast';
/** What a booted node may take until its pods run. */
const BOOT_SECONDS = 120;

/**
 * The time of a drill: a metric a minute, a sweep every five, and between them the healing. Nothing is shortened while
 * anything goes on. Where nothing does and only the next metric or the next sweep is waited for, the clock is moved on,
 * or, in verification, the next tick of the guard, and the guard's tick that would have come meanwhile is run, so that only the
 * waiting is left out.
 */
export class HealingTime {
  private nextSweepAt: number;
  private bootId = '';
  private ticking: Promise<void> = Promise.resolve();

  constructor(
    private readonly options: DrillOptions,
    private readonly vm: VirtualMachine,
    private readonly cloud: LocalCloud,
  ) {
    this.nextSweepAt = this.now() + SWEEP_PERIOD_SECONDS * 1000;
  }

  /** The node has been as it is now for some minutes, so that no alarm takes missing minutes for silence. */
  async pastUntilNow(): Promise<void> {
    this.bootId = await this.readBootId();
    await this.publishGap(await this.vm.rootFigures(), MINUTES_OF_PAST * METRIC_PERIOD_SECONDS);
    await this.cloud.evaluateAlarms();
  }

  /** From the disk's filling to the first word of it. */
  async untilFirstMetric(): Promise<void> {
    const from = this.now();
    await this.guardTick();
    await this.moveOn(Math.max(0, SECONDS_BEFORE_FIRST_METRIC - (this.now() - from) / 1000));
  }

  /** Rounds until nothing more comes of a metric, and nothing more of a sweep. */
  async untilRest(): Promise<void> {
    const { timeline } = this.options;
    for (let round = 1; round <= MAX_ROUNDS; round += 1) {
      const started = this.cloud.executions().length;
      timeline.setStatus('healing');
      await this.minute();
      await this.untilSettled();
      if (this.cloud.executions().length !== started) continue;
      await this.toNextSweep();
      await this.untilSettled();
      if (this.cloud.executions().length === started) return;
    }
    timeline.add('drill', `not at rest after ${MAX_ROUNDS} rounds`);
  }

  /** Hours in which nothing happens but that the node reports the figures that it has now. */
  async hoursLater(hours: number): Promise<void> {
    this.options.timeline.add('drill', `at rest; ${hours} h later`);
    await this.moveOn(hours * 3600);
    await this.guardTick();
    // When the next sweep is due is open again; the first metric comes first.
    this.nextSweepAt = this.now() + SWEEP_PERIOD_SECONDS * 1000;
  }

  /** Minutes in which nothing goes on but what waits for a person. */
  async pass(minutes: number): Promise<void> {
    this.options.timeline.add('drill', `${minutes} min on, while a question waits`);
    await this.moveOn(minutes * 60);
  }

  /** Receives every event of the cloud. */
  watch({ kind, data }: AccountEvent): void {
    if (kind !== 'step-started' || data['step'] !== WAITS_FOR_BALLAST) return;
    // A node that does not answer is what verification tells.
    this.ticking = this.toNextTick().catch(() => undefined);
  }

  /** When the tick that verification waits for has been run. */
  untilTick(): Promise<void> {
    return this.ticking;
  }

  private async toNextTick(): Promise<void> {
    if ((await shell(this.vm, NO_BALLAST)).exitCode !== 0) return;
    await this.moveOn(SECONDS_TO_GUARD_TICK);
    await this.guardTick();
  }

  private async toNextSweep(): Promise<void> {
    const seconds = Math.max(0, (this.nextSweepAt - this.now()) / 1000);
    if (seconds > 0) {
      await this.letItBoot(Math.min(seconds, BOOT_SECONDS));
      const left = Math.max(0, (this.nextSweepAt - this.now()) / 1000);
      this.options.timeline.add('drill', `nothing goes on; ${left.toFixed(0)} s on, to the next sweep`);
      await this.guardTick();
      await this.moveOn(left);
    }
    await this.minute();
  }

  /** What a minute brings: figures, alarms, perhaps a sweep, events that come late, and messages that are due. */
  private async minute(): Promise<void> {
    // First, so that what comes late comes a minute after its event at least.
    this.cloud.releaseLateEvents();
    await this.cloud.publishNodeMetrics(await this.figures());
    await this.cloud.evaluateAlarms();
    if (this.now() >= this.nextSweepAt) {
      this.nextSweepAt = this.now() + SWEEP_PERIOD_SECONDS * 1000;
      this.cloud.runSchedules();
    }
    await this.cloud.deliverQueue();
  }

  /** Minutes go on while the healing runs. */
  private async untilSettled(): Promise<void> {
    const { clock, signal, timeline } = this.options;
    const stop = new AbortController();
    const over = AbortSignal.any([signal, stop.signal]);
    const minutes = (async () => {
      for (;;) {
        await clock.sleep(METRIC_PERIOD_SECONDS, over);
        await this.minute();
      }
    })();
    const patience = clock.sleep(PATIENCE_SECONDS, over).then(() => {
      timeline.add('drill', `not at rest after ${PATIENCE_SECONDS} s; called off`);
    });
    try {
      await Promise.race([this.cloud.settled(), patience, minutes]);
    } finally {
      stop.abort();
      await Promise.allSettled([patience, minutes, this.untilTick()]);
    }
  }

  /** A node that was reset starts its pods while no healing runs: then work continues. */
  private async letItBoot(mostSeconds: number): Promise<void> {
    const { clock, signal } = this.options;
    const bootId = await this.readBootId();
    if (bootId === this.bootId) return;
    this.bootId = bootId;
    const isControlPlane = this.options.scenario.node.role === 'control-plane';
    for (const end = this.now() + mostSeconds * 1000; this.now() < end; await clock.sleep(2, signal)) {
      if ((await kubeletHealthy(this.vm)) && (!isControlPlane || (await apiServerReady(this.vm)))) return;
    }
  }

  private async readBootId(): Promise<string> {
    return (await shell(this.vm, 'cat /proc/sys/kernel/random/boot_id')).stdout;
  }

  /** undefined: the node, which is rebooting or terminated perhaps, says nothing. */
  private async figures(): Promise<GuestDiskFigures | undefined> {
    if (!this.cloud.fleet.drilledRuns) return undefined;
    const stop = new AbortController();
    const silence = this.options.clock.sleep(FIGURES_SECONDS, stop.signal).then(
      () => undefined,
      () => undefined,
    );
    try {
      return await Promise.race([this.vm.rootFigures().catch(() => undefined), silence]);
    } finally {
      stop.abort();
    }
  }

  private async moveOn(seconds: number): Promise<void> {
    if (seconds <= 0) return;
    const figures = await this.figures();
    this.options.clock.forward(seconds);
    await this.vm.setClock();
    if (figures) await this.publishGap(figures, seconds);
  }

  /** One datapoint a minute for the seconds that end now. */
  private async publishGap(figures: GuestDiskFigures, seconds: number): Promise<void> {
    const minutes = Math.min(MOST_MINUTES_OF_GAP, Math.floor(seconds / METRIC_PERIOD_SECONDS));
    await this.cloud.publishHistory(figures, minutes);
  }

  /** The timer has counted no time that was left out, so its service is started by hand. A guard that fails says so itself. */
  private async guardTick(): Promise<void> {
    await shell(this.vm, 'systemctl start headroom-guard.service', GUARD_SECONDS);
  }

  private now(): number {
    return this.options.clock.now().getTime();
  }
}
