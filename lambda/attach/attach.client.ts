import { autoScalingClient } from '../../lib/aws/clients/auto-scaling';
import { ec2Client } from '../../lib/aws/clients/ec2';
import { existingGroups } from '../../lib/aws/groups';
import { instancesOfAny } from '../../lib/aws/instances';
import type { SdkClients } from '../../lib/aws/sdk';
import { tagResources, untagResources } from '../../lib/aws/tags';
import { volumesOfAny } from '../../lib/aws/volumes';
import type { SeenInstance, SeenVolume } from '../../lib/domain/attach/attach';
import { unsupportedInstance } from '../../lib/domain/attach/unsupported-instance';

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

export const connect = ({ ec2, autoscaling }: SdkClients<AttachServices>): AttachClient => ({
  async instances({ name, values }) {
    const found = await instancesOfAny(ec2, name, values);
    return found.map(({ instanceId, state, tags, rootVolumeId, kind }) => {
      const unsupported = unsupportedInstance(kind);
      return { instanceId, state, tags, rootVolumeId, ...(unsupported !== undefined && { unsupported }) };
    });
  },
  volumes: ({ name, values }) => volumesOfAny(ec2, name, values),
  autoScalingGroups: (names) => existingGroups(autoscaling, names),
  tag: (resourceIds, tags) => tagResources(ec2, resourceIds, tags),
  untag: (resourceIds, keys) => untagResources(ec2, resourceIds, keys),
});

export const sdkClients = (): SdkClients<AttachServices> => ({
  ec2: ec2Client(),
  autoscaling: autoScalingClient(),
});
