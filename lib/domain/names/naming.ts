/**
 * The names that constructs, handlers and the drill must agree on.
 * One place, because an alarm whose name a rule does not match heals nothing.
 */

export const DISK_LEVELS = ['warning', 'critical', 'emergency'] as const;
export type DiskLevel = (typeof DISK_LEVELS)[number];

export const NODE_ROLES = ['control-plane', 'worker'] as const;
export type NodeRole = (typeof NODE_ROLES)[number];

/** The node group of every control-plane node. Worker groups have names of their own. */
export const CONTROL_PLANE_GROUP = 'control-plane';

export const TAGS = {
  /** Value: the environment's name. IAM conditions hang on it. */
  environment: 'headroom:environment',
  /** Value: a {@link NodeRole}. */
  role: 'headroom:role',
  /** Value: `control-plane` or the worker group's name. */
  nodeGroup: 'headroom:node-group',
  /** Of a control-plane node alone: its number in names, from `1`. */
  index: 'headroom:index',
  /** On instances that were attached: since when Headroom looks after them, ISO 8601 in UTC. */
  attachedAt: 'headroom:attached-at',
  /** On instances whose volumes Data Lifecycle Manager saves; it takes a single tag. Value: the environment's name. */
  volumeSnapshots: 'headroom:volume-snapshots',
  /** On snapshots: the instance that they are of. */
  instance: 'headroom:instance',
  /** On snapshots that were taken before a volume's first growth. Value: the id of the execution. */
  beforeGrowth: 'headroom:before-growth',
} as const;

/** The tag of EC2 Auto Scaling on each member of a group; only Auto Scaling can write it. Value: the group's name. */
export const AUTO_SCALING_GROUP_TAG = 'aws:autoscaling:groupName';

/** Prefix of every named resource of an environment, e.g. `headroom-prod`. */
export const resourcePrefix = (environment: string): string => `headroom-${environment}`;

/** Where an environment is configured, relative to the project, e.g. `environments/prod.yaml`. */
export const environmentFile = (environmentName: string): string => `environments/${environmentName}.yaml`;

/** Log group of a function of ours, by the function's name without the prefix, e.g. `/aws/lambda/headroom-prod-sweep`. */
export const functionLogGroup = (environment: string, functionName: string): string =>
  `/aws/lambda/${resourcePrefix(environment)}-${functionName}`;

/** SSM documents of the heal room, by the name of their YAML file without `.yaml`. */
export const HEAL_DOCUMENTS = [
  'HealNode',
  'AssessNode',
  'ReclaimDisk',
  'ExtendRoot',
  'RestartKubelet',
  'VerifyNode',
  'PrepareNode',
  'RemoveHeadroom',
  'CordonDrainNode',
  'PauseGuard',
] as const;

/** Of the observe room: the CloudWatch agent's configuration. */
export const AGENT_DOCUMENTS = ['ConfigureAgent'] as const;

/** Of the protect room: etcd's snapshots and the way back. */
export const PROTECT_DOCUMENTS = ['PrepareEtcdSnapshots', 'RestoreEtcdMember', 'RestoreEtcd'] as const;

/** Of the operate room: what operators start. */
export const OPERATE_DOCUMENTS = [
  'DiagnoseNode',
  'InspectNode',
  'ClusterFacts',
  'DrainNode',
  'UncordonNode',
  'UpgradeNode',
  'UpgradePackages',
  'ReplaceWorker',
  'RetireWorker',
] as const;

/** Of the operate room too: drills on a real node. */
export const GAME_DAY_DOCUMENTS = ['Drill', 'GameDay'] as const;

/** Of the operate room too: what the command line asks of a node. */
export const CONSOLE_DOCUMENTS = ['IssueClientCertificate'] as const;

export const DOCUMENTS = [
  ...HEAL_DOCUMENTS,
  ...AGENT_DOCUMENTS,
  ...PROTECT_DOCUMENTS,
  ...OPERATE_DOCUMENTS,
  ...GAME_DAY_DOCUMENTS,
  ...CONSOLE_DOCUMENTS,
] as const;
export type DocumentBaseName = (typeof DOCUMENTS)[number];

/** The heal room's that run on a node. */
export const COMMAND_DOCUMENTS = HEAL_DOCUMENTS.filter((base) => base !== 'HealNode');

/** Those that State Manager or an operator runs on a node; HealNode may not. */
const CARE_DOCUMENTS: readonly DocumentBaseName[] = ['PrepareNode', 'RemoveHeadroom', 'PauseGuard'];

/** The ones that HealNode calls. */
export const HEALING_DOCUMENTS = COMMAND_DOCUMENTS.filter((base) => !CARE_DOCUMENTS.includes(base));

/** e.g. `headroom-prod-HealNode`. */
export const documentName = (environment: string, base: DocumentBaseName): string =>
  `${resourcePrefix(environment)}-${base}`;

