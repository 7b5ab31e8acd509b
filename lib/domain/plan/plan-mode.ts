import {
  ALL_ACT,
  mayDoAnything,
  modeOf,
  type HealingAction,
  type HealingMode,
  type HealingModes,
} from './healing-mode';
import type { PlanPayload } from './plan-payload';

/** What a plan would do to the node, beyond cleaning, which has been decided by then. */
const ACTIONS: Readonly<Partial<Record<PlanPayload['action'], readonly HealingAction[]>>> = {
  grow: ['grow'],
  extend: ['grow'],
};

/** Used percent at or above the emergency level, where `atEmergency: act` skips the question. null: unknown, no emergency. */
export const isEmergency = (
  usedPercents: readonly (number | null)[],
  emergencyPercent: number | undefined,
): boolean =>
  emergencyPercent !== undefined && usedPercents.some((used) => used !== null && used >= emergencyPercent);

/**
 * Whether a plan is carried out, needs approval, or is only reported. What brings a kubelet back is part of every healing, so it is
 * left only where nothing at all may be done to the group's nodes.
 * @param modes undefined: the group has none, so everything is done
 */
export const planMode = (
  plan: Pick<PlanPayload, 'action' | 'reboots' | 'drains'>,
  modes: HealingModes | undefined = ALL_ACT,
  emergency: boolean,
): HealingMode => {
  if (['gone', 'paused', 'escalate'].includes(plan.action)) return 'act';
  const own = ACTIONS[plan.action];
  if (own === undefined) return mayDoAnything(modes) ? 'act' : 'observe';
  if (!plan.reboots) return modeOf(modes, own, emergency);
  const reboots: readonly HealingAction[] = plan.drains ? ['reboot', 'drain'] : ['reboot'];
  return modeOf(modes, plan.action === 'grow' ? [...own, ...reboots] : reboots, emergency);
};
