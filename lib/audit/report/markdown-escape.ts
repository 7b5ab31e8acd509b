import { plainText } from '../../domain/messages/plain-text';

/** Breaks what GitHub makes of a bare word: a mention, a reference, a link. It shows as nothing. */
const BREAK = '&#8203;';

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

/**
 * Text as GitHub-flavoured Markdown that shows exactly this text, in a table's cell too: nothing in it becomes markup,
 * notifies anyone or links anywhere.
 */
export const markdownText = (value: string, most?: number): string =>
  plainText(value, most)
    .replace(/[&<>]/g, (character) => ENTITIES[character] ?? character)
    .replace(/[\\`*_[\]|~$]/g, (character) => `\\${character}`)
    .replace(/#/g, `\\#${BREAK}`)
    .replace(/@/g, `@${BREAK}`)
    .replace(/:\/\//g, `:${BREAK}//`)
    .replace(/www\./gi, (text) => `${text.slice(0, 3)}${BREAK}.`)
    .replace(/\bGH-/gi, (text) => `${text}${BREAK}`)
    .replace(/^(?:[-+=]|\d+[.)](?=\s|\\|$))/, (text) => `${BREAK}${text}`);

/** Text as code. HTML, for Markdown's own backticks cannot be escaped inside a table. */
export const markdownCode = (value: string, most?: number): string =>
  `<code>${markdownText(value, most)}</code>`;