/** e.g. `headroom-prod-control-plane-`: what one EventBridge rule matches, one rule a node group. */
export const alarmNamePrefix = (environment: string, nodeGroup: string): string =>
  nodeGroup === CONTROL_PLANE_GROUP
    ? `${resourcePrefix(environment)}-${CONTROL_PLANE_GROUP}-`
    : `${resourcePrefix(environment)}-workers-${nodeGroup}-`;

/** e.g. `headroom-prod-control-plane-1-disk-critical`; `index` counts from 1. */
export const controlPlaneDiskAlarmName = (environment: string, index: number, level: DiskLevel): string =>
  `${alarmNamePrefix(environment, CONTROL_PLANE_GROUP)}${index}-disk-${level}`;

/** e.g. `headroom-prod-workers-general-disk-critical`. */
export const workerDiskAlarmName = (environment: string, nodeGroup: string, level: DiskLevel): string =>
  `${alarmNamePrefix(environment, nodeGroup)}disk-${level}`;

/** e.g. `headroom-prod-control-plane-1-silent`. */
export const controlPlaneSilenceAlarmName = (environment: string, index: number): string =>
  `${alarmNamePrefix(environment, CONTROL_PLANE_GROUP)}${index}-silent`;

/** e.g. `headroom-prod-workers-general-silent`. */
export const workerSilenceAlarmName = (environment: string, nodeGroup: string): string =>
  `${alarmNamePrefix(environment, nodeGroup)}silent`;

/** Alarms on silence that name a node, or its group. */
export const isSilenceAlarm = (alarmName: string): boolean => alarmName.endsWith('-silent');

/** e.g. `headroom-kops-measured-i-0a1b2c3d4e5f60001`: an alarm that remembers in ALARM that a node was measured. */
export const measuredAlarmName = (environment: string, instanceId: string): string =>
  `${measuredAlarmPrefix(environment)}${instanceId}`;

/** Prefix of alarms that do not indicate a problem. */
export const measuredAlarmPrefix = (environment: string): string =>
  `${resourcePrefix(environment)}-measured-`;

/** Silence of an attached control-plane node that was measured once, e.g. `headroom-kops-fell-silent-1`. */
export const fellSilentAlarmName = (environment: string, index: number): string =>
  `${resourcePrefix(environment)}-fell-silent-${index}`;

/** e.g. `headroom-prod-control-plane-1-inodes-low`. */
export const controlPlaneInodeAlarmName = (environment: string, index: number): string =>
  `${alarmNamePrefix(environment, CONTROL_PLANE_GROUP)}${index}-inodes-low`;

/** e.g. `headroom-prod-workers-general-inodes-low`. */
export const workerInodeAlarmName = (environment: string, nodeGroup: string): string =>
  `${alarmNamePrefix(environment, nodeGroup)}inodes-low`;

/** CloudWatch namespace of Headroom's own metrics. */
export const METRIC_NAMESPACE = 'Headroom';

/**
 * The Auto Scaling group, and a dimension of its nodes' metrics: the name of one that runs already, or ours, e.g.
 * `headroom-prod-workers-general`.
 */
export const workerAutoScalingGroupName = (
  environment: string,
  group: { readonly name: string; readonly autoScalingGroupName?: string },
): string => group.autoScalingGroupName ?? `${resourcePrefix(environment)}-workers-${group.name}`;

/** Parameter that holds the CloudWatch agent's configuration for all nodes of a role. */
export const agentParameterName = (environment: string, role: NodeRole): string =>
  `/headroom/${environment}/cloudwatch-agent/${role}`;

/** Parameter that remembers which root volume sizes were deployed. */
export const appliedSizesParameterName = (environment: string): string =>
  `/headroom/${environment}/applied-sizes`;

/** Parameter with the name of the bucket that has the month's ledger, the reports and the evidence. */
export const evidenceParameterName = (environment: string): string =>
  `/headroom/${environment}/evidence-bucket`;

/** Parameter that says which healings are paused, see `pause.ts`. */
export const pauseParameterName = (environment: string): string => `/headroom/${environment}/pause`;

/** The SNS topic that notifies operators. */
export const notificationTopicName = (environment: string): string => `${resourcePrefix(environment)}-people`;

/** The SNS topic that chat channels listen to. */
export const chatTopicName = (environment: string): string => `${resourcePrefix(environment)}-chat`;

/** The event bus that a webhook listens to, e.g. `headroom-prod`. */
export const webhookBusName = (environment: string): string => resourcePrefix(environment);

/** e.g. `headroom-prod-webhook-undelivered`: notifications that the webhook did not take. */
export const webhookUndeliveredQueueName = (environment: string): string =>
  `${resourcePrefix(environment)}-webhook-undelivered`;

/** Alarm on notifications that the webhook did not take. Begins with no {@link alarmNamePrefix}, so that it heals nothing. */
export const webhookUndeliveredAlarmName = (environment: string): string =>
  `${resourcePrefix(environment)}-webhook-undelivered`;

/** Alarm on notifications that EventBridge did not take. */
export const webhookUnsentAlarmName = (environment: string): string =>
  `${resourcePrefix(environment)}-webhook-unsent`;

