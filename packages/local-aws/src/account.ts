import type { AlarmStatus } from './alarms/alarm';
import type { CloudEvent } from './alarms/alarm-events';
import type { Assembly } from './template/assembly';
import { readAutomation } from './automation/document';
import type { Execution } from './automation/execution';
import type { AutomationWorld, LambdaAnswer } from './automation/types';
import type { Background } from './time/background';
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
  /** What services send to the default bus of themselves. @default - nobody hears of it */
  putEvent?(event: CloudEvent): void;
  /** An Auto Scaling group is one instance short. @default - it stays so */
  launch?(like: ModelledInstance): void;
  readonly assembly: Assembly;
  readonly instances: readonly ModelledInstance[];
  readonly machines: Machines;
  readonly queues: readonly MessageQueue[];
  readonly clock: Clock;
  readonly onEvent: EventSink;
  readonly faults: readonly FaultRule[];
  readonly background: Background;
  readonly volumeTiming: Partial<VolumeTiming> | undefined;
  readonly automationLimits: Partial<AutomationLimits> | undefined;
  /** @default - the first of each */
  readonly unwitnessed?: Partial<Unwitnessed> | undefined;
  /** What else may befall a call. @default - nothing */
  readonly interference?: Interference;
  /** Function modules that are shared between runs. @default - none are */
  readonly modules?: FunctionModules;
  /** Where executeScript steps run. @default - a python3 of this machine for each of them */
  readonly runPython?: AutomationWorld['runPython'];
  /** They come to life after the services. */
  readonly alarms: () => readonly AlarmStatus[];
  onExecutionEnd(execution: Execution): void;
}

/** The services of one account, wired to each other. */
export interface Account {
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
  const { assembly, instances, machines, queues, clock, onEvent, background, interference } = options;
  const { place } = assembly;
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
  // Read now as well as at each start: what can't be interpreted must end the drill before it begins.
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
      ...{ clock, place, onEvent, unwitnessed: behaviours },
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
    ...{ clock, place, documents, worldFor, inBackground, unwitnessed: behaviours },
    limits: { ...DEFAULT_AUTOMATION_LIMITS, ...options.automationLimits },
    onEnd: (execution) => options.onExecutionEnd(execution),
  });
  const commands = commandOperations({
    ...{ clock, place, documents, instances, inBackground },
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
    ...{ clock, iam, onEvent, faults: options.faults, ...(interference && { interference }) },
    services: {
      ssm: {
        ...automations.operations,
        ...commands,
        ...managedInstanceOperations({
          ...{ clock, instances },
          online: (instance) => machines.online(instance),
        }),
        ...opsItemOperations(clock, place, opsItems, opsItemSink),
        ...parameterOperations(clock, place, deployedParameters(assembly)),
      },
      ec2: ec2Service({
        ...{ clock, place, instances, inBackground, unwitnessed: behaviours },
        timing: { ...DEFAULT_VOLUME_TIMING, ...options.volumeTiming },
        resize: (instance, bytes) => machines.resize(instance, bytes),
        reboot: (instance) => machines.reboot(instance),
      }),
      cloudwatch: { ...cloudwatchService(clock, metrics), ...alarmOperations(place, options.alarms) },
      sns: snsService(clock, topicArns, messageSink),
      s3: s3Service(clock, place, physical('AWS::S3::Bucket'), objects),
      sqs: sqsService(clock, queues),
      events: eventsService(clock, buses, onEvent),
      autoscaling: {
        ...autoScalingService(place, autoScalingGroups, instances),
        ...terminationOperations({
          ...{ clock, place, assembly, instances, inBackground },
          putEvent: (event) => options.putEvent?.(event),
          launch: (like) => options.launch?.(like),
        }),
      },
    },
  });
  const lambda = new LambdaRuntime({
    ...{ assembly, clock, onEvent, ...(options.modules && { modules: options.modules }) },
    clientsFor: (roleArn) => {
      if (!iam.trusts(roleArn, 'lambda.amazonaws.com'))
        throw new Error(`${roleArn} does not trust lambda.amazonaws.com`);
      return sdkClients(aws, clock, { roleArn });
    },
  });
  return {
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
