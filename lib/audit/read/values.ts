import { absent, known, unknown, type Fact } from '../facts';
import { isArray, isObject, own, ownText, type Json } from './json';
import { token, type Link, type Resolved } from './resolved';
import type { Resolver } from './resolver';
import type { Template } from './template';

const after = (link: Link): Fact<never> => unknown(`${token(link)} is known after deployment`);

/** A text; a resource is unknown, since its name is made at deployment. */
export const textFact = (value: Resolved): Fact<string> => {
  if (value.kind === 'absent') return absent;
  if (value.kind === 'unknown') return unknown(value.why);
  if (value.kind === 'link') return after(value);
  return typeof value.json === 'object'
    ? unknown('a list or mapping stands where a text should be')
    : known(String(value.json));
};

/** A text; a resource is its token. */
export const tokenFact = (value: Resolved): Fact<string> =>
  value.kind === 'link' ? known(token(value)) : textFact(value);

/** A number, also as the text that CloudFormation takes for one. */
export const numberFact = (value: Resolved): Fact<number> => {
  const text = textFact(value);
  if (text.state !== 'known') return text;
  const number = text.value.trim() === '' ? NaN : Number(text.value);
  return Number.isFinite(number) ? known(number) : unknown(`${text.value.slice(0, 40)} is no number`);
};

export const booleanFact = (value: Resolved): Fact<boolean> => {
  const text = textFact(value);
  if (text.state !== 'known') return text;
  if (/^(true|false)$/i.test(text.value)) return known(text.value.toLowerCase() === 'true');
  return unknown(`${text.value.slice(0, 40)} is neither true nor false`);
};

/** Elements as a fact. A single value counts as a list of one, as CloudFormation takes it. */
export const listFact = (resolver: Resolver, value: Resolved): Fact<readonly Resolved[]> => {
  if (value.kind === 'plain' && typeof value.json !== 'object') return known([value]);
  const items = resolver.items(value);
  if (items === undefined) return absent;
  return 'why' in items ? unknown(items.why) : known(items);
};

/** Every element or none: one that is unknown makes the list unknown. */
export const allKnown = <T>(facts: readonly Fact<T>[]): Fact<readonly T[]> => {
  const hole = facts.find((fact) => fact.state === 'unknown');
  if (hole?.state === 'unknown') return hole;
  return known(facts.flatMap((fact) => (fact.state === 'known' ? [fact.value] : [])));
};

export const mapFact = <T, U>(fact: Fact<T>, change: (value: T) => U): Fact<U> =>
  fact.state === 'known' ? known(change(fact.value)) : fact;

export const flatFact = <T, U>(fact: Fact<T>, change: (value: T) => Fact<U>): Fact<U> =>
  fact.state === 'known' ? change(fact.value) : fact;

/** `Tags` as a list of Key and Value, or as a mapping. Tags that cannot be resolved are left out. */
export const tagsOf = (resolver: Resolver, value: Resolved): Readonly<Record<string, string>> => {
  if (value.kind !== 'plain') return {};
  if (isObject(value.json))
    return Object.fromEntries(
      Object.keys(value.json).flatMap((key) => {
        const text = textFact(resolver.field(value, key));
        return text.state === 'known' ? [[key, text.value]] : [];
      }),
    );
  const items = resolver.items(value);
  if (items === undefined || 'why' in items) return {};
  return Object.fromEntries(
    items.flatMap((item) => {
      if (item.kind !== 'plain') return [];
      // A key may end in a cluster's name that nobody knows here; its beginning tells enough.
      const key = looseText(resolver, item.template, own(item.json, 'Key'));
      const text = looseText(resolver, item.template, own(item.json, 'Value'));
      return key.state === 'known' && text.state === 'known' ? [[key.value, text.value]] : [];
    }),
  );
};

/** A whole value with its functions resolved; unresolved parts stay as they are written, resources become tokens. */
export const deep = (resolver: Resolver, template: Template, json: Json): Json => {
  const value = resolver.resolve(template, json);
  if (value.kind === 'link') return token(value);
  if (value.kind === 'absent') return null;
  if (value.kind === 'unknown') return json;
  const { json: plain, template: of } = value;
  if (isArray(plain)) return plain.map((item) => deep(resolver, of, item));
  if (!isObject(plain)) return plain;
  return Object.fromEntries(
    Object.entries(plain)
      .filter(([, item]) => resolver.resolve(of, item).kind !== 'absent')
      .map(([key, item]) => [key, deep(resolver, of, item)]),
  );
};

/** A long text as far as it can be read, with `${…}` where a part is unknown: user data. */
export const looseText = (resolver: Resolver, template: Template, json: Json | undefined): Fact<string> => {
  if (json === undefined) return absent;
  const value = resolver.resolve(template, json);
  if (value.kind !== 'unknown') return tokenFact(value);
  const text = loose(resolver, template, json);
  return text === undefined ? unknown(value.why) : known(text);
};

const loose = (resolver: Resolver, template: Template, json: Json): string | undefined => {
  if (typeof json !== 'object' || json === null || isArray(json)) return undefined;
  const [name, ...more] = Object.keys(json);
  if (name === undefined || more.length > 0) return undefined;
  const inner = json[name] ?? null;
  if (name === 'Fn::Base64') return typeof inner === 'string' ? inner : loose(resolver, template, inner);
  if (name === 'Fn::Sub') {
    const pattern: unknown = isArray(inner) ? inner[0] : inner;
    const names = isArray(inner) && isObject(inner[1]) ? inner[1] : undefined;
    if (typeof pattern !== 'string') return undefined;
    return pattern.replace(/\$\{([^{}]*)\}/g, (whole, key: string) => {
      if (key.startsWith('!')) return `\${${key.slice(1)}}`;
      const isGiven = names !== undefined && Object.hasOwn(names, key);
      const value = isGiven ? names[key] : key.includes('.') ? { 'Fn::GetAtt': key } : { Ref: key };
      const { text, why } = resolver.text(template, value ?? null);
      return why === undefined ? text : whole;
    });
  }
  if (name !== 'Fn::Join' || !isArray(inner) || typeof inner[0] !== 'string' || !isArray(inner[1]))
    return undefined;
  return inner[1]
    .map((part) => {
      const { text, why } = resolver.text(template, part);
      return why === undefined
        ? text
        : (loose(resolver, template, part) ?? `\${${ownText(part, 'Ref') ?? 'unknown'}}`);
    })
    .join(inner[0]);
};
