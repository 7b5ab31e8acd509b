import type { Path } from './mistakes';

/** A mistake with its place in the text. */
export interface PlacedMistake {
  readonly file: string;
  /** Both count from 1. */
  readonly line: number;
  readonly column: number;
  readonly path: Path;
  readonly rule: string;
  readonly found: unknown;
  readonly fix: string;
}

const SHOWN_CHARACTERS = 60;

/** A value as an operator would recognise it, on one short line. */
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

const formatMistake = ({ file, line, column, path, rule, found, fix }: PlacedMistake): string =>
  [
    `${file}:${line}:${column}  ${pathText(path) || '(file)'}`,
    `  must ${rule}`,
    `  found: ${show(found)}`,
    `  fix: ${fix}`,
  ].join('\n');

/** All mistakes of all files read; its message is what the operator sees. */
export class EnvironmentFileError extends Error {
  override readonly name = 'EnvironmentFileError';

  constructor(readonly mistakes: readonly PlacedMistake[]) {
    const files = new Set(mistakes.map(({ file }) => file)).size;
    const count = mistakes.length === 1 ? 'One mistake' : `${mistakes.length} mistakes`;
    const where = files === 1 ? 'the environment file' : `${files} environment files`;
    super([`${count} in ${where}:`, ...mistakes.map(formatMistake)].join('\n\n'));
  }
}
