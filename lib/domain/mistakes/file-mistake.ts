/** Keys and positions from the top of a file down to a value. */
export type Path = readonly (string | number)[];

/** A mistake in a hand-written file, before its position in the text is known. */
export interface Mistake {
  readonly path: Path;
  /** Completes "must …". */
  readonly rule: string;
  /** The value as written; undefined when nothing is there. */
  readonly found: unknown;
  /** An imperative: what to write instead. */
  readonly fix: string;
  /** The place to show is the key, not its value. */
  readonly atKey?: boolean;
}

/** With its place in the text. */
export interface PlacedMistake extends Omit<Mistake, 'atKey'> {
  readonly file: string;
  /** Both count from 1. */
  readonly line: number;
  readonly column: number;
}

/** The value at a path of parsed YAML; undefined when there is none. */
export const valueAt = (raw: unknown, path: Path): unknown =>
  path.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null && Object.hasOwn(value, key)
        ? (value as Record<string | number, unknown>)[key]
        : undefined,
    raw,
  );

const SHOWN_CHARACTERS = 60;

/** A value as its author would recognise it, on one short line. */
const show = (value: unknown): string => {
  if (value === undefined) return 'nothing';
  // YAML gives nothing that JSON lacks but NaN and the infinities, which it shows as null.
  const text = typeof value === 'number' ? String(value) : JSON.stringify(value);
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text;
};

const pathText = (path: Path): string =>
  path.reduce<string>(
    (text, key) => (typeof key === 'number' ? `${text}[${key}]` : text ? `${text}.${key}` : key),
    '',
  );

/** Place, rule, value and fix, one per line. */
export const formatMistake = ({ file, line, column, path, rule, found, fix }: PlacedMistake): string =>
  [
    `${file}:${line}:${column}  ${pathText(path) || '(file)'}`,
    `  must ${rule}`,
    `  found: ${show(found)}`,
    `  fix: ${fix}`,
  ].join('\n');
