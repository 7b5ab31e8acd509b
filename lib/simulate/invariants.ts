import type { NodeGroupPolicy } from '../domain/plan/disk-policy';
import { MODIFICATIONS_PER_DAY } from '../domain/plan/ebs-budget';
import type { Execution } from '../../packages/local-aws/src';
import type { NodeInstance } from '../drill/cloud/node-fleet';

const HOUR_MS = 3_600_000;
/** One for each level that a node may climb to, and one where CloudWatch has not measured the last one yet. */
const SWEEPS_PER_HOUR = 4;
const DAY_MS = 86_400_000;

export const instanceOf = ({ parameters }: Execution): string => parameters.InstanceId?.[0] ?? '';

const incidentOf = ({ parameters }: Execution): string =>
  JSON.stringify([parameters.InstanceId, parameters.Trigger, parameters.TriggeredAt]);

/** How many executions of the list (any order) began while another one of it had not ended. */
function overlaps(executions: readonly Execution[]): number {
  const sorted = [...executions].sort((left, right) => left.startedAt.getTime() - right.startedAt.getTime());
  let until = Number.NEGATIVE_INFINITY;
  let count = 0;
  for (const { startedAt, endedAt } of sorted) {
    if (startedAt.getTime() < until) count += 1;
    until = Math.max(until, endedAt?.getTime() ?? Number.POSITIVE_INFINITY);
  }
  return count;
}

/** By a key, in the order in which the keys come up. */
export function grouped(
  executions: readonly Execution[],
  key: (one: Execution) => string,
): readonly Execution[][] {
  const groups = new Map<string, Execution[]>();
  for (const execution of executions) {
    const group = groups.get(key(execution)) ?? [];
    group.push(execution);
    groups.set(key(execution), group);
  }
  return [...groups.values()];
}

/** A node healed twice at a time, or one transition of one alarm answered twice. */
export const duplicateExecutions = (executions: readonly Execution[]): number =>
  grouped(executions, instanceOf).reduce((sum, group) => sum + overlaps(group), 0) +
  grouped(executions, incidentOf).reduce((sum, group) => sum + group.length - 1, 0);

/** Control-plane nodes that were healed while another one was. */
export const overlappingHealings = (
  executions: readonly Execution[],
  controlPlane: ReadonlySet<string>,
): number => {
  const own = executions.filter((execution) => controlPlane.has(instanceOf(execution)));
  // Two of one node are counted as duplicates.
  return overlaps(own) - grouped(own, instanceOf).reduce((sum, group) => sum + overlaps(group), 0);
};

/**
 * Executions that the sweep started for a node beyond what its back-off allows: operators would be notified about the same
 * trouble every five minutes.
 */
export const repeatedEscalations = (executions: readonly Execution[]): number =>
  grouped(executions.filter(bySweep), instanceOf).reduce((sum, group) => {
    const beyond = group.filter(
      ({ startedAt }, index) =>
        index >= SWEEPS_PER_HOUR &&
        startedAt.getTime() - (group[index - SWEEPS_PER_HOUR]?.startedAt.getTime() ?? 0) < HOUR_MS,
    );
    return sum + beyond.length;
  }, 0);

const bySweep = ({ parameters }: Execution): boolean =>
  parameters.Trigger?.[0]?.startsWith('sweep:') === true;

/** Modifications above the group's cap, to a smaller size, or more in 24 hours than EBS takes. */
export function capViolations(
  { volume, nodeGroup }: NodeInstance,
  policies: Readonly<Record<string, NodeGroupPolicy>>,
): number {
  const cap = policies[nodeGroup]?.maxSizeGiB ?? 0;
  const { modifications } = volume;
  return modifications.filter(({ originalSizeGiB, targetSizeGiB, startedAt }, index) => {
    const dayAgo = startedAt.getTime() - DAY_MS;
    const lately = modifications.slice(0, index + 1).filter((one) => one.startedAt.getTime() > dayAgo);
    return targetSizeGiB > cap || targetSizeGiB < originalSizeGiB || lately.length > MODIFICATIONS_PER_DAY;
  }).length;
}
