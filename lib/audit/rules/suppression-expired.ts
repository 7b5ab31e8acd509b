import type { Rule } from '../rule';

/** Judged by lib/audit/suppress.ts, once all others have been. */
export const suppressionExpired: Rule = {
  id: 'suppression-expired',
  severity: 'warning',
  title: 'Expired suppression',
  what: 'Suppressions whose last day (expires, a day in UTC) is over, or is no day. They suppress nothing any more.',
  why: 'The day was set because the exception was meant to end.',
  mend: 'Fix the finding and remove the suppression, or decide again and set another day.',
  check: () => [],
};
