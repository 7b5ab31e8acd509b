import { plainText } from './plain-text';

/**
 * What a chat acts on, and what is written in its place: Slack reads `<!here>`, `<@user>` and `<url|text>` and decodes `&lt;`, Teams
 * and Amazon Q Developer read `@name`, and both make a link of what looks like one.
 * https://api.slack.com/reference/surfaces/formatting
 */
const STAND_INS: readonly (readonly [RegExp, string])[] = [
  [/</g, '\u2039'],
  [/>/g, '\u203a'],
  [/@/g, '\uff20'],
  [/&/g, '\uff06'],
  [/`/g, "'"],
  [/:\/\//g, ': //'],
];

const inert = (text: string, maxLength: number): string =>
  // Cut again: a stand-in may be longer than what it stands for.
  plainText(
    STAND_INS.reduce((so, [what, instead]) => so.replace(what, instead), plainText(text, maxLength)),
    maxLength,
  );

/**
 * Text of a stranger in a chat: one line of code, in which nothing is formatted, linked or mentioned.
 * @param maxLength characters (code points), code marks not counted, at least 1. Default 600.
 */
export const chatData = (text: string, maxLength = 600): string =>
  text.trim() === '' ? 'unknown' : `\`${inert(text, maxLength)}\``;

/** The same outside of code, for a title. */
export const chatTitle = (text: string, maxLength: number): string =>
  inert(text, maxLength).replace(/[*_~|()\\]/g, ' ');

/** What an operator copies; undefined: it has a character that a chat would change. */
export const chatCommand = (command: string): string | undefined =>
  /[`<>@\n]/.test(command) ? undefined : `\`${command}\``;
