/** Steps of HealNode whose failure ends nothing: the healing goes on, and the report tells it. */
export const TOLERATED_STEPS: readonly string[] = ['evidence', 'reclaim'];
