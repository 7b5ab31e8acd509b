import type { AlarmStatus } from './alarms/alarm';
import type { Assembly } from './template/assembly';
import { readAutomation } from './automation/document';
import type { Execution } from './automation/execution';
import type { AutomationWorld, LambdaAnswer } from './automation/types';
import { Background } from './time/background';
import { outsideTime, type Clock } from './time/clock';
import { readDocument } from './automation/documents';
import type { EventSink, FaultRule } from './account-event';
import type { ModelledInstance } from './fleet/instances';
import { Iam } from './iam/iam';
import type { FunctionModules } from './lambda/lambda-module';
import { LambdaRuntime } from './lambda/lambda-runtime';
import { LocalAws, type Interference } from './api/local-aws';
import type { Machines } from './fleet/machines';
import type { MessageQueue } from './queues/message-queue';
import { openQueues } from './queues/queues';
import { EventBus } from './events/event-bus';
import { EventSources } from './lambda/event-source';
import { executionEndedEvent } from './automation/ended-event';
import { MetricStore } from './metrics/metric-store';
import { refOf } from './template/physical-ids';
import { runPython } from './automation/python-runner';
import { sdkClients, withRetries } from './api/sdk-clients';
import {
  autoScalingService,
  modelAutoScalingGroups,
  type ModelledAutoScalingGroup,
} from './services/autoscaling';
import { terminationOperations } from './services/autoscaling-terminations';
import { cloudwatchService } from './services/cloudwatch';
import { alarmOperations } from './services/cloudwatch-alarms';
import { ec2Service } from './services/ec2';
import { DEFAULT_VOLUME_TIMING, type VolumeTiming } from './services/ec2-state';
import { s3Service, type StoredObject } from './services/s3';
import { eventsService } from './services/events';
import { snsService, type PublishedMessage } from './services/sns';
import { sqsService } from './services/sqs';
import { Automations, DEFAULT_AUTOMATION_LIMITS, type AutomationLimits } from './services/ssm-automation';
import { commandOperations } from './services/ssm-commands';
import { managedInstanceOperations } from './services/ssm-instances';
import { opsItemOperations, type OpsItem } from './services/ssm-ops-items';
import { parameterOperations } from './services/ssm-parameters';
import { unwitnessed, type Unwitnessed } from './unwitnessed';

export interface AccountOptions {
  readonly assembly: Assembly;
  readonly instances: readonly ModelledInstance[];
  readonly machines: Machines;
  readonly clock: Clock;
  /** Work that goes on after a call has been answered. @default - the account's own */
  readonly background?: Background;
  /** @default - no one listens */
  readonly onEvent?: EventSink;
  /** @default - none */
  readonly faults?: readonly FaultRule[];
  /** An Auto Scaling group is one instance short. @default - it stays so */
  launch?(like: ModelledInstance): void;
  readonly volumeTiming?: Partial<VolumeTiming> | undefined;
  readonly automationLimits?: Partial<AutomationLimits> | undefined;
  /** @default - the first of each */
  readonly unwitnessed?: Partial<Unwitnessed> | undefined;
  /** What else may happen to a call. @default - nothing */
  readonly interference?: Interference;
  /** Function modules that are shared between runs. @default - none are */
  readonly modules?: FunctionModules;
  /** Where executeScript steps run. @default - a python3 of this machine for each of them */
  readonly runPython?: AutomationWorld['runPython'];
  /** What DescribeAlarms shows. @default - no alarm */
  readonly alarms?: () => readonly AlarmStatus[];
  onExecutionEnd?(execution: Execution): void;
  /** What a rule does with a function. @default - invokes it, and again where it fails */
  invokeFunction?(functionArn: string, payload: string): void;
}

/** The services of one account, wired to each other. */
export interface Account {
  readonly background: Background;
  readonly queues: readonly MessageQueue[];
  /** The default bus. */
  readonly bus: EventBus;
  /** From the queues to the functions. */
  readonly sources: EventSources;
  readonly aws: LocalAws;
  readonly iam: Iam;
  readonly lambda: LambdaRuntime;
  readonly automations: Automations;
  readonly metrics: MetricStore;
  readonly autoScalingGroups: readonly ModelledAutoScalingGroup[];
  readonly messages: readonly PublishedMessage[];
  readonly opsItems: readonly OpsItem[];
  readonly objects: ReadonlyMap<string, StoredObject>;
  readonly messageSink: (message: PublishedMessage) => void;
}

/** Those whose value the template says itself. */
const deployedParameters = (assembly: Assembly): Readonly<Record<string, string>> =>
  Object.fromEntries(
    assembly
      .ofType('AWS::SSM::Parameter')
      .flatMap(({ physicalId, properties: { Value } }) =>
        typeof Value === 'string' ? [[physicalId, Value]] : [],
      ),
  );

/** Automation and boto3 try a throttled call four more times. */
const AUTOMATION_ATTEMPTS = 5;

