import { AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import {
  DescribeSnapshotsCommand,
  EC2Client,
  type DescribeSnapshotsCommandOutput,
} from '@aws-sdk/client-ec2';
import { S3Client } from '@aws-sdk/client-s3';
import { SSMClient } from '@aws-sdk/client-ssm';
import type { VolumeModification } from '../../lib/domain/plan/ebs-budget';
import type { UsageSample } from '../../lib/domain/sizing/growth-forecast';
import { TAGS } from '../../lib/domain/names/naming';
import type { TakenSnapshot } from '../../lib/domain/plan/snapshot-first';
import { groupLifecycle } from '../shared/group-lifecycle.client';
import { describeInstance, type DescribedInstance } from '../shared/instances.client';
import { readMetric, type MetricQuery } from '../shared/metric.client';
import { sdkSettings } from '../shared/sdk-settings';
import { volumeModifications, volumeSizes } from '../shared/volumes.client';
import { lazily, type SdkClients } from '../shared/sdk-shape';

/** The function has a minute, most of which the ledger may need: no plan is lost over a snapshot. Milliseconds. */
const SNAPSHOTS_MS = 8_000;

/** The verbs that plan needs of AWS. */
export interface PlanClient {
  /** undefined: EC2 does not know the instance. */
  describeInstance(instanceId: string): Promise<DescribedInstance | undefined>;
  /** Auto Scaling's word for where the instance is in its life; undefined: it is in no group. */
  lifecycle(instanceId: string): Promise<string | undefined>;
  /** GiB; undefined: EC2 does not say. */
  volumeSizeGiB(volumeId: string): Promise<number | undefined>;
  modifications(volumeId: string): Promise<readonly VolumeModification[]>;
  /** Those that HealNode took of the volume before it grew it. */
  snapshotsBeforeGrowth(volumeId: string, environmentName: string): Promise<readonly TakenSnapshot[]>;
  metric(query: MetricQuery): Promise<readonly UsageSample[]>;
}

export const connect = (sdk: SdkClients<'ec2' | 'autoscaling' | 'cloudwatch'>): PlanClient => ({
  describeInstance: (instanceId) => describeInstance(sdk.ec2, instanceId),

  lifecycle: (instanceId) => groupLifecycle(sdk.autoscaling, instanceId),

  volumeSizeGiB: async (volumeId) => (await volumeSizes(sdk.ec2, [volumeId])).get(volumeId),

  modifications: async (volumeId) => (await volumeModifications(sdk.ec2, [volumeId])).get(volumeId) ?? [],

  async snapshotsBeforeGrowth(volumeId, environmentName) {
    const Filters = [
      { Name: 'volume-id', Values: [volumeId] },
      { Name: `tag:${TAGS.environment}`, Values: [environmentName] },
      { Name: 'tag-key', Values: [TAGS.beforeGrowth] },
    ];
    const abortSignal = AbortSignal.timeout(SNAPSHOTS_MS);
    const taken: TakenSnapshot[] = [];
    let nextToken: string | undefined;
    do {
      const page = (await sdk.ec2.send(
        // Another account's snapshot may have any tag.
        new DescribeSnapshotsCommand({
          ...{ OwnerIds: ['self'], Filters },
          ...(nextToken !== undefined && { NextToken: nextToken }),
        }),
        { abortSignal },
      )) as DescribeSnapshotsCommandOutput;
      for (const { SnapshotId, State } of page.Snapshots ?? [])
        if (SnapshotId !== undefined) taken.push({ snapshotId: SnapshotId, state: State ?? 'unknown' });
      nextToken = page.NextToken;
    } while (nextToken !== undefined && nextToken !== '');
    return taken;
  },

  metric: (query) => readMetric(sdk.cloudwatch, query),
});

export type PlanServices = 'ec2' | 'autoscaling' | 'cloudwatch' | 'ssm' | 's3';

export const sdkClients = (): SdkClients<PlanServices> => ({
  ec2: lazily(() => new EC2Client({ ...sdkSettings })),
  autoscaling: lazily(() => new AutoScalingClient({ ...sdkSettings })),
  cloudwatch: lazily(() => new CloudWatchClient({ ...sdkSettings })),
  ssm: lazily(() => new SSMClient({ ...sdkSettings })),
  s3: lazily(() => new S3Client({ ...sdkSettings })),
});
