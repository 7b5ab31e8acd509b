import { LineCounter, isMap, isPair, isScalar, type Document, type Node } from 'yaml';
import { crossFieldMistakes } from './checks';
import type { Mistake, Path, PlacedMistake } from '../domain/mistakes/file-mistake';
import { documentOf } from './place';
import { schemaOf, shapeMistakes } from './mistakes';
import type { Environment } from './schema';

/** An environment file has a few kilobytes; anything near this is not one. Characters. */
const MAX_CHARACTERS = 200_000;
/** Expanded aliases allowed: an anchor or two for equal volumes, never a bomb. */
const MAX_ALIASES = 50;

export type Parsed =
  | { readonly environment: Environment; readonly mistakes?: undefined }
  | { readonly environment?: undefined; readonly mistakes: readonly PlacedMistake[] };

/** Where a path's value (or key) begins; the nearest existing parent when it is missing. */
const offsetOf = (document: Document, { path, atKey, found }: Mistake): number => {
  const parent = document.getIn(path.slice(0, -1), true);
  const last = path.at(-1);
  if (isMap(parent) && (atKey || found === undefined)) {
    const pair = parent.items.find((item) => isPair(item) && isScalar(item.key) && item.key.value === last);
    if (pair && isScalar(pair.key)) return pair.key.range?.[0] ?? 0;
  }
  for (let depth = path.length; depth >= 0; depth -= 1) {
    const node = (depth === 0 ? document.contents : document.getIn(path.slice(0, depth), true)) as
      Node | undefined;
    if (node?.range) return node.range[0];
  }
  return 0;
};

const isWithin = (path: Path, parent: Path): boolean => parent.every((key, index) => path[index] === key);

const hostileText = (text: string): Mistake | undefined => {
  const whole = { path: [], found: undefined };
  if (text.length > MAX_CHARACTERS)
    return {
      ...whole,
      rule: `have at most ${MAX_CHARACTERS} characters`,
      found: text.length,
      fix: 'remove what is not configuration',
    };
  if (text.includes('\u0000'))
    return { ...whole, rule: 'be UTF-8 text', found: 'a NUL character', fix: 'save the file as UTF-8' };
  return undefined;
};

/** zod passes over this key, so what stands below it would vanish. */
const PROTOTYPE = '__proto__';

const prototypeKeys = (raw: object): Mistake[] => {
  const mistakes: Mistake[] = [];
  const open: { readonly path: Path; readonly value: object }[] = [{ path: [], value: raw }];
  for (let next = open.pop(); next !== undefined; next = open.pop())
    for (const [key, value] of Object.entries(next.value) as [string, unknown][]) {
      const path = [...next.path, key];
      if (key === PROTOTYPE)
        mistakes.push({
          path,
          found: key,
          atKey: true,
          rule: `not be ${PROTOTYPE}, which names nothing`,
          fix: 'rename the key, or remove it',
        });
      else if (typeof value === 'object' && value !== null) open.push({ path, value });
    }
  return mistakes;
};

/**
 * Reads the text of one environment file; every mistake in it is reported, with its place.
 *
 * @param file the name to show in mistakes
 */
export const parseEnvironment = (file: string, text: string): Parsed => {
  const lines = new LineCounter();
  const place = (mistake: Mistake, offset: number): PlacedMistake => {
    const { line, col } = lines.linePos(offset);
    const { path, rule, found, fix } = mistake;
    return { file, line: Math.max(1, line), column: Math.max(1, col), path, rule, found, fix };
  };
  const hostile = hostileText(text);
  if (hostile) return { mistakes: [place(hostile, 0)] };

  const document = documentOf(text, lines);
  const broken = [...document.errors, ...document.warnings];
  if (broken.length > 0)
    return {
      mistakes: broken.map((error) =>
        place(
          { path: [], rule: 'be valid YAML', found: error.message, fix: 'correct this line' },
          error.pos[0],
        ),
      ),
    };

  let raw: unknown;
  try {
    raw = document.toJS({ maxAliasCount: MAX_ALIASES });
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error);
    return {
      mistakes: [
        place(
          {
            path: [],
            rule: `use aliases only of anchors above them, and at most ${MAX_ALIASES}`,
            found,
            fix: 'write the values out',
          },
          0,
        ),
      ],
    };
  }
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) {
    const fix = 'write keys such as account, region and zones; see the other environments';
    return { mistakes: [place({ path: [], rule: 'be a map', found: raw ?? undefined, fix }, 0)] };
  }

  const schema = schemaOf(raw);
  const known = shapeMistakes(schema, raw);
  const isNew = ({ path }: Mistake): boolean => !known.some((other) => isWithin(path, other.path));
  const shape = [...known, ...prototypeKeys(raw).filter(isNew)];
  const cross = crossFieldMistakes(raw).filter(
    ({ path }) => !shape.some((mistake) => isWithin(path, mistake.path)),
  );
  const mistakes = [...shape, ...cross]
    .map((mistake) => place(mistake, offsetOf(document, mistake)))
    .sort((a, b) => a.line - b.line || a.column - b.column);
  return mistakes.length > 0 ? { mistakes } : { environment: schema.parse(raw) };
};
