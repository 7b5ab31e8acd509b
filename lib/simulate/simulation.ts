import { healQueueName } from '../domain/names/naming';
import { SETTLE_MS } from '../domain/sweep/silence';
import { BACK_OFF_MS } from '../domain/sweep/sweep';
import { DEFAULT_BOUNDS, type HealingBounds } from '../domain/plan/healing-bounds';
import type { NodeGroupPolicy } from '../domain/plan/disk-policy';
import { CannotRunError } from '../drill/cannot-run';
import {
  type Account,
  accountOf,
  Background,
  DEFAULT_AUTOMATION_LIMITS,
  drawUnwitnessed,
  type MessageQueue,
  secondsBetween,
  type Unwitnessed,
  VirtualClock,
} from '../../packages/local-aws/src';
import { declaringSize } from '../drill/cloud/declared-size';
import { withBounds } from '../drill/cloud/healing-bounds';
import { Agenda } from './agenda';
import { Deliveries, LATE_SECONDS } from './deliveries';
import { CrashingCalls } from './crashing-calls';
import { CrashingSteps } from './crashing-steps';
import { ApiFaults } from './faults';
import { FleetAgents } from './fleet-agents';
import { FleetAlarms } from './fleet-alarms';
import { FleetMachines, type FleetNode } from './fleet-machines';
import { Healings } from './healings';
import { changesAtRest, growthBeyond, healingsBeyond } from './bounds-kept';
import { capViolations, duplicateExecutions, repeatedEscalations, overlappingHealings } from './invariants';
import { lowerBoundSeconds } from './lower-bound';
import { ModelledFleet } from './modelled-fleet';
import { belowDeclaredSize, boundsOf, policiesOf, withRaised } from './policies';
import { Random } from './random';
import type { SimulationResult } from './result';
import type { SimulationOptions } from './simulation-options';
import { Storm, STORM_SECONDS } from './storm';
import { scheduleSeconds, Sweeps } from './sweeps';
import { tally } from './tally';

/** Any instant will do; a fixed one makes every run of a seed the same. */
const START = new Date('2026-11-20T04:00:00Z');
const METRICS_EVERY_SECONDS = 300;
/** A real agent measures this often; the model's last measurement is as old when the sweep looks. */
const AGENT_SECONDS = 60;
/** Datapoints before the storm, so that growth can be forecast. */
const HISTORY = 4;
const PROGRESS_EVERY_SECONDS = 600;
/** What has not come to rest by then is judged as it stands. */
const HORIZON_SECONDS = 24 * 3600;
/** Until `optimizing`. */
const MODIFYING_SECONDS = 8;

/** One run of the healing over a modelled fleet, in virtual time. Deterministic: the same options, the same result. */
export class Simulation {
  private readonly clock = new VirtualClock(START);
  private readonly background = new Background();
  private readonly agenda = new Agenda(this.clock, this.background);
  private readonly fleet: ModelledFleet;
  private readonly policies: Readonly<Record<string, NodeGroupPolicy>>;
  private readonly bounds: HealingBounds;
  private readonly agents: FleetAgents;
  private readonly alarms: FleetAlarms;
  private readonly account: Account;
  private readonly deliveries: Deliveries;
  private readonly storm: Storm;
  private readonly healings: Healings;
  private readonly sweeps: Sweeps;
  private readonly unsettled = new Set<string>();
  private readonly unwitnessed: Unwitnessed;
  private alarmsRaised = 0;
  private disruptions = 0;
  /** Whether nothing was left to do when the sweep that runs now began. */
  private quietBeforeSweep = false;
  private atRest = false;

