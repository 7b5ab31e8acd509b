/**
 * What the audit knows of a set of templates, with no CloudFormation left in it. `read/` makes it, `rules/` judge it.
 * Nothing is guessed: a value is known, absent, or unknown with a reason.
 */

/** A value of a template. `absent`: the property is not there, so AWS's default holds. `unknown`: it is there and cannot be resolved. */
export type Fact<T> =
  | { readonly state: 'known'; readonly value: T }
  | { readonly state: 'absent' }
  | { readonly state: 'unknown'; readonly why: string };

export const known = <T>(value: T): Fact<T> => ({ state: 'known', value });
export const absent: Fact<never> = { state: 'absent' };
export const unknown = (why: string): Fact<never> => ({ state: 'unknown', why });

/** Where a fact stands. */
export interface Place {
  /** Relative to what was audited, e.g. `assembly-headroom-prod/cluster.template.json`. */
  readonly file: string;
  readonly stackName: string;
  readonly logicalId: string;
  readonly resourceType: string;
  /** From the metadata `aws:cdk:path`. */
  readonly constructPath?: string;
  /** 1-based line of the resource in `file`. */
  readonly line?: number;
  /** Where a person edits it, e.g. `environments/prod.yaml` and `controlPlane.rootVolume`. */
  readonly declaredIn?: { readonly file: string; readonly path: string };
}

export type ImageFamily =
  'ubuntu' | 'debian' | 'amazon-linux-2' | 'amazon-linux-2023' | 'bottlerocket' | 'windows' | 'other';

/** One entry of a block device mapping, or EKS's `DiskSize`. */
export interface BlockDevice {
  /** e.g. `/dev/sda1`. */
  readonly deviceName: Fact<string>;
  readonly sizeGiB: Fact<number>;
  /** e.g. `gp3`. */
  readonly volumeType: Fact<string>;
  readonly iops: Fact<number>;
  readonly throughputMiBps: Fact<number>;
  readonly encrypted: Fact<boolean>;
  readonly snapshotId: Fact<string>;
  /** Instance store (`VirtualName`) or `NoDevice`: no EBS volume. */
  readonly ebs: boolean;
}

/** What `Metadata.Headroom` of a resource declares; ours writes it, and any template may. Documented in docs/audit/metadata.md. */
export interface DeclaredPolicy {
  readonly environment?: string;
  /** `control-plane` or the worker group's name. */
  readonly nodeGroup?: string;
  readonly role?: 'control-plane' | 'worker';
  readonly sizeGiB?: number;
  readonly maxSizeGiB?: number;
  /** Used percent of `/`. */
  readonly diskLevels?: {
    readonly warningPercent: number;
    readonly criticalPercent: number;
    readonly emergencyPercent: number;
    readonly targetPercent: number;
  };
  /** How fast `/` fills, GiB a day, as its owner declares it. */
  readonly growthGiBPerDay?: number;
  /** etcd's `--quota-backend-bytes`, GiB. */
  readonly etcdQuotaGiB?: number;
  /** The kubelet's settings, percent used of the filesystem: where images are collected, where pods are evicted. */
  readonly kubelet?: {
    readonly imageGcLowPercent?: number;
    readonly imageGcHighPercent?: number;
    readonly evictionPercent?: number;
  };
}

/** Nodes that are created alike. */
export interface NodeGroupFacts {
  /** The same in base and head: the construct path, or stack and logical id. */
  readonly id: string;
  /** For people, e.g. `control-plane` or `general`. */
  readonly name: string;
  /** `existing`: no template makes them, Headroom only looks after them. */
  readonly kind:
    'instance' | 'auto-scaling-group' | 'eks-node-group' | 'fleet' | 'launch-template' | 'existing';
  readonly place: Place;
  /** The launch template's place, where there is one in the templates. */
  readonly launchTemplate?: Place;
  readonly role: 'control-plane' | 'worker' | 'unknown';
  /** An instance alone counts 1, 1, 1; single control-plane instances of one group are one NodeGroupFacts of that many. */
  readonly nodes: { readonly min: Fact<number>; readonly desired: Fact<number>; readonly max: Fact<number> };
  /** Logical ids of the instances that were put together as one group; empty for the other kinds. */
  readonly instances: readonly InstanceFacts[];
  readonly instanceTypes: Fact<readonly string[]>;
  readonly image: { readonly family: Fact<ImageFamily>; readonly id: Fact<string> };
  readonly blockDevices: Fact<readonly BlockDevice[]>;
  /** The one that the root device name of the image family picks; `absent`: root has the size of its image. */
  readonly rootVolume: Fact<BlockDevice>;
  /** `required` of HttpTokens. */
  readonly imdsV2Required: Fact<boolean>;
  readonly userData: Fact<string>;
  readonly policy: DeclaredPolicy;
  readonly tags: Readonly<Record<string, string>>;
  /**
   * Whether a change of what nodes are launched with makes CloudFormation or EKS exchange the running ones.
   * undefined: not read.
   */
  readonly exchangesNodes?: Fact<boolean>;
  /** Region of its stack; unknown in a template that is bound to none. */
  readonly region: Fact<string>;
}

/** One `AWS::EC2::Instance`, for what replaces it. */
export interface InstanceFacts {
  readonly place: Place;
  /**
   * Property whose change replaces the instance → its canonical text. A launch template whose version follows the
   * latest counts with its whole content; one that is pinned to a version, with its id and the version alone.
   */
  readonly replacing: Readonly<Record<string, string>>;
}

