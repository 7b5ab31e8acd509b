/** Of every command; each one's help says what it means there. */
export const EXIT = {
  asExpected: 0,
  notAsExpected: 1,
  couldNotRun: 2,
  /** What was started goes on without us. */
  stillRunning: 3,
} as const;
