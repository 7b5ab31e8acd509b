import { MAX_DEPTH } from './limits';

/** What a look at JSON's text tells: lines of the keys of `Resources`, and how deep it goes. */
export interface JsonLines {
  /** 1-based line of each key below `Resources`. */
  readonly lines: ReadonlyMap<string, number>;
  /** Line at which it gets deeper than {@link MAX_DEPTH}. */
  readonly tooDeepAt?: number;
}

const QUOTE = 34;
const BACKSLASH = 92;
const NEWLINE = 10;

/** Index of the quote that ends the text that begins at `start`. */
const endOfText = (text: string, start: number): number => {
  let end = start;
  for (;;) {
    end = text.indexOf('"', end);
    if (end < 0) return text.length;
    let backslashes = 0;
    while (text.charCodeAt(end - 1 - backslashes) === BACKSLASH) backslashes++;
    if (backslashes % 2 === 0) return end;
    end++;
  }
};

const key = (raw: string): string => {
  if (!raw.includes('\\')) return raw;
  try {
    return JSON.parse(`"${raw}"`) as string;
  } catch {
    // Not JSON; the parser says so in better words.
    return raw;
  }
};

/** One pass over the text, before it is parsed: V8 parses any depth, and whoever walks it then has no stack left. */
export const jsonLines = (text: string): JsonLines => {
  const lines = new Map<string, number>();
  let depth = 0;
  let line = 1;
  let lastText = '';
  let inResources = false;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === NEWLINE) line++;
    else if (code === QUOTE) {
      const end = endOfText(text, at + 1);
      if (depth <= 2) lastText = text.slice(at + 1, end);
      at = end;
    } else if (code === 123 || code === 91) {
      depth++;
      if (depth > MAX_DEPTH) return { lines, tooDeepAt: line };
    } else if (code === 125 || code === 93) depth--;
    else if (code === 58 && depth === 1) inResources = key(lastText) === 'Resources';
    else if (code === 58 && depth === 2 && inResources) lines.set(key(lastText), line);
  }
  return { lines };
};
