import type { Rule } from '../rule';

/** Judged by lib/audit/suppress.ts, once all others have been. */
export const suppressionUnused: Rule = {
  id: 'suppression-unused',
  severity: 'warning',
  title: 'Suppression that suppresses nothing',
  what: 'Suppressions that match no finding of a rule that looked, and those of a rule that there is not.',
  why: 'What it excused is fixed or renamed; left there, it will hide the next finding, which no one has reviewed.',
  mend: 'Remove the suppression, or correct its rule or subject.',
  check: () => [],
};
