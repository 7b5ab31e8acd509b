import { setTimeout as wait } from 'node:timers/promises';
import type { Pace } from './follow-execution';

/** This machine's own time. */
export const REAL_PACE: Pace = {
  nowMs: () => Date.now(),
  sleep: async (milliseconds, signal) => {
    try {
      await wait(milliseconds, undefined, signal === undefined ? {} : { signal });
    } catch (error) {
      // An abort ends the wait, and is not an error.
      if (signal?.aborted !== true) throw error;
    }
  },
};
