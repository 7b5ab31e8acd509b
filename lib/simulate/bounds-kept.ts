import type { NodeGroupPolicy } from '../domain/plan/disk-policy';
import { countedGiB } from '../domain/plan/growth-budget';
import type { HealingBounds } from '../domain/plan/healing-bounds';
import {
  EMERGENCY_INTERVAL_MS,
  RATE_WINDOW_MS,
  healingPurpose,
  type HealingPurpose,
} from '../domain/plan/healing-rate';
import { CONTROL_PLANE_GROUP } from '../domain/names/naming';
import { readPlanPayload } from '../domain/plan/plan-payload';
import { NOT_COUNTED } from '../domain/plan/plan-purchase';
import type { Execution } from '../../packages/local-aws/src';
import type { NodeInstance } from '../drill/cloud/node-fleet';
import { grouped, instanceOf } from './invariants';

type Policies = Readonly<Record<string, NodeGroupPolicy>>;

/**
 * GiB that were bought beyond the month's bound, or by workers beyond their share of it. Those aside that a plan says are not counted: at the emergency level, while
 * the ledger could not be read or written.
 */
export const growthBeyond = (
  instances: readonly NodeInstance[],
  executions: readonly Execution[],
  policies: Policies,
  { growthGiB, controlPlaneGiB }: Pick<HealingBounds, 'growthGiB' | 'controlPlaneGiB'>,
): number => {
  const bought = instances.flatMap(({ nodeGroup, volume }) =>
    volume.modifications.map(({ originalSizeGiB, targetSizeGiB }) => ({
      nodeGroup,
      gib: countedGiB(originalSizeGiB, targetSizeGiB, policies[nodeGroup]),
    })),
  );
  const uncounted = executions.flatMap(({ steps }) =>
    steps.flatMap(({ outputs }) => {
      const plan = readPlanPayload(outputs.Payload);
      if (plan?.action !== 'grow' || !plan.reason.includes(NOT_COUNTED)) return [];
      const { nodeGroup, volumeSizeGiB, targetSizeGiB } = plan;
      return [{ nodeGroup, gib: -countedGiB(volumeSizeGiB, targetSizeGiB, policies[nodeGroup]) }];
    }),
  );
  const all = [...bought, ...uncounted];
  const beyond = (own: typeof all, mostGiB: number): number =>
    Math.max(0, own.reduce((total, { gib }) => total + gib, 0) - mostGiB);
  return (
    beyond(all, growthGiB) +
    beyond(
      all.filter(({ nodeGroup }) => nodeGroup !== CONTROL_PLANE_GROUP),
      growthGiB - controlPlaneGiB,
    )
  );
};

const purposeOf = ({ parameters, startedAt }: Execution): HealingPurpose =>
  healingPurpose(parameters, startedAt.getTime());

/** What buys, drains or reboots. */
const BEYOND_CLEANING: readonly string[] = ['modify', 'modifyOutOfBand', 'extend', 'drain', 'reboot'];

/** Steps beyond cleaning that an execution took which is there to clean and tell. */
export const changesAtRest = (executions: readonly Execution[]): number =>
  executions
    .filter((each) => purposeOf(each) === 'notify')
    .flatMap(({ steps }) => steps.filter(({ name }) => BEYOND_CLEANING.includes(name))).length;

/**
 * Healings of a node beyond its bound, and messages about that beyond one, in any 24 hours. Those aside that came an hour after
 * the last one: at the emergency level they may.
 */
export const healingsBeyond = (
  executions: readonly Execution[],
  { healingsPerNodePerDay }: Pick<HealingBounds, 'healingsPerNodePerDay'>,
): number => {
  const beyond = (own: readonly Execution[], most: number): number => {
    const times = own.map(({ startedAt }) => startedAt.getTime()).sort((a, b) => a - b);
    return times.filter(
      (time, index) =>
        time - (times[index - most] ?? -Infinity) < RATE_WINDOW_MS &&
        time - (times[index - 1] ?? -Infinity) < EMERGENCY_INTERVAL_MS,
    ).length;
  };
  return grouped(executions, instanceOf).reduce(
    (sum, own) =>
      sum +
      beyond(
        own.filter((each) => purposeOf(each) === 'heal'),
        healingsPerNodePerDay,
      ) +
      beyond(
        own.filter((each) => purposeOf(each) === 'notify'),
        1,
      ),
    0,
  );
};
