import { ownText, type Json } from './json';
import { MAX_TEXT } from './limits';
import { token, unknownValue, type Link, type Resolved } from './resolved';
import type { Template } from './template';

/** A text whose unresolved parts are named. */
export interface Text {
  readonly text: string;
  /** Why it is not the whole text. */
  readonly why?: string;
  /** It is, or holds, the token of a resource. */
  readonly link?: Link;
}

/** @param json what the value was resolved from: an unresolved `Ref` is named by it */
export const textOf = (value: Resolved, json: Json): Text => {
  if (value.kind === 'link') return { text: token(value), link: value };
  if (value.kind === 'absent') return { text: '' };
  if (value.kind === 'unknown') {
    const name = ownText(json, 'Ref') ?? 'unknown';
    return { text: `\${${name}}`, why: value.why };
  }
  const scalar = value.json;
  return typeof scalar === 'object'
    ? { text: '', why: 'a list or mapping stands where a text should be' }
    : { text: String(scalar) };
};

/** One text of all parts; unknown where one of them is, or where it becomes longer than {@link MAX_TEXT}. */
export const joinTexts = (template: Template, parts: readonly Text[], separator: string): Resolved => {
  let length = 0;
  for (const { text } of parts) length += text.length + separator.length;
  if (length > MAX_TEXT) return unknownValue(`a text is longer than ${MAX_TEXT} characters`);
  const text = parts.map((part) => part.text).join(separator);
  const hole = parts.find(({ why }) => why !== undefined);
  if (hole?.why !== undefined) return unknownValue(hole.why);
  return { kind: 'plain', template, json: text };
};