  /** @throws CannotRunError when the environment can't have such a fleet */
  constructor(private readonly options: SimulationOptions) {
    const { assembly, environmentName, nodes, storm, seed, faults, python, modules, raised } = options;
    const { clock, background, agenda } = this;
    const random = new Random(seed);
    const draw = random.stream('unwitnessed');
    this.unwitnessed = options.unwitnessed ?? drawUnwitnessed((values) => Math.floor(draw.next() * values));
    this.policies = policiesOf(assembly);
    const declared = boundsOf(assembly);
    const growthGiB = Math.max(declared.growthGiB, DEFAULT_BOUNDS.growthGiBPerNode * nodes);
    this.bounds = { ...declared, growthGiB, ...options.bounds };
    const createdAt = new Date(START.getTime() - HISTORY * METRICS_EVERY_SECONDS * 1000);
    const fleet = (this.fleet = new ModelledFleet({ assembly, nodes, random, launchedAt: START, createdAt }));
    if (storm > nodes) throw new CannotRunError(`--storm must be at most --nodes, got ${storm} of ${nodes}`);
    this.alarms = new FleetAlarms(assembly, environmentName, START);
    this.sweeps = new Sweeps(environmentName, (found) => this.swept(found));
    const { crashPoints } = options;
    const steps = crashPoints && new CrashingSteps(crashPoints, () => account.automations.executions);
    const apiFaults = new ApiFaults(clock, random.stream('api'), faults);
    const account = (this.account = accountOf({
      ...{ assembly, instances: fleet.instances, clock, background, ...(modules && { modules }) },
      ...{ runPython: python.run, unwitnessed: this.unwitnessed },
      volumeTiming: { modifyingSeconds: MODIFYING_SECONDS },
      machines: new FleetMachines({
        ...{ clock, environmentName, faults, nodes: fleet.nodes, ...(crashPoints && { crashPoints }) },
        random: random.stream('commands'),
        onDisruption: (node) => this.disrupted(node),
      }),
      alarms: () => this.alarms.statuses,
      interference: crashPoints ? new CrashingCalls(assembly, crashPoints, apiFaults) : apiFaults,
      onEvent: (event) => {
        this.sweeps.hear(event);
        steps?.hear(event);
      },
    }));
    account.lambda.deployVariables((variables) => {
      const bounded = withBounds(this.bounds)(variables);
      return raised === undefined ? bounded : declaringSize(raised.nodeGroup, raised.sizeGiB)(bounded);
    });
    this.healings = new Healings(account.automations.executions, account.objects, account.messages);
    this.deliveries = new Deliveries({ agenda, random, faults, put: (event) => this.account.bus.put(event) });
    this.storm = new Storm({
      ...{ fleet, agenda, random, faults, size: storm, now: () => clock.now() },
      onFull: (node) => this.raise(node),
    });
    this.agents = new FleetAgents({
      ...{ assembly, environmentName, nodes: fleet.nodes.values(), store: account.metrics },
    });
  }

  /** Runs until every node of the storm is settled, nothing is left to do, and a sweep has found nothing more. */
  async run(): Promise<SimulationResult> {
    const {
      agenda,
      agents,
      account: { sources },
    } = this;
    for (let ago = HISTORY; ago >= 1; ago -= 1)
      agents.publish(new Date(START.getTime() - ago * METRICS_EVERY_SECONDS * 1000));
    this.storm.begin();
    for (const instanceId of this.storm.nodes) this.unsettled.add(instanceId);
    agenda.later(METRICS_EVERY_SECONDS - AGENT_SECONDS, () => {
      agents.publish(this.clock.now());
      agenda.every(METRICS_EVERY_SECONDS, (now) => agents.publish(now));
    });
    agenda.every(scheduleSeconds(this.options.assembly), (now) => this.sweep(now));
    agenda.every(PROGRESS_EVERY_SECONDS, (now) => this.progress(now));
    while (!this.atRest && this.elapsed < HORIZON_SECONDS) {
      this.background.check();
      if (sources.hasWork) await sources.deliver();
      else await this.clock.sleep(1);
    }
    agenda.close();
    const result = this.result();
    this.clock.stop();
    return result;
  }

  private get elapsed(): number {
    return secondsBetween(START, this.clock.now());
  }

  private get healQueue(): MessageQueue {
    const name = healQueueName(this.options.environmentName);
    const queue = this.account.queues.find(({ settings }) => settings.name === name);
    if (!queue) throw new Error(`the assembly has no queue ${name}`);
    return queue;
  }

  /** The schedule's time has come. */
  private sweep(now: Date): void {
    this.growthAlarms(now);
    // A fleet of thousands that grows has always some node at a level: once the storm is over, nothing more is written.
    const drained = this.drained;
    if (drained) this.fleet.stopGrowth(now);
    this.quietBeforeSweep = drained && this.quiet && this.hasSettled(now);
    this.account.bus.runSchedules();
  }

  /** A node that was escalated an hour ago is healed again; that is not unrest. */
  private swept(found: readonly string[]): void {
    this.atRest = this.quietBeforeSweep && found.every((instanceId) => this.notifiedBefore(instanceId));
  }

  private notifiedBefore(instanceId: string): boolean {
    const last = this.healings.of(instanceId).at(-1);
    if (last?.endedAt === undefined || this.healings.verdictOf(last) !== 'escalated') return false;
    return secondsBetween(last.endedAt, this.clock.now()) >= BACK_OFF_MS / 1000;
  }

