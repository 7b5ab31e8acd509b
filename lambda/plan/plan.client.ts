import { autoScalingClient } from '../../lib/aws/clients/auto-scaling';
import { cloudWatchClient } from '../../lib/aws/clients/cloudwatch';
import { ec2Client } from '../../lib/aws/clients/ec2';
import { s3Client } from '../../lib/aws/clients/s3';
import { ssmClient } from '../../lib/aws/clients/ssm';
import { groupLifecycle } from '../../lib/aws/groups';
import { describeInstance, instanceStatuses, instancesWhere, type Instance } from '../../lib/aws/instances';
import type { SdkClients } from '../../lib/aws/sdk';
import { taggedWith } from '../../lib/aws/tags';
import { snapshotsWhere, volumeModifications, volumeSizes } from '../../lib/aws/volumes';
import { TAGS } from '../../lib/domain/names/naming';
import type { VolumeModification } from '../../lib/domain/plan/ebs-budget';
import type { TakenSnapshot } from '../../lib/domain/plan/snapshot-first';
import type { UsageSample } from '../../lib/domain/sizing/growth-forecast';
import { readMetric, type MetricQuery } from '../shared/metric';

/** The function has a minute, most of which the ledger may need: no plan is lost over a snapshot. Milliseconds. */
const SNAPSHOTS_MS = 8_000;

/** The verbs that plan needs of AWS. */
export interface PlanClient {
  /** undefined: EC2 does not know the instance. */
  describeInstance(instanceId: string): Promise<Instance | undefined>;
  /** Auto Scaling's word for where the instance is in its life; undefined: it is in no group. */
  lifecycle(instanceId: string): Promise<string | undefined>;
  /** GiB; undefined: EC2 does not say. */
  volumeSizeGiB(volumeId: string): Promise<number | undefined>;
  modifications(volumeId: string): Promise<readonly VolumeModification[]>;
  /** Those that HealNode took of the volume before it grew it. */
  snapshotsBeforeGrowth(volumeId: string, environmentName: string): Promise<readonly TakenSnapshot[]>;
  metric(query: MetricQuery): Promise<readonly UsageSample[]>;
}

/** The verbs that the out-of-band lane needs of EC2 besides plan's. */
export interface OutOfBandClient {
  /** Instances with all these tags, in any state. */
  tagged(tags: Readonly<Record<string, string>>): Promise<readonly Instance[]>;
  /** Those of the instances whose both status checks are `ok`; EC2 is silent about one that does not run. */
  passingStatusChecks(instanceIds: readonly string[]): Promise<ReadonlySet<string>>;
  /** EC2's word, e.g. `ok` or `impaired`; undefined: it has none, as for an instance that does not run. */
  attachedEbsStatus(instanceId: string): Promise<string | undefined>;
}

export const connect = (sdk: SdkClients<'ec2' | 'autoscaling' | 'cloudwatch'>): PlanClient => ({
  describeInstance: (instanceId) => describeInstance(sdk.ec2, instanceId),
  lifecycle: (instanceId) => groupLifecycle(sdk.autoscaling, instanceId),
  volumeSizeGiB: async (volumeId) => (await volumeSizes(sdk.ec2, [volumeId])).get(volumeId),
  modifications: async (volumeId) => (await volumeModifications(sdk.ec2, [volumeId])).get(volumeId) ?? [],
  snapshotsBeforeGrowth: (volumeId, environmentName) =>
    snapshotsWhere(
      sdk.ec2,
      {
        'volume-id': volumeId,
        ...taggedWith({ [TAGS.environment]: environmentName }),
        'tag-key': TAGS.beforeGrowth,
      },
      { abortSignal: AbortSignal.timeout(SNAPSHOTS_MS) },
    ),
  metric: (query) => readMetric(sdk.cloudwatch, query),
});

export const connectOutOfBand = ({ ec2 }: SdkClients<'ec2'>): OutOfBandClient => ({
  tagged: (tags) => instancesWhere(ec2, taggedWith(tags)),

  async passingStatusChecks(instanceIds) {
    if (instanceIds.length === 0) return new Set();
    const ok = (await instanceStatuses(ec2, instanceIds)).filter(
      ({ InstanceStatus, SystemStatus }) => InstanceStatus?.Status === 'ok' && SystemStatus?.Status === 'ok',
    );
    return new Set(ok.map(({ InstanceId }) => InstanceId ?? ''));
  },

  attachedEbsStatus: async (instanceId) =>
    (await instanceStatuses(ec2, [instanceId]))[0]?.AttachedEbsStatus?.Status,
});

export type PlanServices = 'ec2' | 'autoscaling' | 'cloudwatch' | 'ssm' | 's3';

export const sdkClients = (): SdkClients<PlanServices> => ({
  ec2: ec2Client(),
  autoscaling: autoScalingClient(),
  cloudwatch: cloudWatchClient(),
  ssm: ssmClient(),
  s3: s3Client(),
});
