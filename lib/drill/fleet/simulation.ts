import { healQueueName, type NodeRole } from '../../domain/naming';
import { readNodeGroupPolicies } from '../../domain/node-group-policies';
import type { NodeGroupPolicy } from '../../domain/disk-policy';
import type { Verdict } from '../../domain/verdict';
import { CannotRunError } from '../cannot-run';
import { accountOf, type Account } from '../cloud/account';
import type { CloudEvent } from '../cloud/alarm-events';
import { Assembly } from '../cloud/assembly';
import type { Execution } from '../cloud/automation/execution';
import { executionEndedEvent } from '../cloud/automation/ended-event';
import { Background } from '../cloud/background';
import { secondsBetween } from '../cloud/clock';
import { EventBus } from '../cloud/event-bus';
import { EventSources } from '../cloud/event-source';
import { fields, isFields, parseJson, type Fields } from '../cloud/fields';
import type { FunctionModules } from '../cloud/lambda-module';
import { largeFleet, type ModelledInstance } from '../cloud/fleet';
import type { MessageQueue } from '../cloud/message-queue';
import { agentConfiguration, agentData } from '../cloud/node-metrics';
import { openQueues } from '../cloud/queues';
import { DEFAULT_AUTOMATION_LIMITS } from '../cloud/services/ssm-automation';
import { ApiFaults } from './faults';
import { FleetAlarms } from './fleet-alarms';
import { FleetMachines, type FleetNode } from './fleet-machines';
import { capViolations, duplicateExecutions, instanceOf, overlappingHealings } from './invariants';
import { lowerBoundSeconds } from './lower-bound';
import { NodeModel } from './node-model';
import type { PythonWorker } from './python-worker';
import { Random } from './random';
import type { SimulationResult } from './result';
import { SweepModel, type Sweep } from './sweep';
import { VirtualClock } from './virtual-clock';

export interface SimulationOptions {
  /** What `cdk synth` wrote. */
  readonly assemblyDirectory: string;
  readonly environmentName: string;
  /** Control plane and workers together. */
  readonly nodes: number;
  /** How many of them fill up within the same minute. */
  readonly storm: number;
  /** Share of events, calls, commands and nodes that something befalls. 0 to 1. */
  readonly faults: number;
  readonly seed: number;
  readonly python: PythonWorker;
  readonly onProgress?: (line: string) => void;
  /** For many runs in one process. @default - none are shared */
  readonly modules?: FunctionModules;
}

/** Any instant will do; a fixed one makes every run of a seed the same. */
const START = new Date('2026-11-20T04:00:00Z');
const STORM_SECONDS = 60;
const METRICS_EVERY_SECONDS = 300;
/** Datapoints before the storm, so that growth can be forecast. */
const HISTORY = 4;
const PROGRESS_EVERY_SECONDS = 600;
/** What has not come to rest by then is judged as it stands. */
const HORIZON_SECONDS = 24 * 3600;
/** A late event comes up to this many seconds after its time, past SQS's five minutes of deduplication. */
const LATE_SECONDS = 600;
/** Until `optimizing`. */
const MODIFYING_SECONDS = 8;

/** One run of the healing over a modelled fleet, in virtual time. Deterministic: the same options, the same result. */
export class Simulation {
  private readonly clock = new VirtualClock(START);
  private readonly background = new Background();
  private readonly random: Random;
  private readonly assembly: Assembly;
  /** EC2's own list: a node that vanishes is taken out of it. */
  private readonly instances: ModelledInstance[];
  private readonly nodes = new Map<string, FleetNode>();
  private readonly controlPlane: ReadonlySet<string>;
  private readonly policies: Readonly<Record<string, NodeGroupPolicy>>;
  private readonly queues: readonly MessageQueue[];
  private readonly account: Account;
  private readonly alarms: FleetAlarms;
  private readonly sources: EventSources;
  private readonly bus: EventBus;
  private readonly sweep: Sweep;
  private readonly agents: Readonly<Record<NodeRole, Fields>>;
  private readonly executionsOf = new Map<string, Execution[]>();
  private readonly verdicts = new Map<string, Verdict>();
  private readonly stormed = new Set<string>();
  private readonly unsettled = new Set<string>();
  private readonly born: readonly ModelledInstance[];
  private known = 0;
  private reportsRead = 0;
  private over = false;
  private events = 0;
  private alarmsRaised = 0;
  private disruptions = 0;
  private sweepsFound = 0;

