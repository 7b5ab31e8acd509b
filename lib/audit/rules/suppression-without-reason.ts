import type { Rule } from '../rule';

/** Judged by lib/audit/suppress.ts, once all others have been. */
export const suppressionWithoutReason: Rule = {
  id: 'suppression-without-reason',
  severity: 'error',
  title: 'Suppression without a reason',
  what: 'Whether each suppression says why. One that does not suppresses nothing.',
  why: 'In a year no one knows whether the risk was weighed or the warning was in the way.',
  mend: 'Write a reason of one sentence: who decided, and what makes it safe.',
  check: () => [],
};
