import {
  DescribeInstancesCommand,
  EC2Client,
  type DescribeInstancesCommandOutput,
  type Filter,
  type Instance,
} from '@aws-sdk/client-ec2';
import {
  DescribeInstanceInformationCommand,
  SSMClient,
  type DescribeInstanceInformationCommandOutput,
} from '@aws-sdk/client-ssm';
import { AUTO_SCALING_GROUP_TAG, TAGS } from '../../lib/domain/names/naming';
import { unsupportedInstance } from '../../lib/domain/attach/unsupported-instance';
import type { OperatedNode } from '../../lib/domain/operate/operate-target';
import { errorCode, lazily, type SdkClients } from '../shared/sdk-shape';
import { sdkSettings } from '../shared/sdk-settings';

export type OperateServices = 'ec2' | 'ssm';

export interface LaunchedInstance {
  readonly instanceId: string;
  /** undefined: EC2 does not say. Milliseconds since the epoch. */
  readonly launchedAtMs: number | undefined;
}

/** The verbs that the runbooks need of AWS. */
export interface OperateClient {
  /** undefined: EC2 does not know it, or no longer. */
  node(instanceId: string): Promise<OperatedNode | undefined>;
  /** The environment's control-plane nodes that are not gone. */
  controlPlane(environmentName: string): Promise<readonly OperatedNode[]>;
  /** The group's running instances. */
  members(environmentName: string, autoScalingGroupName: string): Promise<readonly LaunchedInstance[]>;
}

/** What the filter takes at a time. */
const MAX_IDS = 50;

export const connect = (sdk: SdkClients<OperateServices>): OperateClient => {
  const describe = async (input: { Filters: Filter[] } | { InstanceIds: string[] }): Promise<Instance[]> => {
    const found: Instance[] = [];
    let nextToken: string | undefined;
    do {
      const page = (await sdk.ec2.send(
        new DescribeInstancesCommand({ ...input, ...(nextToken !== undefined && { NextToken: nextToken }) }),
      )) as DescribeInstancesCommandOutput;
      found.push(...(page.Reservations ?? []).flatMap(({ Instances }) => Instances ?? []));
      nextToken = page.NextToken;
    } while (nextToken !== undefined && nextToken !== '');
    return found;
  };

  const online = async (ids: readonly string[]): Promise<ReadonlySet<string>> => {
    if (ids.length === 0) return new Set();
    const { InstanceInformationList } = (await sdk.ssm.send(
      new DescribeInstanceInformationCommand({
        Filters: [{ Key: 'InstanceIds', Values: ids.slice(0, MAX_IDS) }],
        MaxResults: MAX_IDS,
      }),
    )) as DescribeInstanceInformationCommandOutput;
    const answering = (InstanceInformationList ?? []).filter(({ PingStatus }) => PingStatus === 'Online');
    return new Set(answering.map(({ InstanceId }) => InstanceId ?? ''));
  };

  const operated = async (instances: readonly Instance[]): Promise<readonly OperatedNode[]> => {
    const running = instances.filter(({ State }) => State?.Name === 'running');
    const answering = await online(running.map(({ InstanceId }) => InstanceId ?? ''));
    return instances.map((instance) =>
      withKind(instance, {
        instanceId: instance.InstanceId ?? '',
        environment: tagOf(instance, TAGS.environment),
        role: tagOf(instance, TAGS.role),
        address: instance.PrivateIpAddress ?? '',
        state: instance.State?.Name ?? 'unknown',
        autoScalingGroupName: tagOf(instance, AUTO_SCALING_GROUP_TAG),
        online: answering.has(instance.InstanceId ?? ''),
      }),
    );
  };

  return {
    async node(instanceId) {
      try {
        const [node] = await operated(await describe({ InstanceIds: [instanceId] }));
        return node;
      } catch (error) {
        // EC2 forgets an instance about an hour after its end; an id that never was has the same code.
        if (['InvalidInstanceID.NotFound', 'InvalidInstanceID.Malformed'].includes(errorCode(error)))
          return undefined;
        throw error;
      }
    },

    async controlPlane(environmentName) {
      const all = await describe({
        Filters: [
          { Name: `tag:${TAGS.environment}`, Values: [environmentName] },
          { Name: `tag:${TAGS.role}`, Values: ['control-plane'] },
        ],
      });
      return operated(
        all.filter(({ State }) => !['terminated', 'shutting-down'].includes(State?.Name ?? '')),
      );
    },

    async members(environmentName, autoScalingGroupName) {
      const all = await describe({
        Filters: [
          { Name: `tag:${TAGS.environment}`, Values: [environmentName] },
          { Name: `tag:${AUTO_SCALING_GROUP_TAG}`, Values: [autoScalingGroupName] },
          { Name: 'instance-state-name', Values: ['running'] },
        ],
      });
      return all.map(({ InstanceId, LaunchTime }) => ({
        instanceId: InstanceId ?? '',
        launchedAtMs: LaunchTime?.getTime(),
      }));
    },
  };
};

const withKind = (instance: Instance, node: OperatedNode): OperatedNode => {
  const unsupported = unsupportedInstance(instance);
  return unsupported === undefined ? node : { ...node, unsupported };
};

const tagOf = ({ Tags }: Instance, key: string): string => Tags?.find(({ Key }) => Key === key)?.Value ?? '';

export const sdkClients = (): SdkClients<OperateServices> => ({
  ec2: lazily(() => new EC2Client(sdkSettings)),
  ssm: lazily(() => new SSMClient(sdkSettings)),
});
