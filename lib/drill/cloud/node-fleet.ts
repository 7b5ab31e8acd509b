import { TAGS, type NodeRole } from '../../domain/names/naming';
import {
  type Assembly,
  desiredCapacity,
  groupMembers,
  type ModelledInstance,
  standaloneInstances,
} from '../../../packages/local-aws/src';
import { existingNodes } from './existing-nodes';

/** An instance that is a node of the environment. */
export interface NodeInstance extends ModelledInstance {
  readonly role: NodeRole;
  readonly nodeGroup: string;
}

/** @throws for an instance that is not tagged with its role */
function asNode(instance: ModelledInstance): NodeInstance {
  const role = instance.tags[TAGS.role];
  if (role !== 'control-plane' && role !== 'worker')
    throw new Error(`${instance.instanceId}: the instance has no tag ${TAGS.role}`);
  return { ...instance, role, nodeGroup: instance.tags[TAGS.nodeGroup] ?? role };
}

const controlPlaneOf = (assembly: Assembly, now: Date): readonly NodeInstance[] =>
  standaloneInstances(assembly, now)
    .map(asNode)
    .filter(({ role }) => role === 'control-plane');

/**
 * The nodes that the environment has right after a deploy, control plane first.
 * @param atLeastOneWorker a drilled worker exists even where a group may scale to zero
 */
export function modelFleet(
  assembly: Assembly,
  now: Date,
  atLeastOneWorker: boolean,
): readonly NodeInstance[] {
  const workers = assembly.ofType('AWS::AutoScaling::AutoScalingGroup').flatMap((group, index) => {
    const declared = desiredCapacity(group);
    return groupMembers(
      assembly,
      group,
      atLeastOneWorker && index === 0 ? Math.max(1, declared) : declared,
      now,
    );
  });
  return [...controlPlaneOf(assembly, now), ...workers.map(asNode), ...existingNodes(assembly, now)];
}

/**
 * A fleet of this many nodes: the control plane as deployed, and workers spread over the worker groups in turn.
 * @throws RangeError when they are fewer than the control plane, or more and no group can have them
 */
export function largeFleet(assembly: Assembly, now: Date, nodes: number): readonly NodeInstance[] {
  const controlPlane = controlPlaneOf(assembly, now);
  const groups = assembly.ofType('AWS::AutoScaling::AutoScalingGroup');
  const workers = nodes - controlPlane.length;
  if (workers < 0 || (workers > 0 && groups.length === 0)) {
    throw new RangeError(
      `the environment has ${controlPlane.length} control-plane nodes and ${groups.length} worker groups, got ${nodes} nodes`,
    );
  }
  return [
    ...controlPlane,
    ...groups.flatMap((group, index) =>
      groupMembers(assembly, group, Math.ceil((workers - index) / groups.length), now).map(asNode),
    ),
  ];
}
