import { readHealingBounds, type HealingBounds } from '../../domain/healing-bounds';
import type { Variables } from './declared-size';

const BOUNDS = 'HEADROOM_HEALING_BOUNDS';

/** A function's variables as a deploy would write them, had the environment file other bounds. */
export const withBounds =
  (change: (bounds: HealingBounds) => Partial<HealingBounds>) =>
  (variables: Variables): Variables => {
    const text = variables[BOUNDS];
    if (text === undefined) return variables;
    const bounds = readHealingBounds(text);
    return { ...variables, [BOUNDS]: JSON.stringify({ ...bounds, ...change(bounds) }) };
  };
