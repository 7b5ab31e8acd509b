/** One line of the benchmark's table. */
export interface Row {
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  readonly note: string;
}

export type Log = (line: string) => void;
