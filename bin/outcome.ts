/** What a command came to. */
export interface Outcome {
  /** One of `EXIT` (exit-codes.ts). */
  readonly exitCode: number;
  /** For scripts: `result` of the JSON document. */
  readonly result: object;
  /** For people, with its last newline; absent: the command has shown everything as it happened. */
  readonly text?: string;
}

export interface Screen {
  /** Where a command shows what happens while it runs: standard output, or standard error where that is for the document. */
  readonly out: {
    readonly write: (text: string) => unknown;
    readonly isTTY?: boolean;
    readonly columns?: number;
  };
  /** The caller asked for one JSON document. */
  readonly json: boolean;
}

/** Runs a command's work and writes its outcome. */
export type RunCommand = (work: (screen: Screen) => Outcome | Promise<Outcome>) => Promise<void>;
