import {
  type Account,
  type AccountEvent,
  accountOf,
  Agents,
  AlarmEvents,
  Alarms,
  type Assembly,
  Background,
  errorName,
  type EventSink,
  type Execution,
  executionFields,
  type FaultRule,
  fields,
  type Fields,
  firstInvocation,
  type GuestDiskFigures,
  type LambdaLogLine,
  list,
  type OpsItem,
  type PublishedMessage,
  sdkClients,
  type SdkClients,
  type StoredObject,
  text,
  type Variables,
} from '../../../packages/local-aws/src';
import { openEnvironment } from './environment-assembly';
import { DrilledFleet } from './drilled-fleet';
import { FleetMetrics } from './fleet-metrics';
import type { LocalCloudOptions } from './local-cloud-options';
import { PowerCuts } from './power-cuts';
import { preparation } from './preparation';
import { SizeDeploys } from './size-deploys';

/** What EBS says of a volume that it will enlarge later. */
const REFUSALS_FOR_NOW = ['VolumeModificationRateExceeded', 'IncorrectModificationState'];

/** The synthesized environment, brought to life around one real machine. */
export class LocalCloud {
  private readonly background = new Background();
  private readonly alarms: Alarms;
  private readonly account: Account;
  private readonly fleetMetrics: FleetMetrics;
  private readonly alarmEvents: AlarmEvents;
  private readonly powerCuts: PowerCuts;
  /** Deploys of another size for the drilled node's group. */
  readonly sizes: SizeDeploys;

  private constructor(
    private readonly options: LocalCloudOptions & { readonly onEvent: EventSink },
    private readonly assembly: Assembly,
    readonly fleet: DrilledFleet,
  ) {
    const { clock } = options;
    const { instances, drilled } = fleet;
    const machines = new Agents({
      clock,
      place: assembly.place,
      machine: options.node,
      backed: drilled,
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
      assembly,
      instances,
      clock,
      onEvent,
      machines,
      background: this.background,
      faults: options.faults ?? [],
      volumeTiming: options.volumeTiming,
      automationLimits: options.automationLimits,
      unwitnessed: options.unwitnessed,
      alarms: () => this.alarms.statuses,
      onExecutionEnd: (execution) => this.executionEnded(execution),
    });
    this.fleetMetrics = new FleetMetrics({
      assembly,
      instances,
      drilled,
      environmentName: options.environmentName,
      queues: this.account.queues,
      node: options.node,
      store: this.account.metrics,
      autoScalingGroups: this.account.autoScalingGroups,
    });
    this.alarmEvents = new AlarmEvents(
      options.alarmDelivery ?? {},
      (event) => this.account.bus.put(event),
      (event) => this.tell('event', `${event['detail-type']} is lost on its way`, { event }),
    );
    this.sizes = new SizeDeploys({
      assembly,
      clock,
      lambda: this.account.lambda,
      nodeGroup: drilled.nodeGroup,
      declaredSizeGiB: options.declaredSizeGiB ?? drilled.volume.sizeGiB,
      meanwhile: () => this.deliverQueue(),
    });
    this.alarms = new Alarms({
      assembly,
      clock,
      metrics: this.account.metrics,
      onEvent: options.onEvent,
      putEvent: (event) => this.alarmEvents.put(event),
      publish: this.account.messageSink,
    });
  }

  /** @throws when the assembly lacks the environment or a node of the role, or holds what can't be interpreted */
  static open(options: LocalCloudOptions): LocalCloud {
    const assembly = openEnvironment(options.assemblyDirectory, options.environmentName);
    const fleet = new DrilledFleet(assembly, options);
    const onEvent = options.onEvent ?? (() => undefined);
    return new LocalCloud({ ...options, onEvent }, assembly, fleet);
  }

  /** Functions run with these variables from now on, as if a deploy had written them. */
  deployVariables(change: (variables: Variables) => Variables): void {
    this.account.lambda.deployVariables(change);
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
    const { instanceId } = this.fleet.drilled;
    const summary = `${instanceId} ${figures ? `${figures.usedPercent} % used` : 'is silent'}`;
    this.options.onEvent({ at, kind: 'metric', summary, data: { instanceId, ...figures } });
  }

  /** A past of one datapoint a minute, all nodes as in {@link publishNodeMetrics}; nothing is evaluated. */
  async publishHistory(figures: GuestDiskFigures, minutes: number): Promise<void> {
    const now = this.options.clock.now().getTime();
    for (let ago = minutes; ago >= 1; ago -= 1)
      await this.publishNodeMetrics(figures, new Date(now - ago * 60_000));
  }

  /** State changes of every alarm since the last look go to the event bus and to the alarm's topics. */
  evaluateAlarms(): Promise<void> {
    this.alarms.evaluate();
    return Promise.resolve();
  }

