import { z } from 'zod';
import { CONTROL_PLANE_GROUP } from '../domain/names/naming';
import { existing } from './existing-schema';
import { notifications } from './notifications-schema';
import { field, oneOf, truth, wholeNumber } from './field';
import { groupName, os, rootVolume } from './group-schema';
import { reclaim } from './reclaim-schema';
import { healing } from './healing-schema';
import {
  CONTROL_PLANE_COUNTS,
  DEFAULTS,
  ETCD_SNAPSHOT_HOURS,
  KUBERNETES_VERSION,
  KUBERNETES_VERSIONS,
  MAX_NODES_PER_GROUP,
  MAX_WORKER_GROUPS,
  NO_CNI,
  OWN_CNI,
  VOLUME_SNAPSHOT_HOURS,
} from './rules';

const instanceType = field(
  z.string().regex(/^[a-z][a-z0-9-]*[0-9][a-z0-9-]*\.(small|medium|large|metal|metal-\d+xl|\d*xlarge)$/),
  'EC2 instance type; its architecture (arm64 or x86_64) picks the AMI.',
  'an EC2 instance type of size small or larger (nano and micro have too little memory for a node)',
  'write e.g. t4g.medium or m7i.large',
);

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

const percent = (about: string, value: number): z.ZodDefault<z.ZodInt> =>
  wholeNumber(10, 99, 'percent', `${about} Default: ${value}.`, value).default(value);

const cidr = (about: string, value: string): z.ZodDefault<z.ZodString> =>
  field(
    z.string().regex(/^(?:10|172|192|100)\.\d{1,3}\.\d{1,3}\.0\/(?:1[0-9]|2[0-4])$/),
    `${about} Default: ${value}.`,
    'a private IPv4 range between /10 and /24 whose last number is 0',
    `write e.g. ${value}, or leave the key out`,
  ).default(value);

/** No segment begins with a dot: `..` leads out of the project. */
const PROJECT_FILE = String.raw`(?:[\w-][\w.-]*\/)*[\w-][\w.-]*\.ya?ml`;
const MANIFEST = String.raw`https:\/\/[\w.-]+(?:\/[\w.~%+=@-]+)+#sha256=[0-9a-f]{64}|${PROJECT_FILE}`;

const cniManifest = field(
  z.string().regex(new RegExp(`^(?:${OWN_CNI}|${NO_CNI}|${MANIFEST})$`)),
  `The pod network, applied once, on the first control-plane node; docs/cni.md says what each needs. Default: ${OWN_CNI}, Headroom's own manifest of it.`,
  `${OWN_CNI}, a YAML file of this project, an https URL with #sha256= and the manifest's digest behind it, or ${NO_CNI} (nodes stay NotReady until you apply one)`,
  `write e.g. manifests/calico.yaml, or leave the key out for ${OWN_CNI}; curl --location URL | sha256sum prints the digest of what a URL serves`,
).default(DEFAULTS.cniManifest);

const metricsServerManifest = field(
  z.string().regex(new RegExp(`^(?:${MANIFEST})$`)),
  'Manifest of the metrics server, applied once, on the first control-plane node. Default: none is applied.',
  "a YAML file of this project, or an https URL with #sha256= and the manifest's digest behind it",
  'write e.g. manifests/metrics-server.yaml; curl --location URL | sha256sum prints the digest of what a URL serves',
).optional();

const cluster = z
  .strictObject({
    podCidr: cidr('Addresses of pods, as the CNI has it.', DEFAULTS.podCidr),
    serviceCidr: cidr('Addresses of services.', DEFAULTS.serviceCidr),
    cniManifest,
    metricsServerManifest,
    terminationProtection: truth(
      'Stacks, and control-plane instances, cannot be deleted until this is false.',
    ),
  })
  .describe('What makes the nodes a cluster.');

const attachedCluster = z
  .strictObject({
    terminationProtection: truth('Stacks cannot be deleted until this is false.'),
    existing,
  })
  .describe('The cluster that the nodes are of already.');

const etcdSnapshots = z
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
  .describe('Snapshots of etcd, to a bucket.');

const volumeSnapshots = z
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
  .describe("Snapshots of control planes' root volumes, by Data Lifecycle Manager.");

const protect = z
  .strictObject({
    etcdSnapshots: etcdSnapshots.default(DEFAULTS.etcdSnapshots),
    volumeSnapshots,
  })
  .describe('Ways back from a loss.');

const attachedProtect = z
  .strictObject({
    // kops and others save etcd themselves: only who asks for it gets ours, too.
    etcdSnapshots: etcdSnapshots.optional(),
    volumeSnapshots,
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
      'Used percent of / at which a notification is sent too.',
      DEFAULTS.diskLevels.emergencyPercent,
    ),
    targetPercent: percent('Healing frees down to this.', DEFAULTS.diskLevels.targetPercent),
  })
  .describe('Levels of the disk alarms.');

const privateCidr =
  /^(?:10(?:\.(?:25[0-5]|2[0-4]\d|1?\d?\d)){2}\.0|172\.(?:1[6-9]|2\d|3[01])(?:\.(?:25[0-5]|2[0-4]\d|1?\d?\d))\.0|192\.168(?:\.(?:25[0-5]|2[0-4]\d|1?\d?\d))\.0)\/(?:1[6-9]|20)$/;

const place = {
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
};

const people = {
  gameDays: gameDays.optional(),
  diskLevels: diskLevels.default(DEFAULTS.diskLevels),
  reclaim,
  healing: healing.optional(),
  notifications: notifications.default({ emails: [] }),
};

/** Headroom makes the network and the nodes. */
export const provisionedSchema = z
  .strictObject({
    ...place,
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
      cniManifest: DEFAULTS.cniManifest,
      terminationProtection: false,
    }),
    protect: protect.default({
      etcdSnapshots: DEFAULTS.etcdSnapshots,
      volumeSnapshots: DEFAULTS.volumeSnapshots,
    }),
    ...people,
  })
  .describe('One Headroom environment.');

/** The nodes run already: what would make them cannot be written here. */
export const attachedSchema = z
  .strictObject({
    ...place,
    cluster: attachedCluster,
    protect: attachedProtect.default({ volumeSnapshots: DEFAULTS.volumeSnapshots }),
    ...people,
  })
  .describe('One Headroom environment whose nodes run already.');

export type ProvisionedEnvironment = z.output<typeof provisionedSchema>;
export type AttachedEnvironment = z.output<typeof attachedSchema>;
export type Environment = ProvisionedEnvironment | AttachedEnvironment;

/** `cluster.existing` makes the difference, even when nothing is written below it. */
export const isAttached = (environment: Environment): environment is AttachedEnvironment =>
  'existing' in environment.cluster;

export type RootVolume = ProvisionedEnvironment['controlPlane']['rootVolume'];
