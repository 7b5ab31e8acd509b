export const STANDINGS = ['ok', 'warning', 'failed', 'not checked'] as const;
export type Standing = (typeof STANDINGS)[number];

/** One thing that `headroom doctor` looked at. */
export interface Check {
  /** What it is about, e.g. `memory`. */
  readonly name: string;
  readonly standing: Standing;
  /** What is there, or why it was not checked. */
  readonly found: string;
  /** What it is needed for. */
  readonly why: string;
  /** What to type next; null: nothing. */
  readonly next: string | null;
}

/** Warnings and what was not checked stop nothing. */
export const hasFailed = (checks: readonly Check[]): boolean =>
  checks.some(({ standing }) => standing === 'failed');
