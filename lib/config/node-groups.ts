import { declaredSizeGiB, type NodeGroupPolicy } from '../domain/disk-policy';
import { CONTROL_PLANE_GROUP, type NodeRole } from '../domain/naming';
import { ROOT_FILESYSTEM, type OperatingSystem } from './rules';
import type { Environment, RootVolume } from './schema';

/** What all groups of nodes have in common, whatever makes their instances. */
export interface NodeGroup {
  readonly name: string;
  readonly role: NodeRole;
  readonly os: OperatingSystem;
  readonly instanceType: string;
  readonly rootVolume: RootVolume;
  /** A raised sizeGiB also grows the nodes that run. Always so for a control plane, which is never launched anew. */
  readonly growExisting: boolean;
}

export interface WorkerNodeGroup extends NodeGroup {
  readonly role: 'worker';
  readonly min: number;
  readonly max: number;
}

export const controlPlaneGroup = ({ controlPlane }: Environment): NodeGroup => ({
  name: CONTROL_PLANE_GROUP,
  role: 'control-plane',
  os: controlPlane.os,
  instanceType: controlPlane.instanceType,
  rootVolume: controlPlane.rootVolume,
  growExisting: true,
});

export const workerGroups = (environment: Environment): WorkerNodeGroup[] =>
  Object.entries(environment.workerGroups).map(([name, group]) => ({ name, role: 'worker', ...group }));

export const nodeGroups = (environment: Environment): NodeGroup[] => [
  controlPlaneGroup(environment),
  ...workerGroups(environment),
];

/** What the plan function decides by, for each group. */
export const nodeGroupPolicies = (environment: Environment): Record<string, NodeGroupPolicy> =>
  Object.fromEntries(
    nodeGroups(environment).map(({ name, rootVolume: { sizeGiB, maxSizeGiB }, growExisting }) => [
      name,
      { ...environment.diskLevels, sizeGiB, maxSizeGiB, ...(growExisting && { growExisting }) },
    ]),
  );

/** What nodes that run must have at least, GiB, for the groups that say so. */
export const declaredSizes = (environment: Environment): Record<string, number> =>
  Object.fromEntries(
    nodeGroups(environment).flatMap(({ name, growExisting, rootVolume }) => {
      const sizeGiB = declaredSizeGiB({ ...rootVolume, growExisting });
      return sizeGiB === undefined ? [] : [[name, sizeGiB]];
    }),
  );

/** Root's filesystem in each group, by which the sweep finds its nodes' metrics. */
export const nodeGroupFilesystems = (environment: Environment): Record<string, string> =>
  Object.fromEntries(nodeGroups(environment).map(({ name, os }) => [name, ROOT_FILESYSTEM[os]]));
