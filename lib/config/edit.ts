import {
  closeSync,
  fsyncSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { Scalar, isScalar, stringify, type Node } from 'yaml';
import { EnvironmentFileError } from './environment-file-error';
import { valueAt } from '../domain/mistakes/file-mistake';
import { parseEnvironment } from './parse';
import { documentOf, entryOf, keysOf } from './place';

export interface Edit {
  /** Dotted, e.g. `workerGroups.general.rootVolume.sizeGiB`. */
  readonly path: string;
  readonly value: number | string | boolean;
}

export interface EditDone extends Edit {
  readonly before: unknown;
}

/** The file cannot be edited as asked; it is as it was. */
export class EnvironmentEditError extends Error {
  override readonly name = 'EnvironmentEditError';

  constructor(file: string, path: string, rule: string, found: string, fix: string) {
    super(`${file}  ${path}\n  must ${rule}\n  found: ${found}\n  fix: ${fix}`);
  }
}

/**
 * Puts values where there are values, and touches nothing else: comments, order, quotes and blanks stay. All edits are made or
 * none: the outcome is held against the schema, and the file is replaced in one step.
 *
 * @throws EnvironmentEditError when the file or a path is not there, or no single value is at it
 * @throws EnvironmentFileError when the outcome has mistakes
 */
export const editEnvironmentFile = (file: string, edits: readonly Edit[]): readonly EditDone[] => {
  const before = readText(file);
  const mark = before.startsWith('\uFEFF') ? '\uFEFF' : '';
  const done: EditDone[] = [];
  let text = before.slice(mark.length);
  for (const edit of edits) {
    const edited = editText(file, text, edit);
    done.push({ ...edit, before: edited.before });
    text = edited.text;
  }
  const { mistakes } = parseEnvironment(join(basename(dirname(file)), basename(file)), text);
  if (mistakes !== undefined) throw new EnvironmentFileError(mistakes);
  if (mark + text !== before) replaceFile(realpathSync(file), mark + text);
  return done;
};

const readText = (file: string): string => {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const { message } = error as Error;
    throw new EnvironmentEditError(file, '(file)', 'be readable', message, 'name an environment file');
  }
};

const editText = (file: string, text: string, { path, value }: Edit): { text: string; before: unknown } => {
  const document = documentOf(text);
  const refuse = (rule: string, found: string): EnvironmentEditError =>
    new EnvironmentEditError(file, path, rule, found, `write ${JSON.stringify(value)} there by hand`);
  if (document.errors[0]) throw refuse('be in valid YAML', document.errors[0].message);
  const keys = keysOf(path);
  let node: Node | undefined = document.contents ?? undefined;
  for (const [index, key] of keys.entries()) {
    const entry = entryOf(node, key);
    if (entry === undefined) {
      throw refuse('be in the file', `no ${keys.slice(0, index + 1).join('.')}`);
    }
    node = entry.value;
  }
  if (!isScalar(node) || !node.range)
    throw refuse('be a single value', node === undefined ? 'nothing' : node.constructor.name);
  const [start, end] = node.range;
  const edited = text.slice(0, start) + scalarText(node, value) + text.slice(end);
  const was = document.toJS() as unknown;
  const now = documentOf(edited);
  // Whatever else would change by it, an anchor's other places for one, is not ours to change.
  if (now.errors.length > 0 || JSON.stringify(now.toJS()) !== JSON.stringify(withValue(was, keys, value))) {
    throw refuse('be written without touching anything else', text.slice(start, end));
  }
  return { text: edited, before: node.value };
};

/** The value in the style that stands there: quotes stay quotes. */
const scalarText = (old: Scalar, value: Edit['value']): string => {
  const scalar = new Scalar(value);
  if (old.type === Scalar.QUOTE_SINGLE || old.type === Scalar.QUOTE_DOUBLE) scalar.type = old.type;
  return stringify(scalar, { schema: 'core', lineWidth: 0 }).replace(/\n$/, '');
};

const withValue = (tree: unknown, keys: readonly string[], value: unknown): unknown => {
  // A copy without the sharing that aliases bring: what they would change elsewhere must show.
  const copy = JSON.parse(JSON.stringify(tree)) as unknown;
  const parent = valueAt(copy, keys.slice(0, -1)) as Record<string, unknown>;
  parent[keys.at(-1) ?? ''] = value;
  return copy;
};

/** A reader sees the old file or the new one, never half of one. */
const replaceFile = (file: string, text: string): void => {
  const next = join(dirname(file), `.${basename(file)}.${process.pid}.new`);
  try {
    const handle = openSync(next, 'w', statSync(file).mode);
    try {
      writeSync(handle, text);
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    renameSync(next, file);
  } catch (error) {
    rmSync(next, { force: true });
    throw error;
  }
};