  /** @throws CannotRunError when the environment can't have such a fleet */
  constructor(private readonly options: SimulationOptions) {
    const { assemblyDirectory, environmentName, seed, faults } = options;
    this.random = new Random(seed);
    this.assembly = Assembly.open(assemblyDirectory, environmentName);
    this.policies = policiesOf(this.assembly);
    this.instances = [...this.fleet()];
    this.born = [...this.instances];
    this.controlPlane = new Set(
      this.born.filter(({ role }) => role === 'control-plane').map(({ instanceId }) => instanceId),
    );
    for (const instance of this.instances) this.nodes.set(instance.instanceId, this.node(instance));
    this.queues = openQueues(this.assembly);
    this.alarms = new FleetAlarms(this.assembly, environmentName);
    const [clock, onEvent] = [this.clock, () => undefined];
    this.account = accountOf({
      ...{ assembly: this.assembly, instances: this.instances, queues: this.queues, clock, onEvent },
      ...{ background: this.background, faults: [], automationLimits: undefined },
      volumeTiming: { modifyingSeconds: MODIFYING_SECONDS },
      machines: new FleetMachines({
        ...{ clock, environmentName, faults, nodes: this.nodes },
        random: this.random.stream('commands'),
        onDisruption: (node) => this.disrupted(node),
      }),
      // The simulated sweep looks at the nodes themselves; nobody asks for alarms.
      alarms: () => [],
      interference: new ApiFaults(clock, this.random.stream('api'), faults),
      runPython: options.python.run,
      ...(options.modules && { modules: options.modules }),
      onExecutionEnd: (execution) => this.ended(execution),
    });
    this.bus = new EventBus({
      ...{ assembly: this.assembly, clock, queues: this.queues, onEvent },
      invokeFunction: (arn, payload) =>
        this.background.add(`invocation of ${arn}`, this.account.lambda.invokeAsynchronously(arn, payload)),
    });
    this.sources = new EventSources({
      ...{ assembly: this.assembly, clock, queues: this.queues, lambda: this.account.lambda },
      authorize: (principal, request) => this.account.iam.authorize(principal.roleArn, request),
    });
    this.sweep = new SweepModel({
      nodes: this.nodes,
      alarms: this.alarms,
      queue: this.healQueue,
      inFlight: (instanceId) => this.inFlight(instanceId),
      unreported: (instanceId) => this.unreported(instanceId),
      escalatedAt: (instanceId) => this.escalatedAt(instanceId),
    });
    const agent = (role: NodeRole) => agentConfiguration(this.assembly, environmentName, role);
    this.agents = { 'control-plane': agent('control-plane'), worker: agent('worker') };
  }

