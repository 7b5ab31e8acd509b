const MAX_LENGTH = 600;

/** Ends a line or moves along it: becomes one space. */
const WHITESPACE = /[\s\u0085]+/gu;
/**
 * What a terminal, a browser or a log reader acts on or does not show: control characters (ESC begins an OSC 52, which writes the
 * clipboard), format characters (the bidirectional controls, zero-width ones, tags), halves of a surrogate pair, private use, and
 * what is drawn as nothing. https://www.unicode.org/reports/tr36/ https://www.unicode.org/reports/tr44/#Default_Ignorable_Code_Point
 */
const ACTING = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Default_Ignorable_Code_Point}]+/gu;

/**
 * Text of a stranger (a node, a template, a tag) as data: one line, nothing in it that acts. A run of whitespace becomes one space, a
 * run of anything else that acts becomes one `\ufffd`, so that the reader sees that something was there. Applying it twice changes
 * nothing.
 * @param maxLength characters (code points), at least 1; longer text is cut and ends with `…`. Default 600.
 */
export const plainText = (value: string, maxLength = MAX_LENGTH): string => {
  // Cut before anything is looked at: a text may be megabytes.
  const looked = value.slice(0, maxLength * 4);
  const line = looked.replace(WHITESPACE, ' ').replace(ACTING, '\ufffd').trim();
  const characters = [...line];
  return characters.length > maxLength || looked.length < value.length
    ? `${characters.slice(0, maxLength - 1).join('')}…`
    : line;
};

/** What acts, line breaks and tabs left out. */
const ACTING_IN_A_BLOCK = new RegExp(`(?:(?![\\n\\t])${ACTING.source.slice(0, -1)})+`, 'gu');

/**
 * Text of several lines, e.g. indented JSON, with its lines and spaces as they are, and nothing else in it that acts. Only for places
 * where each line is marked as a stranger's, e.g. by its indentation: the author of the text decides where its lines end.
 */
export const plainBlock = (value: string): string =>
  value.replace(/\r\n?|[\u0085\u2028\u2029]/g, '\n').replace(ACTING_IN_A_BLOCK, '\ufffd');