export function accountOf(options: AccountOptions): Account {
  const { assembly, instances, machines, clock, interference } = options;
  const { background = new Background(), onEvent = () => undefined } = options;
  const { place } = assembly;
  const queues = openQueues(assembly);
  const iam = new Iam(assembly);
  const metrics = new MetricStore();
  const made = assembly.ofType('AWS::AutoScaling::AutoScalingGroup').map(({ physicalId }) => physicalId);
  const named = instances.flatMap(({ autoScalingGroupName }) => autoScalingGroupName ?? []);
  const autoScalingGroups = modelAutoScalingGroups(
    assembly,
    [...new Set(named)].filter((name) => !made.includes(name)),
  );
  const messages: PublishedMessage[] = [];
  const opsItems: OpsItem[] = [];
  const objects = new Map<string, StoredObject>();
  const documents = assembly.ofType('AWS::SSM::Document').map(readDocument);
  // Read now as well as at each start: what can't be interpreted must end a run before it begins.
  documents.filter(({ kind }) => kind === 'Automation').forEach(readAutomation);
  const inBackground = (what: string, work: Promise<void>): void => background.add(what, work);
  const python = options.runPython ?? runPython;

  const messageSink = (message: PublishedMessage): void => {
    messages.push(message);
    onEvent({
      at: message.at,
      kind: 'message',
      summary: message.subject ?? message.message.slice(0, 80),
      data: { ...message },
    });
  };

  const behaviours = unwitnessed(options.unwitnessed);
  const worldFor = (roleArn: string): AutomationWorld => {
    if (!iam.trusts(roleArn, 'ssm.amazonaws.com'))
      throw new Error(`${roleArn} does not trust ssm.amazonaws.com`);
    return {
      clock,
      place,
      onEvent,
      unwitnessed: behaviours,
      runPython: (...task) => outsideTime(clock, python(...task)),
      call: (service, operation, input) =>
        withRetries(clock, AUTOMATION_ATTEMPTS, () => aws.call(service, operation, input, { roleArn })),
      invokeFunction: async (nameOrArn, payload) => {
        const resource = lambda.find(nameOrArn).arn ?? nameOrArn;
        iam.authorize(roleArn, { action: 'lambda:InvokeFunction', resource, context: {} });
        const invoke = (): Promise<LambdaAnswer> => lambda.invoke(nameOrArn, payload);
        const call = { service: 'lambda', operation: 'Invoke', principal: { roleArn } };
        return interference ? interference.around(call, invoke) : invoke();
      },
    };
  };

  const automations = new Automations({
    clock,
    place,
    documents,
    worldFor,
    inBackground,
    unwitnessed: behaviours,
    limits: { ...DEFAULT_AUTOMATION_LIMITS, ...options.automationLimits },
    onEnd: (execution) => {
      options.onExecutionEnd?.(execution);
      bus.put(executionEndedEvent(execution, place, clock.now()));
    },
  });
  const commands = commandOperations({
    clock,
    place,
    documents,
    instances,
    inBackground,
    run: (...command) => machines.run(...command),
  });
  const opsItemSink = (item: OpsItem): void =>
    onEvent({ at: item.createdAt, kind: 'ops-item', summary: item.title, data: { ...item } });
  const physical = (type: string): readonly string[] =>
    assembly.ofType(type).map(({ physicalId }) => physicalId);
  const topicArns = assembly
    .ofType('AWS::SNS::Topic')
    .map(({ type, physicalId }) => refOf(type, physicalId, place));

  const buses = assembly
    .ofType('AWS::Events::EventBus')
    .map(({ physicalId: name, arn = name }) => ({ name, arn }));

  const aws = new LocalAws({
    clock,
    iam,
    onEvent,
    faults: options.faults ?? [],
    ...(interference && { interference }),
    services: {
      ssm: {
        ...automations.operations,
        ...commands,
        ...managedInstanceOperations({
          clock,
          instances,
          online: (instance) => machines.online(instance),
        }),
        ...opsItemOperations(clock, place, opsItems, opsItemSink),
        ...parameterOperations(clock, place, deployedParameters(assembly)),
      },
      ec2: ec2Service({
        clock,
        place,
        instances,
        inBackground,
        unwitnessed: behaviours,
        timing: { ...DEFAULT_VOLUME_TIMING, ...options.volumeTiming },
        resize: (instance, bytes) => machines.resize(instance, bytes),
        reboot: (instance) => machines.reboot(instance),
      }),
      cloudwatch: {
        ...cloudwatchService(clock, metrics),
        ...alarmOperations(place, options.alarms ?? (() => [])),
      },
      sns: snsService(clock, topicArns, messageSink),
      s3: s3Service(clock, place, physical('AWS::S3::Bucket'), objects),
      sqs: sqsService(clock, queues),
      events: eventsService(clock, buses, onEvent),
      autoscaling: {
        ...autoScalingService(place, autoScalingGroups, instances),
        ...terminationOperations({
          clock,
          place,
          assembly,
          instances,
          inBackground,
          putEvent: (event) => bus.put(event),
          launch: (like) => options.launch?.(like),
        }),
      },
    },
  });
  const lambda = new LambdaRuntime({
    assembly,
    clock,
    onEvent,
    ...(options.modules && { modules: options.modules }),
    clientsFor: (roleArn) => {
      if (!iam.trusts(roleArn, 'lambda.amazonaws.com'))
        throw new Error(`${roleArn} does not trust lambda.amazonaws.com`);
      return sdkClients(aws, clock, { roleArn });
    },
  });
  const bus = new EventBus({
    assembly,
    clock,
    queues,
    onEvent,
    startAutomation: (DocumentName, Parameters, roleArn) => {
      const input = { DocumentName, Parameters };
      const start = aws.call('ssm', 'StartAutomationExecution', input, { roleArn });
      inBackground(
        `start of ${DocumentName}`,
        start.then(() => undefined),
      );
    },
    invokeFunction: (arn, payload) =>
      options.invokeFunction
        ? options.invokeFunction(arn, payload)
        : inBackground(`invocation of ${arn}`, lambda.invokeAsynchronously(arn, payload)),
  });
  const sources = new EventSources({
    assembly,
    clock,
    queues,
    lambda,
    authorize: ({ roleArn }, request) => iam.authorize(roleArn, request),
  });
  return {
    background,
    queues,
    bus,
    sources,
    aws,
    iam,
    lambda,
    automations,
    metrics,
    autoScalingGroups,
    messages,
    opsItems,
    objects,
    messageSink,
  };
}
