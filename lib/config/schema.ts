import { z } from 'zod';
import { CONTROL_PLANE_GROUP } from '../domain/naming';
import {
  CONTROL_PLANE_COUNTS,
  DEFAULTS,
  ETCD_SNAPSHOT_HOURS,
  GP3,
  KUBERNETES_VERSION,
  KUBERNETES_VERSIONS,
  MAX_GROWTH_GIB_PER_DAY,
  MAX_NODES_PER_GROUP,
  MAX_WORKER_GROUPS,
  MIN_ROOT_GIB,
  OPERATING_SYSTEMS,
  VOLUME_SNAPSHOT_HOURS,
} from './rules';

/** What an operator reads when a field is wrong. */
export interface Hint {
  /** The rule, completing "must be …". */
  readonly rule: string;
  /** What to write instead, an imperative. */
  readonly fix: string;
}

/** Hints by schema; `mistakes.ts` looks them up by path. */
export const hints = z.registry<Hint>();

const field = <S extends z.ZodType>(schema: S, about: string, rule: string, fix: string): S => {
  const described = schema.describe(`${about} Must be ${rule}.`);
  hints.add(described, { rule, fix });
  return described;
};

const oneOf = (values: readonly (string | number)[]): string => `one of ${values.join(', ')}`;

const wholeNumber = (min: number, max: number, unit: string, about: string, example: number): z.ZodInt =>
  field(
    z.int().min(min).max(max),
    about,
    `a whole number from ${min} to ${max}${unit && ` ${unit}`}`,
    `write a number in that range, e.g. ${example}`,
  );

const truth = (about: string): z.ZodDefault<z.ZodBoolean> =>
  field(z.boolean(), `${about} Default: false.`, 'true or false', 'write true, or leave the key out').default(
    false,
  );

const os = field(
  z.enum(OPERATING_SYSTEMS),
  `Operating system; decides AMI, root device and filesystem (ext4 on Ubuntu, xfs on Amazon Linux). Default: ${DEFAULTS.os}.`,
  oneOf(OPERATING_SYSTEMS),
  `write ${DEFAULTS.os}, or leave the key out`,
).default(DEFAULTS.os);

const instanceType = field(
  z.string().regex(/^[a-z][a-z0-9-]*[0-9][a-z0-9-]*\.(small|medium|large|metal|metal-\d+xl|\d*xlarge)$/),
  'EC2 instance type; its architecture (arm64 or x86_64) picks the AMI.',
  'an EC2 instance type of size small or larger (nano and micro have too little memory for a node)',
  'write e.g. t4g.medium or m7i.large',
);

const rootVolume = z
  .strictObject({
    sizeGiB: wholeNumber(MIN_ROOT_GIB, GP3.maxGiB, 'GiB', 'Size of the root volume at birth.', 30),
    maxSizeGiB: wholeNumber(
      MIN_ROOT_GIB,
      GP3.maxGiB,
      'GiB',
      'Healing never grows the volume beyond this. Needed: without a cap there is no growth.',
      200,
    ),
    type: field(
      z.literal('gp3'),
      'EBS volume type. Default: gp3.',
      'gp3',
      'write gp3, or leave the key out',
    ).default('gp3'),
    iops: wholeNumber(
      GP3.minIops,
      GP3.maxIops,
      'IOPS',
      `Provisioned IOPS. Default: ${DEFAULTS.iops}.`,
      DEFAULTS.iops,
    ).default(DEFAULTS.iops),
    throughputMiBps: wholeNumber(
      GP3.minThroughputMiBps,
      GP3.maxThroughputMiBps,
      'MiB/s',
      `Provisioned throughput. Default: ${DEFAULTS.throughputMiBps}.`,
      DEFAULTS.throughputMiBps,
    ).default(DEFAULTS.throughputMiBps),
    growthGiBPerDay: field(
      z.number().min(0).max(MAX_GROWTH_GIB_PER_DAY),
      'How fast / of a node fills, as you expect it; only the audit reads it, for the days of headroom. Default: not known.',
      `a number from 0 to ${MAX_GROWTH_GIB_PER_DAY} GiB a day`,
      'write a number in that range, e.g. 0.5, or leave the key out',
    ).optional(),
  })
  .describe('The root volume of each node.');