export interface AlarmFacts {
  readonly place: Place;
  readonly name: Fact<string>;
  /** A single metric; absent for metric maths and Metrics Insights. */
  readonly metric: Fact<{
    readonly namespace: Fact<string>;
    readonly name: Fact<string>;
    readonly dimensions: Fact<Readonly<Record<string, string>>>;
  }>;
  /** Metrics Insights SQL or expressions, in order; [] for a single metric. */
  readonly expressions: readonly string[];
  /** Metrics that the expressions name by id. undefined: not read. */
  readonly metrics?: readonly MathMetricFacts[];
  /** e.g. `Maximum` or `SampleCount`, of a single metric. undefined: not read. */
  readonly statistic?: Fact<string>;
  readonly threshold: Fact<number>;
  /** e.g. `GreaterThanOrEqualToThreshold`. */
  readonly comparison: Fact<string>;
  readonly periodSeconds: Fact<number>;
  readonly evaluationPeriods: Fact<number>;
  /** `missing` is AWS's default. */
  readonly treatMissingData: Fact<string>;
  /** true also where its own are disabled and a composite alarm's are not. */
  readonly actionsEnabled: Fact<boolean>;
  /**
   * ARNs of ALARM actions, `ref:LOGICAL_ID` where it is a resource of the templates; also those of composite alarms
   * that ring whenever it does.
   */
  readonly alarmActions: Fact<readonly string[]>;
  /** Node groups that it watches, by id; unknown where its dimensions cannot be resolved. */
  readonly watches: Fact<readonly string[]>;
}

/** One `MetricStat` of an alarm over metric maths. */
export interface MathMetricFacts {
  /** By which expressions name it. */
  readonly id: string;
  readonly namespace: Fact<string>;
  readonly name: Fact<string>;
  readonly dimensions: Fact<Readonly<Record<string, string>>>;
  readonly statistic: Fact<string>;
}

/** A CloudWatch agent's configuration. */
export interface AgentFacts {
  readonly place: Place;
  readonly name: Fact<string>;
  /** Node groups that use it, by id. */
  readonly nodeGroups: Fact<readonly string[]>;
  readonly configuration: Fact<AgentConfiguration>;
}

export interface AgentConfiguration {
  /** Default `CWAgent`. */
  readonly namespace: string;
  /** Dimension keys of `metrics.append_dimensions`. */
  readonly appendDimensions: readonly string[];
  /** Sets of dimension keys of `metrics.aggregation_dimensions`; [] for none. undefined: not read. */
  readonly aggregationDimensions?: readonly (readonly string[])[];
  /** undefined: no disk section. */
  readonly disk?: {
    readonly measurements: readonly string[];
    readonly resources: readonly string[];
    readonly dropDevice: boolean;
    readonly intervalSeconds: number;
    /** Dimension keys of the section's own `append_dimensions`; [] for none. undefined: not read. */
    readonly appendDimensions?: readonly string[];
  };
}

/** An EventBridge rule that hears of alarms. */
export interface EventRuleFacts {
  readonly place: Place;
  readonly enabled: Fact<boolean>;
  /** Alarm names or prefixes that it matches; absent: all. */
  readonly alarmNames: Fact<readonly { readonly kind: 'exact' | 'prefix'; readonly text: string }[]>;
  /** How many targets. */
  readonly targets: Fact<number>;
}

export interface TopicFacts {
  readonly place: Place;
  /** e.g. `email`, `https`, `sqs`, `lambda`; []: it notifies no one. */
  readonly subscriptions: Fact<readonly string[]>;
}

/** A volume that is a resource by itself. */
export interface VolumeFacts {
  readonly place: Place;
  readonly device: BlockDevice;
}

export interface StackFacts {
  readonly file: string;
  readonly name: string;
  readonly region: Fact<string>;
  readonly account: Fact<string>;
  readonly resourceCount: number;
}

/** What could not be read at all. */
export interface Unreadable {
  readonly file: string;
  readonly why: string;
}

/** A finding that its owner accepts, as it stands in a template's metadata or in a file. */
export interface Suppression {
  readonly rule: string;
  readonly reason: string;
  /** ISO date; from the day after it the suppression is a finding itself. */
  readonly expires?: string;
  /** Node group name, logical id or construct path; absent: everything (a file), or the resource that declares it. */
  readonly subject?: string;
  /** The template that declares it: it covers what is in that template. @default - everywhere */
  readonly within?: string;
  readonly place: { readonly file: string; readonly line?: number; readonly logicalId?: string };
}

export interface Facts {
  readonly stacks: readonly StackFacts[];
  readonly nodeGroups: readonly NodeGroupFacts[];
  readonly volumes: readonly VolumeFacts[];
  readonly alarms: readonly AlarmFacts[];
  readonly agents: readonly AgentFacts[];
  readonly eventRules: readonly EventRuleFacts[];
  readonly topics: readonly TopicFacts[];
  readonly suppressions: readonly Suppression[];
  readonly unreadable: readonly Unreadable[];
}

/** What an account says, with credentials and `--live`. */
export interface LiveNodeGroup {
  /** {@link NodeGroupFacts.id}. */
  readonly id: string;
  readonly volumes: readonly {
    readonly instanceId: string;
    readonly volumeId: string;
    readonly sizeGiB: number;
  }[];
  /** 30 days of `disk_used_percent`, the fullest node at each time. */
  readonly samples: readonly { readonly atMs: number; readonly usedPercent: number }[];
}
