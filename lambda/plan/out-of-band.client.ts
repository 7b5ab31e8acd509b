import {
  DescribeInstanceStatusCommand,
  DescribeInstancesCommand,
  type DescribeInstanceStatusCommandOutput,
  type DescribeInstancesCommandOutput,
  type Filter,
  type Instance,
  type InstanceStatus,
} from '@aws-sdk/client-ec2';
import { tagsOf } from '../shared/instances.client';
import type { SdkClients } from '../shared/sdk-shape';

export interface DescribedMember {
  readonly instanceId: string;
  readonly state: string;
  readonly tags: Readonly<Record<string, string>>;
}

/** The verbs that the out-of-band lane needs of EC2 besides plan's. */
export interface OutOfBandClient {
  /** Instances with all these tags, in any state. */
  tagged(tags: Readonly<Record<string, string>>): Promise<readonly DescribedMember[]>;
  /** Those of the instances whose both status checks are `ok`; EC2 is silent about one that does not run. */
  passingStatusChecks(instanceIds: readonly string[]): Promise<ReadonlySet<string>>;
  /** EC2's word, e.g. `ok` or `impaired`; undefined: it has none, as for an instance that does not run. */
  attachedEbsStatus(instanceId: string): Promise<string | undefined>;
}

export const connectOutOfBand = (sdk: SdkClients<'ec2'>): OutOfBandClient => {
  const describe = async (input: { readonly Filters: Filter[] }): Promise<Instance[]> => {
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

  const statuses = async (instanceIds: readonly string[]): Promise<InstanceStatus[]> => {
    const command = new DescribeInstanceStatusCommand({ InstanceIds: [...instanceIds] });
    return ((await sdk.ec2.send(command)) as DescribeInstanceStatusCommandOutput).InstanceStatuses ?? [];
  };

  return {
    async tagged(tags) {
      const Filters = Object.entries(tags).map(([key, value]) => ({ Name: `tag:${key}`, Values: [value] }));
      return (await describe({ Filters })).map((instance) => ({
        instanceId: instance.InstanceId ?? '',
        state: instance.State?.Name ?? 'unknown',
        tags: tagsOf(instance),
      }));
    },

    async passingStatusChecks(instanceIds) {
      if (instanceIds.length === 0) return new Set();
      const ok = (await statuses(instanceIds)).filter(
        ({ InstanceStatus, SystemStatus }) =>
          InstanceStatus?.Status === 'ok' && SystemStatus?.Status === 'ok',
      );
      return new Set(ok.map(({ InstanceId }) => InstanceId ?? ''));
    },

    async attachedEbsStatus(instanceId) {
      return (await statuses([instanceId]))[0]?.AttachedEbsStatus?.Status;
    },
  };
};
