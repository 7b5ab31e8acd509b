import type { NodeRole } from '../../domain/naming';
import type { GuestDiskFigures } from '../drill-node';
import { Agents } from './agents';
import { Alarm } from './alarm';
import { alarmDefinition } from './alarm-definition';
import type { CloudEvent } from './alarm-events';
import { Assembly } from './assembly';
import { executionEndedEvent } from './automation/ended-event';
import { executionFields } from './automation/records';
import { Background } from './background';
import { accountOf, type Account } from './account';
import { AlarmEvents } from './alarm-delivery';
import type { DrillEvent, EventSink, FaultRule } from './drill-event';
import { PowerCuts } from './power-cuts';
import { addPastModifications, type PastModification } from './volume-past';
import { EventBus } from './event-bus';
import { EventSources } from './event-source';
import { fields, type Fields } from './fields';
import { FleetMetrics } from './fleet-metrics';
import { modelFleet, type ModelledInstance } from './fleet';
import type { LambdaLogLine } from './lambda-runtime';
import type { Principal } from './local-aws';
import type { MessageQueue } from './message-queue';
import type { Execution } from './automation/execution';
import type { LocalCloudOptions } from './local-cloud-options';
import { openQueues } from './queues';
import { BYTES_PER_GIB } from './services/ec2-state';
import type { OpsItem } from './services/ssm-ops-items';
import { SizeDeploys } from './size-deploys';
import type { PublishedMessage } from './services/sns';
import type { StoredObject } from './services/s3';

export type { LocalCloudOptions } from './local-cloud-options';

/** Nodes are past the time that a new one gets to settle. */
const UPTIME_MS = 3_600_000;
/** No scenario declares more. */
const MOST_DECLARED_GIB = 64;

/** The synthesized environment, brought to life around one real machine. */
export class LocalCloud {
  private readonly background = new Background();
  private readonly alarms: readonly Alarm[];
  private readonly bus: EventBus;
  private readonly sources: EventSources;
  private readonly account: Account;
  private readonly fleetMetrics: FleetMetrics;
  private readonly alarmEvents: AlarmEvents;
  private readonly powerCuts: PowerCuts;
  /** Deploys of another size for the drilled node's group. */
  readonly sizes: SizeDeploys;

  private constructor(
    private readonly options: LocalCloudOptions & { readonly onEvent: EventSink },
    private readonly assembly: Assembly,
    private readonly instances: readonly ModelledInstance[],
    private readonly drilled: ModelledInstance,
    private readonly queues: readonly MessageQueue[],
  ) {
    const { clock } = options;
    const machines = new Agents({
      ...{ clock, place: assembly.place, node: options.node, drilled },
      onCommandBegins: (running) => this.powerCuts.commandBegins(running),
    });
    this.powerCuts = new PowerCuts(options.powerCuts ?? [], clock, (during) => {
      this.tell('machine', `the power fails during ${during}`);
      const back = machines.losePower().then(() => this.tell('machine', 'the machine is up again'));
      this.background.add(`power cut during ${during}`, back);
    });
    const onEvent: EventSink = (event) => {
      options.onEvent(event);
      this.powerCuts.watch(event);
    };
    this.account = accountOf({
      ...{ assembly, instances, queues, clock, onEvent, machines },
      ...{ background: this.background, faults: options.faults ?? [] },
      ...{ volumeTiming: options.volumeTiming, automationLimits: options.automationLimits },
      alarms: () => this.alarms,
      onExecutionEnd: (execution) => this.executionEnded(execution),
    });
    this.fleetMetrics = new FleetMetrics({
      ...{ assembly, instances, drilled, queues, environmentName: options.environmentName },
      ...{ node: options.node, store: this.account.metrics },
      autoScalingGroups: this.account.autoScalingGroups,
    });
    this.bus = new EventBus({
      ...{ assembly, clock, queues, onEvent },
      invokeFunction: (arn, payload) =>
        this.background.add(`invocation of ${arn}`, this.account.lambda.invokeAsynchronously(arn, payload)),
    });
    this.alarmEvents = new AlarmEvents(
      options.alarmDelivery ?? {},
      (event) => this.bus.put(event),
      (event) => this.tell('event', `${event['detail-type']} is lost on its way`, { event }),
    );
    this.sources = new EventSources({
      ...{ assembly, clock, queues, lambda: this.account.lambda },
      authorize: (principal: Principal, request) => this.account.iam.authorize(principal.roleArn, request),
    });
    this.sizes = new SizeDeploys({
      ...{ assembly, clock, lambda: this.account.lambda, nodeGroup: drilled.nodeGroup },
      declaredSizeGiB: options.declaredSizeGiB ?? drilled.volume.sizeGiB,
      meanwhile: () => this.deliverQueue(),
    });
    this.alarms = assembly
      .ofType('AWS::CloudWatch::Alarm')
      .map((resource) => new Alarm(alarmDefinition(resource), assembly.place, clock.now()));
  }

