import {
  DescribeAutoScalingInstancesCommand,
  type DescribeAutoScalingInstancesCommandOutput,
} from '@aws-sdk/client-auto-scaling';
import type { SdkShapedClient } from './sdk-shape';

/** LifecycleState of an instance in its Auto Scaling group; undefined: it is in none. @throws what the SDK throws */
export const groupLifecycle = async (
  autoscaling: SdkShapedClient,
  instanceId: string,
): Promise<string | undefined> => {
  const { AutoScalingInstances } = (await autoscaling.send(
    new DescribeAutoScalingInstancesCommand({ InstanceIds: [instanceId] }),
  )) as DescribeAutoScalingInstancesCommandOutput;
  return AutoScalingInstances?.[0]?.LifecycleState;
};