/** e.g. `headroom-prod-heal.fifo`. */
export const healQueueName = (environment: string): string => `${resourcePrefix(environment)}-heal.fifo`;

/** e.g. `headroom-prod-heal-dlq.fifo`. */
export const deadLetterQueueName = (environment: string): string =>
  `${resourcePrefix(environment)}-heal-dlq.fifo`;

/** e.g. `headroom-prod-heal-undelivered`: events that EventBridge could not hand over. */
export const undeliveredQueueName = (environment: string): string =>
  `${resourcePrefix(environment)}-heal-undelivered`;

/** Alarm on what dispatch could not read. Begins with no {@link alarmNamePrefix}, so that it heals nothing. */
export const deadLetterAlarmName = (environment: string): string =>
  `${resourcePrefix(environment)}-heal-dead-letters`;

/** Alarm on events that did not reach the queue or the record function. */
export const undeliveredAlarmName = (environment: string): string =>
  `${resourcePrefix(environment)}-heal-undelivered`;

/** e.g. `-worker`: an alarm on the nodes of one role; '' where it is on those of all. */
const roleSuffix = (roles: readonly NodeRole[]): string => (roles.length === 1 ? `-${roles[0]}` : '');

/** Alarm on guards that fail. Begins with no {@link alarmNamePrefix}: healing a disk does not repair a guard. */
export const guardFailedAlarmName = (environment: string, roles: readonly NodeRole[]): string =>
  `${resourcePrefix(environment)}-guard-failed${roleSuffix(roles)}`;

/** Alarm on nodes that cannot be set up. Begins with no {@link alarmNamePrefix}: their disks are well. */
export const bootstrapFailedAlarmName = (environment: string, roles: readonly NodeRole[]): string =>
  `${resourcePrefix(environment)}-bootstrap-failed${roleSuffix(roles)}`;

/** e.g. `headroom-prod-heal-function-errors-plan`: alarm on one of Headroom's own functions. */
export const functionErrorsAlarmName = (environment: string, functionName: string): string =>
  `${resourcePrefix(environment)}-heal-function-errors-${functionName}`;

/** Alarm on executions that ended without a verdict. */
export const healingFailedAlarmName = (environment: string): string =>
  `${resourcePrefix(environment)}-heal-failed`;

/**
 * Folder of the parameters by which nodes join a cluster: of one creation of its stack, so that no node takes those of a
 * former cluster of the same name.
 */
export const joinParameterPath = (environment: string, stackCreation: string): string =>
  `/headroom/${environment}/join/${stackCreation}`;

/** e.g. `/headroom/prod/control-plane/1`: parameter with the instance id of a control-plane node. The index counts from 1. */
export const controlPlaneInstanceParameter = (environment: string, index: number): string =>
  `/headroom/${environment}/control-plane/${index}`;

/** Alias of the cluster's KMS key, e.g. `alias/headroom-prod`. */
export const keyAlias = (environment: string): string => `alias/${resourcePrefix(environment)}`;

/**
 * e.g. `headroom-prod-etcd-locked-777788889999-51af3dc0`: bucket of etcd's snapshots. It outlives its stack, so each creation of the
 * stack has one of its own. `locked` sets it apart from one without Object Lock, made by an earlier version:
 * ObjectLockEnabled replaces a bucket (aws-cdk@2.1148.1 db.json.gz, causesReplacement), and a replacement cannot have the name
 * of what it replaces. At most 63 characters: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
 * @param stackCreation eight characters, or `*` for every bucket of the environment
 */
export const etcdSnapshotBucketName = (environment: string, account: string, stackCreation: string): string =>
  `${resourcePrefix(environment)}-etcd-locked-${account}-${stackCreation}`;

/** Alias of the key that encrypts etcd's snapshots. */
export const etcdSnapshotKeyAlias = (environment: string): string =>
  `alias/${resourcePrefix(environment)}-etcd`;

/** e.g. `headroom-prod-etcd-snapshot-old-1`. Begins with no {@link alarmNamePrefix}: healing a disk saves no etcd. */
export const etcdSnapshotAlarmName = (environment: string, index: number): string =>
  `${resourcePrefix(environment)}-etcd-snapshot-old-${index}`;

/** EC2's status checks: the host below the instance, the instance itself, the volumes that are attached to it. */
export const STATUS_CHECKS = ['system', 'instance', 'volume'] as const;
export type StatusCheck = (typeof STATUS_CHECKS)[number];

/** e.g. `headroom-prod-check-system-1`. Begins with no {@link alarmNamePrefix}: HealNode fixes none of these. */
export const statusCheckAlarmName = (environment: string, index: number, check: StatusCheck): string =>
  `${resourcePrefix(environment)}-check-${check}-${index}`;

/** The hook that holds a worker's termination until it is drained. */
export const RETIRE_HOOK_NAME = 'headroom-retire-worker';

/** Alarm on terminations that RetireWorker was not started for. */
export const retireUndeliveredAlarmName = (environment: string): string =>
  `${resourcePrefix(environment)}-retire-undelivered`;
