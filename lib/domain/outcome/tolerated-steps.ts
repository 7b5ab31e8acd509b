import { SNAPSHOT_STEPS } from '../plan/snapshot-first';

/**
 * Steps of HealNode whose failure does not stop the healing: it continues, perhaps in another lane, and the report says so.
 * So none of them is why a healing stopped.
 */
export const TOLERATED_STEPS: readonly string[] = [
  ...['assess', 'askAgent', 'chooseAgent', 'pauseForGuard', 'assessAgain'],
  ...['evidence', 'reclaim', 'readable', 'chooseLook', 'assessAfterReclaim'],
  ...SNAPSHOT_STEPS,
  ...['drain', 'uncordon', 'takeBack', 'kubeletMeanwhile'],
];
