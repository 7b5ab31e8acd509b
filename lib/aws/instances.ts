import {
  DescribeInstanceStatusCommand,
  DescribeInstancesCommand,
  type DescribeInstancesCommandInput,
  type Instance as SdkInstance,
  type InstanceStatus,
} from '@aws-sdk/client-ec2';
import type { InstanceKind } from '../domain/attach/unsupported-instance';
import { orUndefined } from './errors';
import { call, everyPage, type SdkClient } from './sdk';
import { filterOf, filtersOf, taggedWith, tagsOf, type Filters } from './tags';

/** Those that EC2's states name of an instance that is not gone. */
export const EXISTING_STATES = ['pending', 'running', 'stopping', 'stopped'] as const;

/** What EC2 says of one instance, as far as Headroom asks. */
export interface Instance {
  readonly instanceId: string;
  /** EC2's own word, e.g. `running`. */
  readonly state: string;
  readonly tags: Readonly<Record<string, string>>;
  /** Milliseconds since the epoch; undefined: EC2 did not say. */
  readonly launchedAtMs: number | undefined;
  /** undefined: EC2 names no volume for the root device. */
  readonly rootVolumeId: string | undefined;
  /** Inside the network; '' when EC2 does not say. */
  readonly privateAddress: string;
  /** The account that owns it; '' when EC2 does not say. */
  readonly accountId: string;
  readonly kind: InstanceKind;
}

const instanceOf = (accountId: string, instance: SdkInstance): Instance => {
  const root = instance.BlockDeviceMappings?.find(({ DeviceName }) => DeviceName === instance.RootDeviceName);
  return {
    instanceId: instance.InstanceId ?? '',
    state: instance.State?.Name ?? 'unknown',
    tags: tagsOf(instance.Tags),
    launchedAtMs: instance.LaunchTime?.getTime(),
    rootVolumeId: root?.Ebs?.VolumeId,
    privateAddress: instance.PrivateIpAddress ?? '',
    accountId,
    kind: { Platform: instance.Platform, Operator: instance.Operator },
  };
};

const listed = (ec2: SdkClient, input: DescribeInstancesCommandInput): Promise<readonly Instance[]> =>
  everyPage(ec2, DescribeInstancesCommand, input, ({ Reservations = [] }) =>
    Reservations.flatMap(({ OwnerId = '', Instances = [] }) =>
      Instances.map((each) => instanceOf(OwnerId, each)),
    ),
  );

/** undefined: EC2 does not know the instance, or no longer. @throws what the SDK throws */
export const describeInstance = async (ec2: SdkClient, instanceId: string): Promise<Instance | undefined> =>
  (await orUndefined(listed(ec2, { InstanceIds: [instanceId] }), 'noInstance'))?.[0];

/** Those that match every filter, a thousand a page. @throws what the SDK throws */
export const instancesWhere = (ec2: SdkClient, filters: Filters): Promise<readonly Instance[]> =>
  listed(ec2, { Filters: filtersOf(filters), MaxResults: 1_000 });

/** Running instances with all these tags. @throws what the SDK throws */
export const runningInstances = (
  ec2: SdkClient,
  tags: Readonly<Record<string, string>>,
): Promise<readonly Instance[]> =>
  instancesWhere(ec2, { ...taggedWith(tags), 'instance-state-name': 'running' });

/** Those of any of the values, whatever their number. @throws what the SDK throws */
export const instancesOfAny = async (
  ec2: SdkClient,
  name: string,
  values: readonly string[],
): Promise<readonly Instance[]> => {
  const found: Instance[] = [];
  for (const filter of filterOf(name, values))
    found.push(...(await listed(ec2, { Filters: [filter], MaxResults: 1_000 })));
  return found;
};

/** EC2 is silent about an instance that does not run. @throws what the SDK throws */
export const instanceStatuses = async (
  ec2: SdkClient,
  instanceIds: readonly string[],
): Promise<readonly InstanceStatus[]> =>
  (await call(ec2, new DescribeInstanceStatusCommand({ InstanceIds: [...instanceIds] }))).InstanceStatuses ??
  [];