  /** @throws when the assembly lacks the environment or a node of the role, or holds what can't be interpreted */
  static open(options: LocalCloudOptions): LocalCloud {
    const { assemblyDirectory, environmentName, role, clock, node } = options;
    const assembly = Assembly.open(assemblyDirectory, environmentName);
    const launchedAt = new Date(clock.now().getTime() - UPTIME_MS);
    const instances = modelFleet(assembly, launchedAt, role === 'worker');
    const drilled = instances.find((instance) => instance.role === role);
    if (!drilled) throw new Error(`environment ${environmentName} has no ${role} node`);
    // EC2 counts whole GiB; the machine's disk is what it is.
    drilled.volume.sizeGiB = Math.ceil(node.diskBytes() / BYTES_PER_GIB);
    // The other nodes have no machine that could grow: they have whatever is declared.
    for (const { volume } of instances.filter((each) => each !== drilled))
      volume.sizeGiB = Math.max(volume.sizeGiB, MOST_DECLARED_GIB);
    const onEvent = options.onEvent ?? (() => undefined);
    return new LocalCloud({ ...options, onEvent }, assembly, instances, drilled, openQueues(assembly));
  }

  get instanceId(): string {
    return this.drilled.instanceId;
  }

  get volumeId(): string {
    return this.drilled.volume.volumeId;
  }

  /** Control plane or the worker group of the drilled node. */
  get nodeGroup(): string {
    return this.drilled.nodeGroup;
  }

  /**
   * What the CloudWatch agents of all nodes send at `at`: the drilled node these figures, the other ones healthy ones,
   * an impaired one nothing.
   * @param figures undefined: the drilled node is silent
   * @param at @default - now; earlier, to give an alarm the datapoints that it has waited for
   */
  async publishNodeMetrics(
    figures: GuestDiskFigures | undefined,
    at: Date = this.options.clock.now(),
  ): Promise<void> {
    await this.fleetMetrics.publish(figures, at);
    const summary = `${this.instanceId} ${figures ? `${figures.usedPercent} % used` : 'is silent'}`;
    this.options.onEvent({ at, kind: 'metric', summary, data: { instanceId: this.instanceId, ...figures } });
  }

  /** A past of one datapoint a minute, all nodes as in {@link publishNodeMetrics}; nothing is evaluated. */
  async publishHistory(figures: GuestDiskFigures, minutes: number): Promise<void> {
    const now = this.options.clock.now().getTime();
    for (let ago = minutes; ago >= 1; ago -= 1)
      await this.publishNodeMetrics(figures, new Date(now - ago * 60_000));
  }

  /** State changes of every alarm since the last look go to the event bus and to the alarm's topics. */
  evaluateAlarms(): Promise<void> {
    const now = this.options.clock.now();
    for (const alarm of this.alarms) {
      for (const event of alarm.evaluate(this.account.metrics, now)) {
        const { value } = fields(event.detail.state, 'state');
        const summary = `${alarm.definition.name} ${String(value)}`;
        this.options.onEvent({ at: now, kind: 'alarm', summary, data: { event } });
        this.notify(alarm, event, value);
        this.alarmEvents.put(event);
      }
    }
    return Promise.resolve();
  }

  private notify(alarm: Alarm, event: CloudEvent, value: unknown): void {
    if (event['detail-type'] !== 'CloudWatch Alarm State Change') return;
    const actions = alarm.definition.actions[value as 'ALARM' | 'OK' | 'INSUFFICIENT_DATA'];
    for (const topicArn of actions.filter((arn) => arn.includes(':sns:'))) {
      const subject = `${String(value)}: "${alarm.definition.name}"`;
      this.account.messageSink({
        at: this.options.clock.now(),
        topicArn,
        subject,
        message: JSON.stringify(event.detail),
      });
    }
  }

