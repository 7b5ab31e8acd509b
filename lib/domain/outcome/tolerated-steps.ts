import { SNAPSHOT_STEPS } from '../plan/snapshot-first';

/**
 * Steps of HealNode whose failure ends nothing: the healing goes on, if by another lane, and the report tells it.
 * So none of them is why a healing stopped.
 */
export const TOLERATED_STEPS: readonly string[] = [
  ...['assess', 'askAgent', 'chooseAgent', 'pauseForGuard', 'assessAgain'],
  ...['evidence', 'reclaim', 'readable', 'chooseLook', 'assessAfterReclaim'],
  ...SNAPSHOT_STEPS,
  ...['drain', 'uncordon', 'takeBack', 'kubeletMeanwhile'],
];
