import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { parse } from 'yaml';
import { documentName, type DocumentBaseName } from '../domain/naming';

/** The rooms that have documents/, scripts/ and node-files/ (what is put on a node beside scripts: systemd units). */
const ROOMS = ['heal', 'observe', 'protect', 'operate'] as const;
type Folder = 'documents' | 'scripts' | 'node-files';

/** Files of all rooms by name; no two rooms have a file of the same name. */
const filesOf = (folder: Folder): ReadonlyMap<string, string> => {
  const files = new Map<string, string>();
  for (const directory of ROOMS.map((room) => join(__dirname, '..', room, folder)).filter(existsSync))
    for (const name of readdirSync(directory)) {
      if (files.has(name) && name !== 'README.md') throw new Error(`two rooms have a file ${folder}/${name}`);
      files.set(name, join(directory, name));
    }
  return files;
};

const pathOf = (folder: Folder, name: string): string => {
  const path = filesOf(folder).get(name);
  if (path !== undefined) return path;
  throw new Error(
    `no room has ${folder}/${name}; there are ${[...filesOf(folder).keys()].sort().join(', ')}`,
  );
};

/** Names of the documents' files, without `.yaml`. */
export const documentFiles = (): string[] =>
  [...filesOf('documents').keys()].map((file) => file.replace(/\.yaml$/, '')).sort();

/** Where a script lies, by its name, e.g. `assess-node.sh`. */
export const scriptPath = (name: string): string => pathOf('scripts', name);

/** By the name between the triple braces, e.g. `AutomationRoleArn` or `document:AssessNode`. Values may be CDK tokens. */
export type Placeholders = Readonly<Record<string, unknown>>;

/** The names of an environment's documents, for `{{{document:NAME}}}`. */
export const documentPlaceholders = (
  environmentName: string,
  names: readonly DocumentBaseName[],
): Placeholders =>
  Object.fromEntries(names.map((base) => [`document:${base}`, documentName(environmentName, base)] as const));

const INCLUDE = '# headroom:include';
const FILES = '# headroom:files';
const WHOLE = /^\{\{\{\s*([A-Za-z0-9:._-]+)\s*\}\}\}$/;
const ANYWHERE = /\{\{\{\s*([A-Za-z0-9:._-]+)\s*\}\}\}/g;
const SCRIPT = 'script:';

/** Names of the scripts that a document may splice in, e.g. `assess-node.sh`. */
export const scriptNames = (): string[] =>
  [...filesOf('scripts').keys()].filter((name) => name.endsWith('.sh')).sort();

/** The placeholder names that a document's file uses, scripts left out. */
export const placeholderNames = (base: DocumentBaseName): string[] => {
  const names = [...readDocument(base).matchAll(ANYWHERE)].map((match) => match[1] ?? '');
  return [...new Set(names)].filter((name) => !name.startsWith(SCRIPT)).sort();
};

/** A comment behind code. One with a quote in it stays: what looks like a comment may be within a string. */
const COMMENT_BEHIND = / +# [^'"`]*$/;

/**
 * A script or unit without indentation and comments, its first line's and the shebang left out: user data has little room.
 * Not for text in which either means something, such as YAML or an indented here-document.
 */
