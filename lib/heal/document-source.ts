import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { DocumentBaseName } from '../domain/naming';

export const DOCUMENTS_FOLDER = join(__dirname, 'documents');
export const SCRIPTS_FOLDER = join(__dirname, 'scripts');
/** What is put on a node beside scripts: systemd units. */
export const NODE_FILES_FOLDER = join(__dirname, 'node-files');

/** By the name between the triple braces, e.g. `AutomationRoleArn` or `document:AssessNode`. Values may be CDK tokens. */
export type Placeholders = Readonly<Record<string, unknown>>;

const INCLUDE = '# headroom:include';
const FILES = '# headroom:files';
const WHOLE = /^\{\{\{\s*([A-Za-z0-9:._-]+)\s*\}\}\}$/;
const ANYWHERE = /\{\{\{\s*([A-Za-z0-9:._-]+)\s*\}\}\}/g;
const SCRIPT = 'script:';

/** Names of the scripts that a document may splice in, e.g. `assess-node.sh`. */
export const scriptNames = (): string[] =>
  readdirSync(SCRIPTS_FOLDER)
    .filter((name) => name.endsWith('.sh'))
    .sort();

/** The placeholder names that a document's file uses, scripts left out. */
export const placeholderNames = (base: DocumentBaseName): string[] => {
  const names = [...readDocument(base).matchAll(ANYWHERE)].map((match) => match[1] ?? '');
  return [...new Set(names)].filter((name) => !name.startsWith(SCRIPT)).sort();
};

/** A file as it lies on a node, byte for byte: user data and PrepareNode must write the same. */
export const nodeFile = (name: string): string =>
  readFileSync(join(name.endsWith('.sh') ? SCRIPTS_FOLDER : NODE_FILES_FOLDER, name), 'utf8');

/** What PrepareNode installs; its own table says where. */
export const INSTALLED_FILES = [
  'common.sh',
  'reclaim-disk.sh',
  'guard.sh',
  'boot-extend.sh',
  ...readdirSync(NODE_FILES_FOLDER).sort(),
] as const;

/** A shell function in place of one that reads the files from beside the script: on a node there is nothing beside it. */
const carriedFiles = (line: string): string => {
  const name = /^([a-z_]+)\(\) /.exec(line)?.[1];
  if (name === undefined) throw new Error(`the files' line must define a function, got: ${line}`);
  const cases = INSTALLED_FILES.flatMap((file) => [
    `${file})`,
    `cat <<'HEADROOM_FILE'\n${nodeFile(file).replace(/\n$/, '')}\nHEADROOM_FILE`,
    ';;',
  ]);
  return [`${name}() {`, 'case $1 in', ...cases, '*) return 1 ;;', 'esac', '}'].join('\n');
};

/**
 * A script as it is sent to a node: includes resolved, shebang, comment-only and blank lines dropped, the files that it
 * carries put in whole.
 * @throws Error when there is no such script
 */
export const renderScript = (name: string): string => {
  if (!scriptNames().includes(name)) {
    throw new Error(`unknown script "${name}"; there are ${scriptNames().join(', ')}`);
  }
  return readFileSync(join(SCRIPTS_FOLDER, name), 'utf8')
    .split('\n')
    .flatMap((line) => (line.endsWith(INCLUDE) ? renderScript(includedScript(line)).split('\n') : [line]))
    .filter((line) => !/^\s*(#.*)?$/.test(line))
    .map((line) => (line.endsWith(FILES) ? carriedFiles(line) : line))
    .join('\n');
};

const includedScript = (line: string): string => {
  const name = /\/([a-z0-9-]+\.sh)"/.exec(line)?.[1];
  if (name === undefined) throw new Error(`an include must source "…/NAME.sh", got: ${line}`);
  return name;
};

/**
 * An SSM document as an object: its YAML with scripts spliced in and placeholders replaced. A string that is nothing but one
 * placeholder becomes the value itself (a token stays a token); inside a longer string it becomes text.
 * @throws Error when the file uses a placeholder that is not given, when one is given that no document knows, when a
 *   script does not exist, or when its text has braces that SSM would read as its own
 */
export const renderDocument = (base: DocumentBaseName, placeholders: Placeholders): object => {
  const known = knownPlaceholders();
  for (const name of Object.keys(placeholders)) {
    if (!known.has(name)) {
      throw new Error(`unknown placeholder "${name}" for ${base}; there are ${[...known].sort().join(', ')}`);
    }
  }
  const rendered = renderNode(parse(readDocument(base)), { base, placeholders });
  if (typeof rendered !== 'object' || rendered === null) throw new Error(`${base}.yaml must be a mapping`);
  return rendered;
};

interface Context {
  readonly base: string;
  readonly placeholders: Placeholders;
}

const renderNode = (node: unknown, context: Context, key?: string): unknown => {
  if (typeof node === 'string') return renderString(node, context);
  if (Array.isArray(node)) {
    return node.flatMap((item: unknown) => scriptLines(item, key) ?? [renderNode(item, context)]);
  }
  if (typeof node === 'object' && node !== null) {
    const entries = Object.entries(node).map(([name, value]): [string, unknown] => [
      name,
      name === 'Parameters' ? asText(renderNode(value, context, name)) : renderNode(value, context, name),
    ]);
    return Object.fromEntries(entries);
  }
  return node;
};

/** The lines in place of `{{{script:NAME}}}`, which stands alone as an item of `runCommand`; undefined for other items. */
const scriptLines = (item: unknown, key: string | undefined): string[] | undefined => {
  const name = typeof item === 'string' ? WHOLE.exec(item)?.[1] : undefined;
  if (key !== 'runCommand' || name?.startsWith(SCRIPT) !== true) return undefined;
  const text = renderScript(name.slice(SCRIPT.length));
  if (text.includes('{{')) {
    throw new Error(`${name.slice(SCRIPT.length)} contains "{{", which SSM reads as a parameter`);
  }
  return text.split('\n');
};

const renderString = (text: string, context: Context): unknown => {
  const only = WHOLE.exec(text)?.[1];
  if (only !== undefined) return valueOf(only, context);
  return text.replace(ANYWHERE, (_, name: string) => String(valueOf(name, context)));
};

const valueOf = (name: string, { base, placeholders }: Context): unknown => {
  if (name.startsWith(SCRIPT)) throw new Error(`${base}.yaml: "${name}" must be an item of runCommand`);
  const value = placeholders[name];
  if (value === undefined) throw new Error(`${base}.yaml uses {{{${name}}}}, but no value is given for it`);
  return value;
};

/** Run Command takes its parameters as lists of strings; a number there is refused only when the step runs. */
const asText = (node: unknown): unknown => {
  if (typeof node === 'number') return String(node);
  if (Array.isArray(node)) return node.map(asText);
  if (typeof node === 'object' && node !== null && isPlain(node)) {
    return Object.fromEntries(Object.entries(node).map(([name, value]) => [name, asText(value)]));
  }
  return node;
};

const isPlain = (node: object): boolean => Object.getPrototypeOf(node) === Object.prototype;

const readDocument = (base: DocumentBaseName): string =>
  readFileSync(join(DOCUMENTS_FOLDER, `${base}.yaml`), 'utf8');

const knownPlaceholders = (): Set<string> =>
  new Set(
    readdirSync(DOCUMENTS_FOLDER)
      .filter((file) => file.endsWith('.yaml'))
      .flatMap((file) => placeholderNames(file.slice(0, -'.yaml'.length) as DocumentBaseName)),
  );
