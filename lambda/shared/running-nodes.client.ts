import { DescribeInstancesCommand, type DescribeInstancesCommandOutput } from '@aws-sdk/client-ec2';
import { rootVolumeOf, tagsOf } from './instances.client';
import type { SdkShapedClient } from './sdk-shape';

export interface RunningNode {
  readonly instanceId: string;
  readonly tags: Readonly<Record<string, string>>;
  /** Milliseconds since the epoch; undefined: EC2 did not say. */
  readonly launchedAtMs: number | undefined;
  /** undefined: EC2 names no volume for the root device. */
  readonly rootVolumeId: string | undefined;
}

/** All running instances with the tag. @throws what the SDK throws */
export const runningNodes = async (
  ec2: SdkShapedClient,
  { key, value }: { readonly key: string; readonly value: string },
): Promise<readonly RunningNode[]> => {
  const found: RunningNode[] = [];
  let nextToken: string | undefined;
  do {
    const page = (await ec2.send(
      new DescribeInstancesCommand({
        Filters: [
          { Name: `tag:${key}`, Values: [value] },
          { Name: 'instance-state-name', Values: ['running'] },
        ],
        MaxResults: 1_000,
        ...(nextToken !== undefined && { NextToken: nextToken }),
      }),
    )) as DescribeInstancesCommandOutput;
    for (const instance of (page.Reservations ?? []).flatMap(({ Instances }) => Instances ?? [])) {
      if (instance.InstanceId === undefined) continue;
      found.push({
        instanceId: instance.InstanceId,
        tags: tagsOf(instance),
        launchedAtMs: instance.LaunchTime?.getTime(),
        rootVolumeId: rootVolumeOf(instance),
      });
    }
    nextToken = page.NextToken;
  } while (nextToken !== undefined && nextToken !== '');
  return found;
};