  /** One late copy of every alarm event that has one; see {@link AlarmEvents}. */
  releaseLateEvents(): void {
    this.alarmEvents.releaseLate();
  }

  /** Steps whose power cut never came: they did not run, or ended before it. */
  missedPowerCuts(): readonly string[] {
    return this.powerCuts.missed;
  }

  /** Faults of AWS, after those that are left. */
  addFaults(faults: readonly FaultRule[]): void {
    this.account.aws.addFaults(faults);
  }

  /** Every schedule's time has come, once, e.g. that of the sweep. */
  runSchedules(): void {
    this.account.bus.runSchedules();
  }

  /** Hands the queues' visible messages to their functions. */
  deliverQueue(): Promise<void> {
    return this.account.sources.deliver();
  }

  /** Ends when no execution runs, no modification is `modifying`, and no queue has a message to deliver now. */
  async settled(): Promise<void> {
    do {
      await this.deliverQueue();
      await this.background.drained();
    } while (this.background.busy || this.account.sources.hasWork);
  }

  /** The drilled node's group ends it. */
  endDrilledNode(): void {
    this.tell('machine', 'its group ends the instance');
    this.background.add('the end of the instance', this.fleet.endDrilled());
  }

  /** EC2 finds out by its status check. */
  setVolumeStalled(stalled: boolean): void {
    const { volume } = this.fleet.drilled;
    if (stalled === (volume.stalledAt !== undefined)) return;
    this.tell('machine', stalled ? 'the volume completes no I/O' : 'the volume completes I/O again');
    volume.stalledAt = stalled ? this.options.clock.now() : undefined;
  }

  /** Whether EBS would refuse to enlarge the drilled node's volume now, for a while. */
  async growthIsRefused(): Promise<boolean> {
    const { volumeId, sizeGiB } = this.fleet.drilled.volume;
    const input = { VolumeId: volumeId, Size: sizeGiB + 1, DryRun: true };
    const asked = this.account.aws.look('ec2', 'ModifyVolume', input);
    const refusal: unknown = await asked.catch((error: unknown) => error);
    return REFUSALS_FOR_NOW.includes(errorName(refusal));
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

  /** Calls an operation as the drill itself (no role, no IAM), e.g. to start the document by hand as an operator. */
  call(service: string, operation: string, input: unknown): Promise<Fields> {
    return this.account.aws.call(service, operation, input);
  }

  /** Clients of a person's own: no role, no IAM. */
  clients(): SdkClients {
    return sdkClients(this.account.aws, this.options.clock, undefined);
  }

  /** PrepareNode on the drilled node, as the association that targets it has it. */
  async prepareDrilledNode(): Promise<void> {
    const { instanceId } = this.fleet.drilled;
    const look = (operation: string, input: Fields): Promise<Fields> =>
      this.account.aws.look('ssm', operation, input);
    const prepare = preparation(this.assembly, this.options.environmentName, this.fleet.drilled);
    const { Command } = await look('SendCommand', { ...prepare, InstanceIds: [instanceId] });
    await this.background.drained();
    const { CommandId } = fields(Command, 'Command');
    const prepared = firstInvocation(await look('ListCommandInvocations', { CommandId, Details: true }));
    if (prepared.Status !== 'Success') throw new Error(`PrepareNode failed: ${JSON.stringify(prepared)}`);
  }

  /** The value of a parameter, as a person sees it. */
  async parameter(Name: string): Promise<string> {
    const { Parameter } = await this.account.aws.look('ssm', 'GetParameter', { Name });
    return text(fields(Parameter, 'Parameter').Value, 'Value');
  }

  /** Documents whose commands ran on the drilled node, in their order. */
  async commandsOnDrilled(): Promise<readonly string[]> {
    const input = { InstanceId: this.fleet.drilled.instanceId };
    const { CommandInvocations } = await this.account.aws.look('ssm', 'ListCommandInvocations', input);
    return list(CommandInvocations, 'CommandInvocations').map((item) =>
      text(fields(item, 'CommandInvocations').DocumentName, 'DocumentName'),
    );
  }

  /** Waits for what still runs, and forgets its errors: they were reported by `settled`. */
  async dispose(): Promise<void> {
    await this.background.drained().catch((error: unknown) => this.tell('log', String(error)));
  }

  private executionEnded(execution: Execution): void {
    const { status, document } = execution;
    this.tell('execution', `${document.name} ${status}`, executionFields(execution));
  }

  private tell(kind: AccountEvent['kind'], summary: string, data: AccountEvent['data'] = {}): void {
    this.options.onEvent({ at: this.options.clock.now(), kind, summary, data });
  }
}