const controlPlane = z
  .strictObject({
    count: field(
      z.literal(CONTROL_PLANE_COUNTS),
      'Control-plane nodes.',
      `${CONTROL_PLANE_COUNTS.join(' or ')} (a quorum needs an odd number)`,
      'write 3, or 1 for an environment that may be down',
    ),
    instanceType,
    os,
    rootVolume,
  })
  .describe('The control plane: single instances, never replaced by a size change.');

const workerGroup = z
  .strictObject({
    min: wholeNumber(0, MAX_NODES_PER_GROUP, 'nodes', 'Smallest number of nodes.', 1),
    max: wholeNumber(1, MAX_NODES_PER_GROUP, 'nodes', 'Largest number of nodes.', 3),
    instanceType,
    os,
    rootVolume,
    growExisting: truth(
      'A raised sizeGiB also grows the volumes of nodes that already run, when it is deployed.',
    ),
  })
  .describe('One Auto Scaling group of workers.');

const groupName = field(
  z
    .string()
    .regex(/^[a-z](?:[a-z0-9-]{0,28}[a-z0-9])?$/)
    .refine((name) => name !== CONTROL_PLANE_GROUP),
  'Name of a worker group.',
  `a name of 1 to 30 lower-case letters, digits and hyphens that begins with a letter, ends with no hyphen and is not "${CONTROL_PLANE_GROUP}"`,
  'rename the group, e.g. general',
);

const percent = (about: string, value: number): z.ZodDefault<z.ZodInt> =>
  wholeNumber(10, 99, 'percent', `${about} Default: ${value}.`, value).default(value);

const cidr = (about: string, value: string): z.ZodDefault<z.ZodString> =>
  field(
    z.string().regex(/^(?:10|172|192|100)\.\d{1,3}\.\d{1,3}\.0\/(?:1[0-9]|2[0-4])$/),
    `${about} Default: ${value}.`,
    'a private IPv4 range between /10 and /24 whose last number is 0',
    `write e.g. ${value}, or leave the key out`,
  ).default(value);

const manifest = (what: string): z.ZodOptional<z.ZodString> =>
  field(
    z.string().regex(/^(?:https:\/\/[\w.-]+(?:\/[\w.~%+=@-]+)+|[\w-][\w./-]*\.ya?ml)$/),
    `Manifest of the ${what}, applied once, on the first control-plane node. Default: none is applied.`,
    'an https URL, or a YAML file of this project',
    'write e.g. manifests/cni.yaml',
  ).optional();

const tags = z
  .record(
    field(
      z.string().regex(/^(?!aws:|headroom:)[\w .:/=+@-]{1,128}$/),
      'Name of a tag.',
      'a tag name of at most 128 characters that begins with neither aws: nor headroom:',
      'write the name of a tag that the instances have',
    ),
    field(
      z.string().regex(/^[\w .:/=+@-]{0,256}$/),
      'Value of a tag.',
      'a tag value of at most 256 characters, in quotes where it is a number',
      'write the value as the instances have it',
    ),
  )
  .refine((value) => Object.keys(value).length > 0)
  .describe('Tags that the instances have, all of them.');

const autoScalingGroupName = field(
  z.string().regex(/^[\w .:/=+@-]{1,255}$/),
  'Name of the Auto Scaling group that the nodes are in.',
  'the name of an Auto Scaling group',
  'write the name, e.g. eks-general-1a2b3c',
);

