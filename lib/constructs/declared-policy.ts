import { CfnResource } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import type { NodeGroup } from '../config/node-groups';
import type { KubeletDiskPolicy } from '../domain/plan/disk-order';
import type { DiskPolicy } from '../domain/plan/disk-policy';
import { environmentFile } from '../domain/names/naming';

/** What the audit reads; docs/audit/metadata.md. CloudFormation changes nothing for the sake of metadata. */
const KEY = 'Headroom';

const identity = (
  environment: string,
  { name, role, environmentPath }: NodeGroup,
): Record<string, unknown> => ({
  environment,
  nodeGroup: name,
  role,
  environmentFile: environmentFile(environment),
  environmentPath,
});

const resourceOf = (construct: IConstruct): CfnResource => {
  const resource = CfnResource.isCfnResource(construct) ? construct : construct.node.defaultChild;
  if (resource && CfnResource.isCfnResource(resource)) return resource;
  throw new Error(`${construct.node.path} must be a resource or have one as its default child.`);
};

/** Whose node it is, and nothing that an edit of a size would change: no such edit may touch an instance. */
export const declareGroup = (construct: IConstruct, environmentName: string, group: NodeGroup): void =>
  resourceOf(construct).addMetadata(KEY, identity(environmentName, group));

/**
 * Sizes, cap and levels as the environment file has them.
 * @param kubelet of nodes whose kubelet is configured by us; left out if unknown
 */
export const declarePolicy = (
  construct: IConstruct,
  environmentName: string,
  group: NodeGroup,
  diskLevels: DiskPolicy,
  kubelet?: KubeletDiskPolicy,
): void => {
  const { sizeGiB, maxSizeGiB, growthGiBPerDay } = group.rootVolume;
  resourceOf(construct).addMetadata(KEY, {
    ...identity(environmentName, group),
    sizeGiB,
    maxSizeGiB,
    diskLevels,
    ...(kubelet !== undefined && { kubelet }),
    ...(growthGiBPerDay !== undefined && { growthGiBPerDay }),
  });
};
