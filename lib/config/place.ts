import { readFileSync } from 'node:fs';
import { LineCounter, isCollection, isMap, isScalar, parseDocument, type Document, type Node } from 'yaml';

/** An environment file's text as a document, with whatever mistakes it has. */
export const documentOf = (text: string, lineCounter?: LineCounter): Document =>
  parseDocument(text.replace(/^\uFEFF/, ''), {
    ...(lineCounter !== undefined && { lineCounter }),
    prettyErrors: false,
    // `silent` would also drop the error on several documents.
    logLevel: 'error',
    schema: 'core',
    uniqueKeys: true,
  });

/** Keys of a dotted path; the schema knows no key with a dot in it. */
export const keysOf = (path: string): readonly string[] => path.split('.');

/** The key's node and the value's, of one step down; undefined: there is no such entry. Aliases are not followed. */
export const entryOf = (
  parent: unknown,
  key: string,
): { readonly key: Node | undefined; readonly value: Node | undefined } | undefined => {
  if (isMap(parent)) {
    const pair = parent.items.find((item) => isScalar(item.key) && String(item.key.value) === key);
    return pair && { key: pair.key as Node, value: (pair.value ?? undefined) as Node | undefined };
  }
  if (!isCollection(parent) || !/^\d+$/.test(key)) return undefined;
  const item = parent.items[Number(key)] as Node | undefined;
  return item && { key: item, value: item };
};

/**
 * The line, from 1, of a key such as `workerGroups.general.rootVolume.sizeGiB`; of its nearest parent that is there when the
 * file leaves the key out. undefined: no such file, no YAML, or nothing of the path.
 */
export const lineOf = (file: string, path: string): number | undefined => {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    // A template may come from elsewhere: then there is no line to show, and the report shows the template's.
    return undefined;
  }
  const lines = new LineCounter();
  let at: unknown = documentOf(text, lines).contents;
  let line: number | undefined;
  for (const key of keysOf(path)) {
    const entry = entryOf(at, key);
    const offset = entry?.key?.range?.[0];
    if (entry === undefined || offset === undefined) break;
    line = lines.linePos(offset).line;
    at = entry.value;
  }
  return line;
};