  private executionEnded(execution: Execution): void {
    const { clock, onEvent } = this.options;
    const { status, document } = execution;
    onEvent({
      at: clock.now(),
      kind: 'execution',
      summary: `${document.name} ${status}`,
      data: executionFields(execution),
    });
    this.bus.put(executionEndedEvent(execution, this.assembly.place, clock.now()));
  }

  /** One late copy of every alarm event that has one; see {@link AlarmEvents}. */
  releaseLateEvents(): void {
    this.alarmEvents.releaseLate();
  }

  /** Steps whose power cut never came: they did not run, or ended before it. */
  missedPowerCuts(): readonly string[] {
    return this.powerCuts.missed;
  }

  /** What EBS knows of the drilled node's volume before anything happens; its size is that of the machine's disk. */
  setVolumePast(modifications: readonly PastModification[]): void {
    const { volume } = this.drilled;
    volume.sizeGiB = Math.ceil(this.options.node.diskBytes() / BYTES_PER_GIB);
    addPastModifications(volume, modifications, this.options.clock.now());
  }

  /** Faults of AWS, after those that are left. */
  addFaults(faults: readonly FaultRule[]): void {
    this.account.aws.addFaults(faults);
  }

  private tell(kind: DrillEvent['kind'], summary: string, data: DrillEvent['data'] = {}): void {
    this.options.onEvent({ at: this.options.clock.now(), kind, summary, data });
  }

  /** Puts any event on the default bus, e.g. a duplicate or an unreadable one. */
  putEvent(event: CloudEvent): void {
    this.bus.put(event);
  }

  /** Every schedule's time has come, once, e.g. that of the sweep. */
  runSchedules(): void {
    this.bus.runSchedules();
  }

  /** Lets another node than the drilled one fail: status checks, agents, metrics. @returns its id */
  impairOther(role: NodeRole): string {
    const other = this.instances.find((each) => each.role === role && each !== this.drilled);
    if (!other) throw new Error(`environment ${this.options.environmentName} has no other ${role} node`);
    other.impaired = true;
    return other.instanceId;
  }

  /** Hands the queues' visible messages to their functions. */
  deliverQueue(): Promise<void> {
    return this.sources.deliver();
  }

  /** Ends when no execution runs, no modification is `modifying`, and no queue has a message to deliver now. */
  async settled(): Promise<void> {
    do {
      await this.deliverQueue();
      await this.background.drained();
    } while (this.background.busy || this.sources.hasWork);
  }

  /** As GetAutomationExecution answers, oldest first. */
  executions(): readonly Fields[] {
    return this.account.automations.executions.map(executionFields);
  }

  /** `service:Operation` → calls of functions and executions. */
  apiCalls(): Readonly<Record<string, number>> {
    return this.account.aws.apiCalls;
  }

  messages(): readonly PublishedMessage[] {
    return this.account.messages;
  }

  opsItems(): readonly OpsItem[] {
    return this.account.opsItems;
  }

  objects(): readonly StoredObject[] {
    return [...this.account.objects.values()];
  }

  lambdaLogs(): readonly LambdaLogLine[] {
    return this.account.lambda.logs;
  }

  /** Bodies of the messages that wait in a queue, e.g. the dead-letter queue. */
  queued(queueName: string): readonly string[] {
    const queue = this.queues.find(({ settings }) => settings.name === queueName);
    if (!queue)
      throw new Error(
        `there is no queue ${queueName}; there are ${this.queues.map(({ settings }) => settings.name).join(', ')}`,
      );
    return queue.messages.map(({ body }) => body);
  }

  /** States of all alarms by name. */
  alarmStates(): Readonly<Record<string, string>> {
    return Object.fromEntries(this.alarms.map(({ definition, state }) => [definition.name, state]));
  }

  /** Calls an operation as the drill itself (no role, no IAM), e.g. to start the document by hand as an operator. */
  call(service: string, operation: string, input: unknown): Promise<Fields> {
    return this.account.aws.call(service, operation, input);
  }

  /** Waits for what still runs, and forgets its errors: they were reported by `settled`. */
  async dispose(): Promise<void> {
    await this.background.drained().catch((error: unknown) => {
      this.options.onEvent({ at: this.options.clock.now(), kind: 'log', summary: String(error), data: {} });
    });
  }
}
