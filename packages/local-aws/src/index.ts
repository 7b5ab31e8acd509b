export { type Account, accountOf } from './account';
export type { AccountEvent, EventSink, FaultRule } from './account-event';
export { Agents } from './agent/agents';
export { agentData, type AgentSeries, agentSeries, type Mount } from './agent/cloudwatch-agent';
export {
  IPC_TIMEOUT,
  LOST_COMMAND_SECONDS,
  type PluginResult,
  SsmAgent,
  unexpectedEnd,
} from './agent/run-command';
export { Alarm, type AlarmStatus } from './alarms/alarm';
export { type AlarmDefinition, alarmDefinition } from './alarms/alarm-definition';
export { type AlarmDelivery, AlarmEvents } from './alarms/alarm-delivery';
export { type CloudEvent, contributorChange, stateChange } from './alarms/alarm-events';
export { Alarms } from './alarms/alarms';
export { CompositeAlarm } from './alarms/composite-alarm';
export { AwsError } from './api/aws-error';
export { type ApiCall, type Interference, LocalAws, type Operation, type Principal } from './api/local-aws';
export { type SdkClients, sdkClients } from './api/sdk-clients';
export { ACTIONS } from './automation/actions';
export { documentParameters, type ParameterValues, type SsmDocument } from './automation/documents';
export { executionEndedEvent } from './automation/ended-event';
export { Execution } from './automation/execution';
export { runPython } from './automation/python-runner';
export { executionFields } from './automation/records';
export { EventBus } from './events/event-bus';
export {
  desiredCapacity,
  groupMembers,
  type ModelledInstance,
  standaloneInstances,
  type Tags,
  type VolumeModification,
} from './fleet/instances';
export {
  type GuestCommandResult,
  GuestCommandTimeout,
  type GuestDiskFigures,
  type Machine,
} from './fleet/machine';
export type { Machines } from './fleet/machines';
export { addPastModifications, type PastModification } from './fleet/volume-past';
export { applies, type Statement, statements } from './iam/iam-policy';
export { EventSources } from './lambda/event-source';
export { FunctionModules } from './lambda/lambda-module';
export { type LambdaLogLine, LambdaRuntime, type Variables } from './lambda/lambda-runtime';
export { MetricStore } from './metrics/metric-store';
export { serviceMetrics } from './metrics/service-metrics';
export { MessageQueue } from './queues/message-queue';
export { openQueues } from './queues/queues';
export type { ModelledAutoScalingGroup } from './services/autoscaling';
export { BYTES_PER_GIB, type VolumeTiming } from './services/ec2-state';
export type { StoredObject } from './services/s3';
export type { PublishedMessage } from './services/sns';
export { type AutomationLimits, DEFAULT_AUTOMATION_LIMITS } from './services/ssm-automation';
export { commandOperations, firstInvocation, targetsTags } from './services/ssm-commands';
export type { OpsItem } from './services/ssm-ops-items';
export { Assembly, type AssemblyResource } from './template/assembly';
export { resolve, type Scope } from './template/intrinsics';
export { privateIp } from './template/physical-ids';
export { Background } from './time/background';
export { type Clock, MovableClock, realClock, secondsBetween } from './time/clock';
export { VirtualClock } from './time/virtual-clock';
export {
  allUnwitnessed,
  describeUnwitnessed,
  drawUnwitnessed,
  unwitnessed,
  UNWITNESSED,
  type Unwitnessed,
  type UnwitnessedName,
} from './unwitnessed';
export {
  errorMessage,
  errorName,
  fields,
  type Fields,
  isFields,
  list,
  optional,
  parseJson,
  text,
  texts,
} from './values/fields';
export { resourceId } from './values/ids';