  /** Nodes that only grew, minutes or hours after the storm, and those that fell silent or report again. */
  private growthAlarms(now: Date): void {
    if (this.elapsed <= STORM_SECONDS) return;
    for (const node of this.fleet.nodes.values()) {
      if (node.gone || node.agentDead) this.alarms.silent(node.instance, now);
      else this.raise(node);
    }
  }

  private raise({ instance, model }: FleetNode): void {
    const now = this.clock.now();
    for (const event of this.alarms.look(instance, model.figures(now).usedPercent, now)) {
      this.alarmsRaised += 1;
      this.deliveries.send(event);
    }
  }

  private disrupted(node: FleetNode): void {
    if (this.fleet.needs(node, (instanceId) => this.healings.inFlight(instanceId))) this.disruptions += 1;
  }

  /** Whether each node of the storm has been healed, given to a person, or is gone. */
  private get drained(): boolean {
    for (const instanceId of this.unsettled) {
      if (this.fleet.nodes.get(instanceId)?.gone || this.healings.settling(instanceId))
        this.unsettled.delete(instanceId);
    }
    return this.elapsed > STORM_SECONDS && this.unsettled.size === 0;
  }

  /** The sweep leaves a node alone that has just been healed: its silence about one is not rest. */
  private hasSettled(now: Date): boolean {
    return this.healings.all.every(
      ({ endedAt }) => endedAt !== undefined && secondsBetween(endedAt, now) * 1000 >= SETTLE_MS,
    );
  }

  /** No message waits anywhere, no execution runs, the storm has come. */
  private get quiet(): boolean {
    return (
      this.elapsed > STORM_SECONDS + LATE_SECONDS &&
      this.healQueue.messages.length === 0 &&
      this.healings.ended === this.healings.all.length
    );
  }

  private progress(now: Date): void {
    this.options.onProgress?.(
      `${Math.round(secondsBetween(START, now) / 60)} min: ${this.healings.all.length} started, ` +
        `${this.healings.ended} ended, ${this.healQueue.messages.length} messages wait`,
    );
  }

  private result(): SimulationResult {
    const { fleet, healings, sweeps } = this;
    const { nodes, storm, faults, seed, environmentName: environment } = this.options;
    const deployed = withRaised(this.policies, this.options.raised);
    const counts = tally({
      ...{ healings, start: START, nodes: fleet.nodes.values(), struck: this.storm.nodes },
      neglected: (node) => this.neglected(node),
    });
    return {
      ...{ nodes, alarms: this.alarmsRaised, ...counts.verdicts, lost: counts.lost },
      duplicateExecutions: duplicateExecutions(healings.all),
      quorumViolations: overlappingHealings(healings.all, fleet.controlPlane) + this.disruptions,
      capViolations: fleet.initial.reduce((sum, one) => sum + capViolations(one, this.policies), 0),
      boundViolations:
        growthBeyond(fleet.initial, healings.all, deployed, this.bounds) +
        healingsBeyond(healings.all, this.bounds) +
        changesAtRest(healings.all),
      repeatedEscalations: repeatedEscalations(healings.all),
      belowDeclaredSize: belowDeclaredSize(fleet.instances, deployed),
      drainSeconds: counts.drainSeconds,
      settledAfterSeconds: counts.settledAfterSeconds,
      executionSeconds: Math.round(
        healings.all.reduce(
          (sum, { startedAt, endedAt = this.clock.now() }) => sum + secondsBetween(startedAt, endedAt),
          0,
        ),
      ),
      lowerBoundSeconds: Math.round(lowerBoundSeconds(counts.durations, DEFAULT_AUTOMATION_LIMITS)),
      ...{ gone: counts.gone + counts.verdicts.gone, executions: healings.all.length },
      ...{ sweepFindings: { ...sweeps.found }, sweepsFailed: sweeps.failed },
      cameToRest: this.atRest,
      ...{ storm, faults, seed, environment, unwitnessed: this.unwitnessed },
    };
  }

  private neglected({ instance, model }: FleetNode): boolean {
    const { usedPercent } = model.figures(this.clock.now());
    const waits = this.healQueue.messages.some(({ body }) => body.includes(instance.instanceId));
    const small =
      this.options.raised !== undefined &&
      belowDeclaredSize([instance], withRaised(this.policies, this.options.raised)) > 0;
    return (small || usedPercent >= this.alarms.threshold(instance, 'warning')) && !waits;
  }
}