export const withoutComments = (text: string): string => {
  const lines = text.split('\n');
  const kept = lines[0]?.startsWith('#!') ? 2 : 1;
  return lines
    .filter((line, index) => line !== '' && (index < kept || !/^\s*(#.*)?$/.test(line)))
    .map((line, index) => `${index < kept ? line : line.trimStart().replace(COMMENT_BEHIND, '')}\n`)
    .join('');
};

/** What user data brings to a node too. */
export const BORN_WITH = [
  'guard.sh',
  'boot-extend.sh',
  'headroom-boot-extend.service',
  'headroom-guard.service',
  'headroom-guard.timer',
] as const;

/** A file as it lies on a node, byte for byte: user data, with little room, and PrepareNode must write the same. */
export const nodeFile = (name: string): string => {
  const text = readFileSync(pathOf(/\.(sh|py)$/.test(name) ? 'scripts' : 'node-files', name), 'utf8');
  return BORN_WITH.some((born) => born === name) ? withoutComments(text) : text;
};

/** What reclaim-disk.sh deletes files with: docs/decisions/0015. */
const DELETER = ['deleter.py', 'delete-files.py'] as const;

/** What PrepareNode installs; its own table says where. */
export const INSTALLED_FILES = [
  'common.sh',
  'storage.sh',
  'extend-root.sh',
  'reclaim-disk.sh',
  ...DELETER,
  'guard-duties.sh',
  ...BORN_WITH,
] as const;

/** What a script with a files' line puts on a node. `whole`: its scripts stand alone there, with their includes in them. */
const CARRIED: Readonly<Record<string, { readonly files: readonly string[]; readonly whole: boolean }>> = {
  'prepare-node.sh': { files: INSTALLED_FILES, whole: false },
  'reclaim-disk.sh': { files: DELETER, whole: false },
  'cordon-drain-node.sh': { files: ['cluster-nodes.py'], whole: false },
  'cluster-facts.sh': { files: ['cluster-nodes.py'], whole: false },
  'prepare-etcd-snapshots.sh': {
    files: ['etcd-snapshot.sh', 'headroom-etcd-snapshot.service'],
    whole: true,
  },
};

/** Packed, since a document has at most 64 KiB; every distribution that Headroom knows has gzip, as its user data needs it too. */
const packed = (text: string): string => gzipSync(text, { level: 9 }).toString('base64');

/** A shell function in place of one that reads the files from beside the script: on a node there is nothing beside it. */
const carriedFiles = (line: string, script: string): string => {
  const carried = CARRIED[script];
  if (carried === undefined) throw new Error(`${script} carries files, but no list says which`);
  const name = /^([a-z_]+)\(\) /.exec(line)?.[1];
  if (name === undefined) throw new Error(`the files' line must define a function, got: ${line}`);
  const contentOf = (file: string): string =>
    carried.whole && file.endsWith('.sh') ? `#!/usr/bin/env bash\n${renderScript(file)}` : nodeFile(file);
  const cases = carried.files.flatMap((file) => [
    `${file})`,
    `base64 --decode <<'HEADROOM_FILE' | gzip --decompress`,
    packed(contentOf(file)),
    'HEADROOM_FILE',
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
  return readFileSync(scriptPath(name), 'utf8')
    .split('\n')
    .flatMap((line) => (line.endsWith(INCLUDE) ? renderScript(includedScript(line)).split('\n') : [line]))
    .filter((line) => !/^\s*(#.*)?$/.test(line))
    .map((line) => (line.endsWith(FILES) ? carriedFiles(line, name) : line))
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
export const renderDocument = (base: DocumentBaseName, placeholders: Placeholders): RenderedDocument => {
  const known = knownPlaceholders();
  for (const name of Object.keys(placeholders)) {
    if (!known.has(name)) {
      throw new Error(`unknown placeholder "${name}" for ${base}; there are ${[...known].sort().join(', ')}`);
    }
  }
  const rendered = renderNode(parse(readDocument(base)), { base, placeholders });
  if (typeof rendered !== 'object' || rendered === null || !('schemaVersion' in rendered))
    throw new Error(`${base}.yaml must be a mapping with a schemaVersion`);
  return { ...rendered, schemaVersion: String(rendered.schemaVersion) };
};

/** The same without these steps, nor the choices that lead to them: an environment has no rights for what it does not use. */
export const withoutSteps = (document: RenderedDocument, names: readonly string[]): RenderedDocument => {
  if (names.length === 0) return document;
  const prune = (node: unknown): unknown => {
    if (Array.isArray(node))
      return node.filter((item) => !names.some((name) => isStep(item, name))).map(prune);
    if (typeof node !== 'object' || node === null || !isPlain(node)) return node;
    return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, prune(value)]));
  };
  return { ...document, ...(prune(document) as object) };
};

/** The step itself, or a choice of a branch that leads to it. */
const isStep = (item: unknown, name: string): boolean =>
  typeof item === 'object' &&
  item !== null &&
  (('action' in item && 'name' in item && item.name === name) ||
    ('NextStep' in item && item.NextStep === name));

/** `2.2` runs on a node, `0.3` is run by Automation. */
export interface RenderedDocument {
  readonly schemaVersion: string;
}

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
  if (only?.startsWith(SCRIPT) === true && only.endsWith('.py'))
    return pythonScript(only.slice(SCRIPT.length));
  if (only !== undefined) return valueOf(only, context);
  return text.replace(ANYWHERE, (_, name: string) => String(valueOf(name, context)));
};

/** A step's Python as it runs in Automation. */
const pythonScript = (name: string): string => readFileSync(scriptPath(name), 'utf8');

const valueOf = (name: string, { base, placeholders }: Context): unknown => {
  if (name.startsWith(SCRIPT))
    throw new Error(`${base}.yaml: "${name}" must be an item of runCommand, or a step's whole Script`);
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

/** A document as its file has it, placeholders and all. */
export const readDocument = (base: DocumentBaseName): string =>
  readFileSync(pathOf('documents', `${base}.yaml`), 'utf8');

const knownPlaceholders = (): Set<string> =>
  new Set(documentFiles().flatMap((name) => placeholderNames(name as DocumentBaseName)));
