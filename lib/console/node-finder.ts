import type { Environment } from '../config/schema';
import { CONTROL_PLANE_GROUP, TAGS } from '../domain/naming';

/** How an environment's nodes are found and told apart. */
export interface NodeFinder {
  /** All of these. */
  readonly tags: Readonly<Record<string, string>>;
  /** undefined: of no group that the environment file names. */
  readonly groupOf: (node: {
    readonly instanceId: string;
    readonly tags: Readonly<Record<string, string>>;
    readonly autoScalingGroupName: string | undefined;
  }) => string | undefined;
}

/** Nodes of ours bear Headroom's tags; those that ran before are found as the environment file describes them. */
export const nodeFinder = (environmentName: string, { cluster }: Environment): NodeFinder => {
  const { existing } = cluster;
  if (existing === undefined)
    return { tags: { [TAGS.environment]: environmentName }, groupOf: ({ tags }) => tags[TAGS.nodeGroup] };
  const controlPlane = new Set<string>(existing.controlPlane?.instanceIds ?? []);
  const groups = new Map(
    Object.entries(existing.workerGroups).map(([name, group]) => [group.autoScalingGroupName, name]),
  );
  return {
    tags: existing.tags,
    groupOf: ({ instanceId, autoScalingGroupName }) =>
      controlPlane.has(instanceId) ? CONTROL_PLANE_GROUP : groups.get(autoScalingGroupName ?? ''),
  };
};
