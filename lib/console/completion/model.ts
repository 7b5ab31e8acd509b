/** What a shell offers for a value. */
export type Values =
  | { readonly kind: 'words'; readonly words: readonly string[] }
  | { readonly kind: 'files' }
  | { readonly kind: 'directories' }
  /** Only the caller knows it. */
  | { readonly kind: 'unknown' };

export interface CompletedOption {
  /** e.g. `--env`. */
  readonly name: string;
  readonly description: string;
  /** undefined: it takes no value. */
  readonly values: Values | undefined;
}

export interface CompletedCommand {
  readonly name: string;
  readonly description: string;
  readonly options: readonly CompletedOption[];
  /** Of its argument; undefined: it takes none. */
  readonly argument: Values | undefined;
}

/** The command line as a shell completes it. */
export interface CompletedProgram {
  readonly name: string;
  readonly commands: readonly CompletedCommand[];
}

/** The beginning of a description, without what it adds in brackets: shells cut long lines at the terminal's edge. */
export const shortDescription = (description: string): string =>
  (description.split(/(?<=[.;])\s| \(/)[0] ?? '').replace(/\s+/g, ' ').replace(/[.;]$/, '');

/** A word that the POSIX shells and fish read as it is. */
export const quoted = (text: string): string => `'${text.replaceAll("'", `'"'"'`)}'`;
