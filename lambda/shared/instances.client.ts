import {
  DescribeInstancesCommand,
  type DescribeInstancesCommandOutput,
  type Instance,
} from '@aws-sdk/client-ec2';
import { errorCode, type SdkShapedClient } from './sdk-shape';

/** What EC2 says of one instance, as far as Headroom asks. */
export interface DescribedInstance {
  readonly tags: Readonly<Record<string, string>>;
  /** EC2's own word, e.g. `running`. */
  readonly state: string;
  /** undefined: EC2 names no volume for the root device. */
  readonly rootVolumeId: string | undefined;
  /** Inside the network; '' when EC2 does not say. */
  readonly privateAddress: string;
  /** The account that owns it; '' when EC2 does not say. */
  readonly accountId: string;
}

/** undefined: EC2 does not know the instance. @throws what the SDK throws */
export const describeInstance = async (
  ec2: SdkShapedClient,
  instanceId: string,
): Promise<DescribedInstance | undefined> => {
  try {
    const { Reservations } = (await ec2.send(
      new DescribeInstancesCommand({ InstanceIds: [instanceId] }),
    )) as DescribeInstancesCommandOutput;
    const [reservation] = Reservations ?? [];
    const instance = reservation?.Instances?.[0];
    if (instance === undefined) return undefined;
    return {
      tags: tagsOf(instance),
      state: instance.State?.Name ?? 'unknown',
      rootVolumeId: rootVolumeOf(instance),
      privateAddress: instance.PrivateIpAddress ?? '',
      accountId: reservation?.OwnerId ?? '',
    };
  } catch (error) {
    // EC2 forgets an instance about an hour after its end; an id that never was has the same code.
    if (['InvalidInstanceID.NotFound', 'InvalidInstanceID.Malformed'].includes(errorCode(error)))
      return undefined;
    throw error;
  }
};

/** undefined: EC2 names no volume for the root device. */
export const rootVolumeOf = ({ BlockDeviceMappings, RootDeviceName }: Instance): string | undefined =>
  BlockDeviceMappings?.find(({ DeviceName }) => DeviceName === RootDeviceName)?.Ebs?.VolumeId;

export const tagsOf = ({ Tags }: Instance): Readonly<Record<string, string>> =>
  Object.fromEntries((Tags ?? []).map(({ Key, Value }): [string, string] => [Key ?? '', Value ?? '']));