  /** Runs until every node of the storm is settled, nothing is left to do, and a sweep has found nothing more. */
  async run(): Promise<SimulationResult> {
    for (let ago = HISTORY; ago >= 1; ago -= 1)
      this.publishMetrics(new Date(START.getTime() - ago * METRICS_EVERY_SECONDS * 1000));
    this.scheduleStorm();
    this.every(METRICS_EVERY_SECONDS, () => this.publishMetrics(this.clock.now()));
    let atRest = false;
    this.every(this.sweep.everySeconds, (now) => {
      this.growthAlarms(now);
      // A fleet of thousands that grows has always some node at a level: once the storm is over, nothing more is written.
      if (this.drained) for (const { model } of this.nodes.values()) model.stopGrowth(now);
      const quiet = this.drained && this.quiet;
      const found = this.sweep.run(now);
      this.sweepsFound += found.length;
      // A node of which a person was told is asked about again every hour; that is no unrest.
      atRest = quiet && found.every((instanceId) => this.escalatedAt(instanceId) !== undefined);
    });
    this.every(PROGRESS_EVERY_SECONDS, (now) => this.progress(now));
    while (!atRest && this.elapsed < HORIZON_SECONDS) {
      if (this.sources.hasWork) await this.sources.deliver();
      else await this.clock.sleep(1);
    }
    this.over = true;
    return this.result();
  }

  private get elapsed(): number {
    return secondsBetween(START, this.clock.now());
  }

  private get healQueue(): MessageQueue {
    const name = healQueueName(this.options.environmentName);
    const queue = this.queues.find(({ settings }) => settings.name === name);
    if (!queue) throw new Error(`the assembly has no queue ${name}`);
    return queue;
  }

  private fleet(): readonly ModelledInstance[] {
    try {
      const fleet = largeFleet(this.assembly, START, this.options.nodes);
      if (this.options.storm <= fleet.length) return fleet;
    } catch (error) {
      if (error instanceof RangeError) throw new CannotRunError(error.message);
      throw error;
    }
    throw new CannotRunError(
      `--storm must be at most --nodes, got ${this.options.storm} of ${this.options.nodes}`,
    );
  }

  private node(instance: ModelledInstance): FleetNode {
    const random = this.random.stream(`node/${instance.instanceId}`);
    const model = new NodeModel({
      role: instance.role,
      // As the AMIs name their root device: Ubuntu is ext4, Amazon Linux xfs.
      fsType: instance.rootDeviceName === '/dev/xvda' ? 'xfs' : 'ext4',
      diskGiB: instance.volume.sizeGiB,
      usedPercent: random.between(20, 60),
      reclaimablePercent: random.between(0, 30),
      growthPercentPerHour: random.between(0, 1),
      bornAt: new Date(START.getTime() - HISTORY * METRICS_EVERY_SECONDS * 1000),
    });
    return { instance, model, agentDead: false, gone: false, rebooting: false };
  }

  /** What the CloudWatch agents send that alarms, forecast and sweep read: the use of the root filesystem. */
  private publishMetrics(at: Date): void {
    for (const { instance, model, gone, agentDead } of this.nodes.values()) {
      if (gone || agentDead) continue;
      const mount = { path: '/', fsType: model.fsType, device: instance.rootDeviceName };
      for (const datum of agentData(this.agents[instance.role], instance, model.figures(at), mount, at)) {
        if (datum.name === 'disk_used_percent' && datum.dimensions.InstanceId !== undefined)
          this.account.metrics.put(datum);
      }
    }
  }

  private scheduleStorm(): void {
    const { storm, faults } = this.options;
    for (const { instanceId } of this.random.stream('storm').shuffled(this.born).slice(0, storm)) {
      const node = this.nodes.get(instanceId);
      if (!node) continue;
      const random = this.random.stream(`storm/${instanceId}`);
      const [at, percent] = [random.between(0, STORM_SECONDS), random.between(80, 100.5)];
      const agentDies = random.chance(faults / 2);
      const vanishes = node.instance.role === 'worker' && random.chance(faults / 2);
      const vanishesAfter = random.between(0, storm + STORM_SECONDS);
      this.stormed.add(instanceId);
      this.unsettled.add(instanceId);
      this.later(at, () => {
        node.agentDead = agentDies;
        node.model.fillTo(Math.min(100, percent), this.clock.now());
        this.raise(node);
      });
      if (vanishes) this.later(vanishesAfter, () => this.vanish(node));
    }
  }

