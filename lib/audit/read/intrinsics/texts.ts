import { isArray, isObject, own, type Json, type JsonObject } from '../json';
import { token, unknownValue, type Resolved } from '../resolved';
import type { Resolver } from '../resolver';
import type { Template } from '../template';
import { joinTexts, textOf, type Text } from '../text';

/** `Fn::Sub`: a pattern, alone or with variables of its own. */
export const sub = (resolver: Resolver, template: Template, value: Json): Resolved => {
  const [pattern, names] = isArray(value) ? value : [value];
  if (typeof pattern !== 'string') return unknownValue('Fn::Sub has no text');
  const variables = isObject(names) ? names : undefined;
  const parts: Text[] = [];
  let at = 0;
  for (const match of pattern.matchAll(/\$\{([^{}]*)\}/g)) {
    const name = (match[1] ?? '').trim();
    parts.push({ text: pattern.slice(at, match.index) }, subPart(resolver, template, name, variables));
    at = match.index + match[0].length;
  }
  parts.push({ text: pattern.slice(at) });
  return textOrLink(resolver, template, parts, '');
};

const subPart = (
  resolver: Resolver,
  template: Template,
  name: string,
  variables: JsonObject | undefined,
): Text => {
  if (name.startsWith('!')) return { text: `\${${name.slice(1)}}` };
  const json = own(variables, name) ?? (name.includes('.') ? { 'Fn::GetAtt': name } : { Ref: name });
  const part = resolver.text(template, json);
  return part.why === undefined ? part : { ...part, text: `\${${name}}` };
};

/** `Fn::Join`: a separator and a list, perhaps one that a function makes. */
export const join = (resolver: Resolver, template: Template, value: Json): Resolved => {
  const [separator, list] = isArray(value) ? value : [];
  if (typeof separator !== 'string') return unknownValue('Fn::Join has no separator');
  const parts = textsOf(resolver, template, list);
  return 'why' in parts ? unknownValue(parts.why) : textOrLink(resolver, template, parts, separator);
};

const textsOf = (
  resolver: Resolver,
  template: Template,
  json: Json | undefined,
): readonly Text[] | { readonly why: string } => {
  const list = resolver.resolve(template, json);
  if (list.kind === 'unknown') return { why: list.why };
  if (list.kind !== 'plain' || !isArray(list.json)) return { why: 'a function has no list' };
  return list.json
    .map((item) => ({ item, value: resolver.resolve(list.template, item) }))
    .filter(({ value }) => value.kind !== 'absent')
    .map(({ item, value }) => textOf(value, item));
};

/** `${Topic}` alone is the topic, not a text about it. */
const textOrLink = (
  resolver: Resolver,
  template: Template,
  parts: readonly Text[],
  separator: string,
): Resolved => {
  const joined = joinTexts(template, parts, separator);
  const full = parts.filter(({ text }) => text !== '');
  const [only] = full;
  if (joined.kind !== 'plain' || full.length !== 1 || only?.link === undefined)
    return reread(resolver, template, joined);
  return only.text === token(only.link) ? only.link : joined;
};

/** `{{resolve:ssm:…}}` may be put together from parts. */
const reread = (resolver: Resolver, template: Template, joined: Resolved): Resolved =>
  joined.kind === 'plain' && typeof joined.json === 'string' && joined.json.includes('resolve:')
    ? resolver.resolve(template, joined.json)
    : joined;

/** `Fn::Split`: the parts of a text that is wholly known. */
export const split = (resolver: Resolver, template: Template, value: Json): Resolved => {
  const [separator, json] = isArray(value) ? value : [];
  if (typeof separator !== 'string' || separator === '' || json === undefined)
    return unknownValue('Fn::Split has no separator or no text');
  const { text, why, link } = resolver.text(template, json);
  if (why !== undefined) return unknownValue(why);
  return link !== undefined
    ? unknownValue('Fn::Split splits what is known after deployment')
    : { kind: 'plain', template, json: text.split(separator) };
};