const existing = z
  .strictObject({
    tags,
    controlPlane: z
      .strictObject({
        instanceIds: z
          .array(
            field(
              z.string().regex(/^i-(?:[0-9a-f]{8}|[0-9a-f]{17})$/),
              'Instance of a control-plane node.',
              'an instance id',
              'write e.g. i-0123456789abcdef0',
            ),
          )
          .min(1)
          .max(7)
          .describe('The control-plane nodes, which are watched one by one.'),
        os,
        rootVolume,
      })
      .optional()
      .describe('Control-plane nodes that already run. Default: none, as with EKS.'),
    workerGroups: z
      .record(groupName, z.strictObject({ autoScalingGroupName, os, rootVolume }))
      .describe(
        `Worker groups that already run, by a name of yours, at most ${MAX_WORKER_GROUPS}; {} for none.`,
      ),
    nodeRoleNames: z
      .array(
        field(
          z.string().regex(/^[\w+=,.@-]{1,64}$/),
          'Instance role of the nodes; it is given what the agents need.',
          'the name of an IAM role, without its path',
          'write e.g. nodes.prod.example.com',
        ),
      )
      .max(10)
      .default([])
      .describe('Instance roles of the nodes, which are given what the agents need. Default: none.'),
  })
  .describe('Nodes that already run and are only observed, healed and protected.');

const cluster = z
  .strictObject({
    podCidr: cidr('Addresses of pods, as the CNI has it.', DEFAULTS.podCidr),
    serviceCidr: cidr('Addresses of services.', DEFAULTS.serviceCidr),
    cniManifest: manifest('CNI plugin'),
    metricsServerManifest: manifest('metrics server'),
    terminationProtection: truth(
      'Stacks, and control-plane instances, cannot be deleted until this is false.',
    ),
    existing: existing.optional(),
  })
  .describe('What makes the nodes a cluster.');

const protect = z
  .strictObject({
    etcdSnapshots: z
      .strictObject({
        everyHours: field(
          z.literal(ETCD_SNAPSHOT_HOURS),
          `Hours between two snapshots of etcd. Default: ${DEFAULTS.etcdSnapshots.everyHours}.`,
          oneOf(ETCD_SNAPSHOT_HOURS),
          `write ${DEFAULTS.etcdSnapshots.everyHours}, or leave the key out`,
        ).default(DEFAULTS.etcdSnapshots.everyHours),
        retentionDays: wholeNumber(
          1,
          3650,
          'days',
          `How long they are kept. Default: ${DEFAULTS.etcdSnapshots.retentionDays}.`,
          DEFAULTS.etcdSnapshots.retentionDays,
        ).default(DEFAULTS.etcdSnapshots.retentionDays),
      })
      .default(DEFAULTS.etcdSnapshots)
      .describe('Snapshots of etcd, to a bucket.'),
    volumeSnapshots: z
      .strictObject({
        everyHours: field(
          z.literal(VOLUME_SNAPSHOT_HOURS),
          `Hours between two snapshots. Default: ${DEFAULTS.volumeSnapshots.everyHours}.`,
          oneOf(VOLUME_SNAPSHOT_HOURS),
          `write ${DEFAULTS.volumeSnapshots.everyHours}, or leave the key out`,
        ).default(DEFAULTS.volumeSnapshots.everyHours),
        keep: wholeNumber(
          1,
          1000,
          'snapshots',
          `How many of each volume are kept. Default: ${DEFAULTS.volumeSnapshots.keep}.`,
          DEFAULTS.volumeSnapshots.keep,
        ).default(DEFAULTS.volumeSnapshots.keep),
      })
      .default(DEFAULTS.volumeSnapshots)
      .describe("Snapshots of control planes' root volumes, by Data Lifecycle Manager."),
  })
  .describe('Ways back from a loss.');

const gameDays = z
  .strictObject({
    nodeGroup: field(
      z.string().regex(/^[a-z][a-z0-9-]{0,29}$/),
      'A node of this group, the one that was started last, is filled and must be healed.',
      `${CONTROL_PLANE_GROUP} or the name of a worker group`,
      'write e.g. general',
    ),
    schedule: field(
      z.string().regex(/^cron\([^()]{9,80}\)$/),
      'When, in UTC. Default: the first Tuesday of each month at 10:00.',
      'a cron expression of EventBridge Scheduler',
      "write e.g. 'cron(0 10 ? * TUE#1 *)', or leave the key out",
    ).default('cron(0 10 ? * TUE#1 *)'),
  })
  .describe('Drills on a real node, by schedule. Default: none.');