  /** Nodes that only grew, minutes or hours after the storm. */
  private growthAlarms(now: Date): void {
    if (secondsBetween(START, now) > STORM_SECONDS)
      for (const node of this.nodes.values()) if (!node.gone && !node.agentDead) this.raise(node);
  }

  private raise({ instance, model }: FleetNode): void {
    const now = this.clock.now();
    for (const event of this.alarms.look(instance, model.figures(now).usedPercent, now)) {
      this.alarmsRaised += 1;
      this.put(event);
    }
  }

  /** To the bus as EventBridge does it: at least once as a rule, sometimes late, twice, or not at all. */
  private put(event: CloudEvent): void {
    const { faults } = this.options;
    this.events += 1;
    const random = this.random.stream(`event/${this.events}`);
    if (random.chance(faults)) return;
    const late = random.chance(faults) ? random.between(1, LATE_SECONDS) : 0;
    this.later(late, () => this.bus.put(event));
    if (random.chance(faults)) this.later(random.between(0, LATE_SECONDS), () => this.bus.put(event));
  }

  private vanish(node: FleetNode): void {
    node.gone = true;
    this.instances.splice(this.instances.indexOf(node.instance), 1);
  }

  private ended(execution: Execution): void {
    this.bus.put(executionEndedEvent(execution, this.assembly.place, this.clock.now()));
  }

  /** A reboot of a control-plane node while another one is not well. */
  private disrupted(node: FleetNode): void {
    if (node.instance.role !== 'control-plane') return;
    const others = [...this.controlPlane].filter((id) => id !== node.instance.instanceId);
    const unwell = others.some((id) => {
      const other = this.nodes.get(id);
      return !other || other.rebooting || other.gone || !other.model.kubeletHealthy || this.inFlight(id);
    });
    if (unwell) this.disruptions += 1;
  }

  private later(seconds: number, act: () => void): void {
    const work = this.clock.sleep(seconds).then(() => {
      if (!this.over) act();
    });
    this.background.add('the fleet', work);
  }

  private every(seconds: number, act: (now: Date) => void): void {
    void (async () => {
      for (;;) {
        await this.clock.sleep(seconds);
        if (this.over) return;
        act(this.clock.now());
      }
    })();
  }

  private get executions(): readonly Execution[] {
    return this.account.automations.executions;
  }

  /** The node's executions, oldest first. */
  private of(instanceId: string): readonly Execution[] {
    for (; this.known < this.executions.length; this.known += 1) {
      const execution = this.executions[this.known];
      if (!execution) break;
      const own = this.executionsOf.get(instanceOf(execution)) ?? [];
      own.push(execution);
      this.executionsOf.set(instanceOf(execution), own);
    }
    return this.executionsOf.get(instanceId) ?? [];
  }

  private inFlight(instanceId: string): boolean {
    return this.of(instanceId).some(({ ended }) => !ended);
  }

  /** What the evidence bucket says of the execution; undefined: nothing (yet). */
  private verdictOf({ id }: Execution): Verdict | undefined {
    const known = this.verdicts.get(id);
    if (known) return known;
    this.readReports();
    return this.verdicts.get(id);
  }

  private readReports(): void {
    if (this.account.objects.size === this.reportsRead) return;
    for (const { key, body } of [...this.account.objects.values()].slice(this.reportsRead)) {
      const id = /^reports\/[^/]+\/([^/]+)\.json$/.exec(key)?.[1];
      if (id !== undefined) this.verdicts.set(id, fields(parseJson(body, key), key).verdict as Verdict);
      this.reportsRead += 1;
    }
  }

  private unreported(instanceId: string): boolean {
    const last = this.of(instanceId).at(-1);
    return last?.ended === true && this.verdictOf(last) === undefined;
  }

  private escalatedAt(instanceId: string): Date | undefined {
    const last = this.of(instanceId).at(-1);
    return last && this.verdictOf(last) === 'escalated' ? last.endedAt : undefined;
  }

