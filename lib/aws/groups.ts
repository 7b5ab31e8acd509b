import {
  DescribeAutoScalingGroupsCommand,
  DescribeAutoScalingInstancesCommand,
} from '@aws-sdk/client-auto-scaling';
import { call, chunks, type SdkClient } from './sdk';

/** https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_DescribeAutoScalingGroups.html */
const GROUPS_PER_CALL = 50;

/** LifecycleState of an instance in its Auto Scaling group; undefined: it is in none. @throws what the SDK throws */
export const groupLifecycle = async (
  autoscaling: SdkClient,
  instanceId: string,
): Promise<string | undefined> => {
  const { AutoScalingInstances } = await call(
    autoscaling,
    new DescribeAutoScalingInstancesCommand({ InstanceIds: [instanceId] }),
  );
  return AutoScalingInstances?.[0]?.LifecycleState;
};

/** The names of those Auto Scaling groups that exist. @throws what the SDK throws */
export const existingGroups = async (
  autoscaling: SdkClient,
  names: readonly string[],
): Promise<readonly string[]> => {
  const found: string[] = [];
  for (const some of chunks(names, GROUPS_PER_CALL)) {
    const { AutoScalingGroups = [] } = await call(
      autoscaling,
      new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: some }),
    );
    found.push(...AutoScalingGroups.map(({ AutoScalingGroupName = '' }) => AutoScalingGroupName));
  }
  return found;
};
