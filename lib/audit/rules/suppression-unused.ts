import type { Rule } from '../rule';

/** Judged by lib/audit/suppress.ts, once all others have been. */
export const suppressionUnused: Rule = {
  id: 'suppression-unused',
  severity: 'warning',
  title: 'Suppression that suppresses nothing',
  what: 'Suppressions that match no finding of a rule that looked, and those of a rule that there is not.',
  why: 'What it excused is mended or renamed; left there, it will hide the next finding that nobody has weighed.',
  mend: 'Remove the suppression, or correct its rule or subject.',
  check: () => [],
};
