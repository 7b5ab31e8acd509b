import { readHealingBounds, type HealingBounds } from '../../domain/plan/healing-bounds';
import type { Variables } from '../../../packages/local-aws/src';

const BOUNDS = 'HEADROOM_HEALING_BOUNDS';

/** A function's variables as a deploy would write them, had the environment file these bounds. */
export const withBounds =
  (changed: Partial<HealingBounds>) =>
  (variables: Variables): Variables => {
    const text = variables[BOUNDS];
    if (text === undefined) return variables;
    return { ...variables, [BOUNDS]: JSON.stringify({ ...readHealingBounds(text), ...changed }) };
  };
