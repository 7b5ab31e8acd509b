/** One wrong thing in a file that a person writes, with its place in the text. */
export interface PlacedMistake {
  readonly file: string;
  /** Both count from 1. */
  readonly line: number;
  readonly column: number;
  readonly path: readonly (string | number)[];
  /** Completes "must …". */
  readonly rule: string;
  /** undefined: nothing is there. */
  readonly found: unknown;
  /** An imperative: what to write instead. */
  readonly fix: string;
}

const SHOWN_CHARACTERS = 60;

/** A value as its author would recognise it, on one short line. */
const show = (value: unknown): string => {
  if (value === undefined) return 'nothing';
  // YAML gives nothing that JSON lacks but NaN and the infinities, which it shows as null.
  const text = typeof value === 'number' ? String(value) : JSON.stringify(value);
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text;
};

const pathText = (path: PlacedMistake['path']): string =>
  path.reduce<string>(
    (text, key) => (typeof key === 'number' ? `${text}[${key}]` : text ? `${text}.${key}` : key),
    '',
  );

/** Place, rule, value and fix, each on a line of its own. */
export const formatMistake = ({ file, line, column, path, rule, found, fix }: PlacedMistake): string =>
  [
    `${file}:${line}:${column}  ${pathText(path) || '(file)'}`,
    `  must ${rule}`,
    `  found: ${show(found)}`,
    `  fix: ${fix}`,
  ].join('\n');