const diskLevels = z
  .strictObject({
    warningPercent: percent('Used percent of / at which healing starts.', DEFAULTS.diskLevels.warningPercent),
    criticalPercent: percent('Used percent of / of the critical alarm.', DEFAULTS.diskLevels.criticalPercent),
    emergencyPercent: percent(
      'Used percent of / at which people are told too.',
      DEFAULTS.diskLevels.emergencyPercent,
    ),
    targetPercent: percent('Healing frees down to this.', DEFAULTS.diskLevels.targetPercent),
  })
  .describe('Levels of the disk alarms.');

const notifications = z
  .strictObject({
    emails: z
      .array(
        field(
          z.email(),
          'E-mail address told of what needs a person.',
          'an e-mail address',
          'write e.g. oncall@example.com',
        ),
      )
      .max(50)
      .default([])
      .describe('E-mail addresses told of what needs a person. Default: none.'),
  })
  .describe('Who hears of what healing cannot do alone.');

const privateCidr =
  /^(?:10(?:\.(?:25[0-5]|2[0-4]\d|1?\d?\d)){2}\.0|172\.(?:1[6-9]|2\d|3[01])(?:\.(?:25[0-5]|2[0-4]\d|1?\d?\d))\.0|192\.168(?:\.(?:25[0-5]|2[0-4]\d|1?\d?\d))\.0)\/(?:1[6-9]|20)$/;

export const environmentSchema = z
  .strictObject({
    account: field(
      z.string().regex(/^\d{12}$/),
      'AWS account id.',
      'a string of 12 digits, in quotes',
      "write the account id in quotes, e.g. '111122223333'",
    ),
    region: field(
      z.string().regex(/^[a-z]{2}(?:-[a-z]+)+-\d$/),
      'AWS region.',
      'the name of an AWS region',
      'write e.g. eu-central-1',
    ),
    zones: z
      .array(
        field(
          z.string().regex(/^[a-z]{2}(?:-[a-z]+)+-\d[a-z]$/),
          'Availability zone.',
          'the name of an availability zone',
          'write e.g. eu-central-1a',
        ),
      )
      .min(1)
      .max(6)
      .describe(
        'Availability zones, listed here so that synth needs no look-up. One NAT gateway is made in each.',
      ),
    kubernetesVersion: field(
      z.string().regex(KUBERNETES_VERSION),
      'Kubernetes version, with its patch; packages are pinned to it.',
      `a patch version, in quotes, of ${KUBERNETES_VERSIONS.join(', ')}`,
      `write e.g. '${KUBERNETES_VERSIONS[1]}.3', with the quotes`,
    ),
    vpcCidr: field(
      z.string().regex(privateCidr),
      `Address range of the VPC. Default: ${DEFAULTS.vpcCidr}.`,
      'a private IPv4 range between /16 and /20 whose last number is 0',
      `write e.g. ${DEFAULTS.vpcCidr}, or leave the key out`,
    ).default(DEFAULTS.vpcCidr),
    controlPlane,
    workerGroups: z
      .record(groupName, workerGroup)
      .describe(`Worker groups by name, at most ${MAX_WORKER_GROUPS}; {} for none.`),
    cluster: cluster.default({
      podCidr: DEFAULTS.podCidr,
      serviceCidr: DEFAULTS.serviceCidr,
      terminationProtection: false,
    }),
    protect: protect.default({
      etcdSnapshots: DEFAULTS.etcdSnapshots,
      volumeSnapshots: DEFAULTS.volumeSnapshots,
    }),
    gameDays: gameDays.optional(),
    diskLevels: diskLevels.default(DEFAULTS.diskLevels),
    notifications: notifications.default({ emails: [] }),
  })
  .describe('One Headroom environment.');

export type Environment = z.output<typeof environmentSchema>;
export type RootVolume = Environment['controlPlane']['rootVolume'];
export type WorkerGroup = Environment['workerGroups'][string];
