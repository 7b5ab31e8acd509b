/** Of every command; each one's help says what it means there. */
export const EXIT = { asExpected: 0, notAsExpected: 1, couldNotRun: 2 } as const;
