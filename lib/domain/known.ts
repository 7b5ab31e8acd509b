/**
 * A fact, or the reason why it is missing. Unknown is never 0 and never "fine":
 * this type makes every reader say what happens then.
 */
export type Known<T> =
  { readonly known: true; readonly value: T } | { readonly known: false; readonly why: string };

export const known = <T>(value: T): Known<T> => ({ known: true, value });
export const unknown = (why: string): { readonly known: false; readonly why: string } => ({
  known: false,
  why,
});