  /** The first execution of which the node's report tells the outcome. */
  private settling(instanceId: string): Execution | undefined {
    return this.of(instanceId).find((execution) => execution.ended && this.verdictOf(execution));
  }

  private get drained(): boolean {
    for (const instanceId of this.unsettled) {
      if (this.nodes.get(instanceId)?.gone || this.settling(instanceId)) this.unsettled.delete(instanceId);
    }
    return this.elapsed > STORM_SECONDS && this.unsettled.size === 0;
  }

  /** No message waits anywhere, no execution runs, the storm has come. */
  private get quiet(): boolean {
    return (
      this.elapsed > STORM_SECONDS + LATE_SECONDS &&
      this.healQueue.messages.length === 0 &&
      this.executions.every(({ ended }) => ended)
    );
  }

  private progress(now: Date): void {
    const done = this.executions.filter(({ ended }) => ended).length;
    this.options.onProgress?.(
      `${Math.round(secondsBetween(START, now) / 60)} min: ${this.executions.length} started, ${done} ended, ` +
        `${this.healQueue.messages.length} messages wait`,
    );
  }

  private result(): SimulationResult {
    const verdicts = { healed: 0, relieved: 0, escalated: 0 };
    const durations: number[] = [];
    let [lost, gone, drainSeconds] = [0, 0, 0];
    for (const [instanceId, node] of this.nodes) {
      const last = this.of(instanceId).at(-1);
      const verdict = last && this.verdictOf(last);
      const settling = this.stormed.has(instanceId) ? this.settling(instanceId) : undefined;
      if (settling?.endedAt) {
        durations.push(secondsBetween(settling.startedAt, settling.endedAt));
        drainSeconds = Math.max(drainSeconds, secondsBetween(START, settling.endedAt));
      }
      if (verdict) verdicts[verdict] += 1;
      else if (node.gone && this.stormed.has(instanceId)) gone += 1;
      if (this.isLost(node, last, verdict)) lost += 1;
    }
    const { nodes, storm, faults, seed } = this.options;
    return {
      ...{ nodes, alarms: this.alarmsRaised, ...verdicts, lost },
      duplicateExecutions: duplicateExecutions(this.executions),
      quorumViolations: overlappingHealings(this.executions, this.controlPlane) + this.disruptions,
      capViolations: this.born.reduce((sum, one) => sum + capViolations(one, this.policies), 0),
      drainSeconds: Math.round(drainSeconds),
      lowerBoundSeconds: Math.round(lowerBoundSeconds(durations, DEFAULT_AUTOMATION_LIMITS)),
      ...{ gone, executions: this.executions.length, sweepFindings: this.sweepsFound },
      ...{ storm, faults, seed, environment: this.options.environmentName },
    };
  }

  /** Over the level, and nobody will come: no healing under way, no message waiting, no person told. */
  private isLost({ instance, model, gone }: FleetNode, last?: Execution, verdict?: Verdict): boolean {
    if (gone) return false;
    const over = model.figures(this.clock.now()).usedPercent >= this.alarms.threshold(instance, 'warning');
    if (!over) return false;
    const pending =
      (last !== undefined && !last.ended) ||
      this.healQueue.messages.some(({ body }) => body.includes(instance.instanceId));
    return !pending && verdict !== 'escalated';
  }
}

/** As the plan function is told them. */
function policiesOf(assembly: Assembly): Readonly<Record<string, NodeGroupPolicy>> {
  for (const { properties } of assembly.ofType('AWS::Lambda::Function')) {
    const variables = isFields(properties.Environment) ? properties.Environment.Variables : undefined;
    const policies = isFields(variables) ? variables.HEADROOM_NODE_GROUP_POLICIES : undefined;
    if (typeof policies === 'string') return readNodeGroupPolicies(policies);
  }
  throw new Error('no function of the assembly is told the policies of the node groups');
}
