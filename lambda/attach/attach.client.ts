import {
  AutoScalingClient,
  DescribeAutoScalingGroupsCommand,
  type DescribeAutoScalingGroupsCommandOutput,
} from '@aws-sdk/client-auto-scaling';
import {
  CreateTagsCommand,
  DeleteTagsCommand,
  DescribeInstancesCommand,
  DescribeVolumesCommand,
  EC2Client,
  type DescribeInstancesCommandOutput,
  type DescribeVolumesCommandOutput,
  type Filter,
  type Instance,
  type Tag,
} from '@aws-sdk/client-ec2';
import type { SeenInstance, SeenVolume } from '../../lib/domain/attach/attach';
import { unsupportedInstance } from '../../lib/domain/attach/unsupported-instance';
import { sdkSettings } from '../shared/sdk-settings';
import { lazily, type SdkClients } from '../shared/sdk-shape';

export type AttachServices = 'ec2' | 'autoscaling';

/** A filter of EC2's Describe calls: any of the values. */
export interface Only {
  /** e.g. `instance-id` or `tag:headroom:environment`. */
  readonly name: string;
  readonly values: readonly string[];
}

/** The verbs that the attach function needs of AWS. */
export interface AttachClient {
  /** Whatever their state. */
  instances(only: Only): Promise<readonly SeenInstance[]>;
  volumes(only: Only): Promise<readonly SeenVolume[]>;
  /** Those of them that there are. */
  autoScalingGroups(names: readonly string[]): Promise<readonly string[]>;
  tag(resourceIds: readonly string[], tags: Readonly<Record<string, string>>): Promise<void>;
  untag(resourceIds: readonly string[], keys: readonly string[]): Promise<void>;
}

/** A filter takes so many values. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInstances.html */
const VALUES_PER_FILTER = 200;
const PAGE = 500;
/** https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_DescribeAutoScalingGroups.html */
const GROUPS_PER_CALL = 50;

const chunks = <T>(items: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );

const tagsOf = (tags: readonly Tag[] = []): Record<string, string> =>
  Object.fromEntries(tags.map(({ Key, Value }): [string, string] => [Key ?? '', Value ?? '']));

const instanceOf = (instance: Instance): SeenInstance => ({
  instanceId: instance.InstanceId ?? '',
  state: instance.State?.Name ?? 'unknown',
  tags: tagsOf(instance.Tags),
  rootVolumeId: instance.BlockDeviceMappings?.find(({ DeviceName }) => DeviceName === instance.RootDeviceName)
    ?.Ebs?.VolumeId,
  ...unsupportedOf(instance),
});

const unsupportedOf = (instance: Instance): Pick<SeenInstance, 'unsupported'> => {
  const unsupported = unsupportedInstance(instance);
  return unsupported === undefined ? {} : { unsupported };
};

/** Every page of every chunk of the filter's values. */
const pages = async <P extends { NextToken?: string | undefined }, T>(
  { name, values }: Only,
  call: (filters: Filter[], nextToken: string | undefined) => Promise<P>,
  read: (page: P) => readonly T[],
): Promise<T[]> => {
  const found: T[] = [];
  for (const some of chunks(values, VALUES_PER_FILTER)) {
    let nextToken: string | undefined;
    do {
      const page = await call([{ Name: name, Values: some }], nextToken);
      found.push(...read(page));
      nextToken = page.NextToken;
    } while (nextToken !== undefined && nextToken !== '');
  }
  return found;
};

export const connect = (sdk: SdkClients<AttachServices>): AttachClient => ({
  instances: (only) =>
    pages(
      only,
      (Filters, NextToken) =>
        sdk.ec2.send(
          new DescribeInstancesCommand({
            Filters,
            MaxResults: PAGE,
            ...(NextToken !== undefined && { NextToken }),
          }),
        ) as Promise<DescribeInstancesCommandOutput>,
      ({ Reservations = [] }) => Reservations.flatMap(({ Instances = [] }) => Instances.map(instanceOf)),
    ),

  volumes: (only) =>
    pages(
      only,
      (Filters, NextToken) =>
        sdk.ec2.send(
          new DescribeVolumesCommand({
            Filters,
            MaxResults: PAGE,
            ...(NextToken !== undefined && { NextToken }),
          }),
        ) as Promise<DescribeVolumesCommandOutput>,
      ({ Volumes = [] }) =>
        Volumes.map(({ VolumeId, Tags }) => ({ volumeId: VolumeId ?? '', tags: tagsOf(Tags) })),
    ),

  async autoScalingGroups(names) {
    const found: string[] = [];
    for (const some of chunks(names, GROUPS_PER_CALL)) {
      const { AutoScalingGroups = [] } = (await sdk.autoscaling.send(
        new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: some }),
      )) as DescribeAutoScalingGroupsCommandOutput;
      found.push(...AutoScalingGroups.map(({ AutoScalingGroupName }) => AutoScalingGroupName ?? ''));
    }
    return found;
  },

  async tag(resourceIds, tags) {
    const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
    await sdk.ec2.send(new CreateTagsCommand({ Resources: [...resourceIds], Tags }));
  },

  async untag(resourceIds, keys) {
    // Without a value EC2 deletes whatever value it has.
    await sdk.ec2.send(
      new DeleteTagsCommand({ Resources: [...resourceIds], Tags: keys.map((Key) => ({ Key })) }),
    );
  },
});

export const sdkClients = (): SdkClients<AttachServices> => ({
  ec2: lazily(() => new EC2Client({ ...sdkSettings })),
  autoscaling: lazily(() => new AutoScalingClient({ ...sdkSettings })),
});
