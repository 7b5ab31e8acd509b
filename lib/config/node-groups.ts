import type { ExistingGroup } from '../domain/attach/attachment';
import { declaredSizeGiB, type NodeGroupPolicy } from '../domain/plan/disk-policy';
import {
  HEALING_ACTIONS,
  type HealingAction,
  type HealingMode,
  type HealingModes,
} from '../domain/plan/healing-mode';
import { CONTROL_PLANE_GROUP, type NodeRole } from '../domain/names/naming';
import { ROOT_FILESYSTEM, type OperatingSystem } from './rules';
import {
  isAttached,
  type AttachedEnvironment,
  type Environment,
  type ProvisionedEnvironment,
  type RootVolume,
} from './schema';

/**
 * What all groups of nodes have in common, whether Headroom creates their instances or not. Alarms, healing and protection read this, and
 * never the environment's own keys: an attached environment has others.
 */
export interface NodeGroup {
  readonly name: string;
  readonly role: NodeRole;
  readonly os: OperatingSystem;
  readonly rootVolume: Pick<RootVolume, 'sizeGiB' | 'maxSizeGiB' | 'growthGiBPerDay'>;
  /** Its place in the environment file, e.g. `workerGroups.general`. */
  readonly environmentPath: string;
  /**
   * A raised sizeGiB also grows the nodes that run. Always so for a control plane of Headroom's own, which is never launched
   * anew; never for attached nodes.
   */
  readonly growExisting: boolean;
}

export interface WorkerNodeGroup extends NodeGroup {
  readonly role: 'worker';
  /** Of one that runs already. undefined: Headroom's own; `workerAutoScalingGroupName` names both. */
  readonly autoScalingGroupName?: string;
}

/** Its nodes are made by Headroom. */
export interface ProvisionedNodeGroup extends NodeGroup {
  readonly instanceType: string;
  readonly rootVolume: RootVolume;
}

export interface ProvisionedWorkerGroup extends ProvisionedNodeGroup {
  readonly role: 'worker';
  readonly min: number;
  readonly max: number;
}

/** undefined: none that is ours to look after, as with EKS. */
export function controlPlaneGroup(environment: ProvisionedEnvironment): ProvisionedNodeGroup;
export function controlPlaneGroup(environment: Environment): NodeGroup | undefined;
export function controlPlaneGroup(environment: Environment): NodeGroup | undefined {
  const group = { name: CONTROL_PLANE_GROUP, role: 'control-plane' } as const;
  if (!isAttached(environment)) {
    const { os, instanceType, rootVolume } = environment.controlPlane;
    const provisioned: ProvisionedNodeGroup = {
      ...group,
      os,
      instanceType,
      rootVolume,
      growExisting: true,
      environmentPath: 'controlPlane',
    };
    return provisioned;
  }
  const { controlPlane } = environment.cluster.existing;
  if (controlPlane === undefined) return undefined;
  const { os, rootVolume } = controlPlane;
  return { ...group, os, rootVolume, growExisting: false, environmentPath: 'cluster.existing.controlPlane' };
}

/** Nodes that the environment may have. Of workers that run already Auto Scaling alone knows: they are not in it. */
export const mostNodes = (environment: Environment): number =>
  controlPlaneCount(environment) +
  (isAttached(environment) ? 0 : workerGroups(environment).reduce((sum, { max }) => sum + max, 0));

/** Control-plane nodes that the environment has; 0 where none is ours to look after. */
export const controlPlaneCount = (environment: Environment): number =>
  isAttached(environment) ? existingControlPlaneIds(environment).length : environment.controlPlane.count;

export function workerGroups(environment: ProvisionedEnvironment): ProvisionedWorkerGroup[];
export function workerGroups(environment: Environment): WorkerNodeGroup[];
export function workerGroups(environment: Environment): WorkerNodeGroup[] {
  if (isAttached(environment))
    return Object.entries(environment.cluster.existing.workerGroups).map(([name, group]) => ({
      name,
      role: 'worker',
      growExisting: false,
      ...group,
      environmentPath: `cluster.existing.workerGroups.${name}`,
    }));
  return Object.entries(environment.workerGroups).map(([name, group]): ProvisionedWorkerGroup => ({
    name,
    role: 'worker',
    ...group,
    environmentPath: `workerGroups.${name}`,
  }));
}

export const nodeGroups = (environment: Environment): NodeGroup[] => {
  const controlPlane = controlPlaneGroup(environment);
  return [...(controlPlane ? [controlPlane] : []), ...workerGroups(environment)];
};

/** Ids of the control-plane nodes that run already, in the order of their index. */
export const existingControlPlaneIds = (environment: AttachedEnvironment): readonly string[] =>
  environment.cluster.existing.controlPlane?.instanceIds ?? [];

/** Attached worker group → its Auto Scaling group; none where Headroom makes the nodes. */
export const attachedWorkers = (environment: Environment): Record<string, string> =>
  isAttached(environment)
    ? Object.fromEntries(
        Object.entries(environment.cluster.existing.workerGroups).map(([name, group]) => [
          name,
          group.autoScalingGroupName,
        ]),
      )
    : {};

/** How the attach function finds a group's nodes. */
export const existingGroup = (environment: AttachedEnvironment, { name, role }: NodeGroup): ExistingGroup =>
  role === 'control-plane'
    ? { name, role, instanceIds: existingControlPlaneIds(environment) }
    : {
        name,
        role,
        autoScalingGroupName: environment.cluster.existing.workerGroups[name]?.autoScalingGroupName,
      };

/** What the plan function decides by, for each group. */
export const nodeGroupPolicies = (environment: Environment): Record<string, NodeGroupPolicy> =>
  Object.fromEntries(
    nodeGroups(environment).map(({ name, rootVolume: { sizeGiB, maxSizeGiB }, growExisting }) => [
      name,
      {
        ...environment.diskLevels,
        sizeGiB,
        maxSizeGiB,
        ...(growExisting && { growExisting }),
        ...(environment.healing?.modes && { modes: healingModes(environment, name) }),
      },
    ]),
  );

/** The modes of a node group, each with its default. */
export const healingModes = ({ healing }: Pick<Environment, 'healing'>, nodeGroup: string): HealingModes => {
  const { nodeGroups: groups = {}, ...all } = healing?.modes ?? {};
  const own = Object.hasOwn(groups, nodeGroup) ? groups[nodeGroup] : undefined;
  const modes = Object.fromEntries(
    HEALING_ACTIONS.map((action) => [
      action,
      own?.[action] ?? own?.default ?? all[action] ?? all.default ?? 'act',
    ]),
  ) as Record<HealingAction, HealingMode>;
  const atEmergency = own?.atEmergency ?? all.atEmergency;
  return { ...modes, ...(atEmergency && { atEmergency }) };
};

/** Names of the groups that have a mode other than `act`. */
export const watchedGroups = (environment: Environment): string[] =>
  nodeGroups(environment)
    .map(({ name }) => name)
    .filter((name) => {
      const modes = healingModes(environment, name);
      return HEALING_ACTIONS.some((action) => modes[action] !== 'act');
    });

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
