import { DescribeInstanceTypesCommand } from '@aws-sdk/client-ec2';
import { call, type SdkClient } from './sdk';
import { filtersOf } from './tags';

/** Instance type → its default vCPUs, of those that the region has. @throws what the SDK throws */
export const vcpusOfTypes = async (
  ec2: SdkClient,
  instanceTypes: readonly string[],
): Promise<ReadonlyMap<string, number>> => {
  if (instanceTypes.length === 0) return new Map();
  const command = new DescribeInstanceTypesCommand({
    Filters: filtersOf({ 'instance-type': instanceTypes }),
  });
  const { InstanceTypes = [] } = await call(ec2, command);
  return new Map(
    InstanceTypes.flatMap(({ InstanceType, VCpuInfo }) =>
      InstanceType !== undefined && VCpuInfo?.DefaultVCpus !== undefined
        ? [[InstanceType as string, VCpuInfo.DefaultVCpus] as const]
        : [],
    ),
  );
};
