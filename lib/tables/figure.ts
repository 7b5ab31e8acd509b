/** A figure, or why there is none. */
export type Figure = { readonly value: number } | { readonly why: string };
