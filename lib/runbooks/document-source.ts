import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { documentName, type DocumentBaseName } from '../domain/names/naming';
import { renderScript } from '../node/node-files';

/** Names of the documents' files, without `.yaml`. */
export const documentFiles = (): string[] =>
  readdirSync(__dirname)
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => file.replace(/\.yaml$/, ''))
    .sort();

/** By the name between the triple braces, e.g. `AutomationRoleArn` or `document:AssessNode`. Values may be CDK tokens. */
export type Placeholders = Readonly<Record<string, unknown>>;

/** The names of an environment's documents, for `{{{document:NAME}}}`. */
export const documentPlaceholders = (
  environmentName: string,
  names: readonly DocumentBaseName[],
): Placeholders =>
  Object.fromEntries(names.map((base) => [`document:${base}`, documentName(environmentName, base)] as const));

const WHOLE = /^\{\{\{\s*([A-Za-z0-9:._-]+)\s*\}\}\}$/;
const ANYWHERE = /\{\{\{\s*([A-Za-z0-9:._-]+)\s*\}\}\}/g;
const SCRIPT = 'script:';

/** The placeholder names that a document's file uses, scripts left out. */
export const placeholderNames = (base: DocumentBaseName): string[] => {
  const names = [...readDocument(base).matchAll(ANYWHERE)].map((match) => match[1] ?? '');
  return [...new Set(names)].filter((name) => !name.startsWith(SCRIPT)).sort();
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
const pythonScript = (name: string): string => readFileSync(join(__dirname, name), 'utf8');

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
  readFileSync(join(__dirname, `${base}.yaml`), 'utf8');

const knownPlaceholders = (): Set<string> =>
  new Set(documentFiles().flatMap((name) => placeholderNames(name as DocumentBaseName)));
