import { isArray, own, type Json } from '../json';
import { unknownValue, type Resolved } from '../resolved';
import type { Resolver } from '../resolver';
import type { Template } from '../template';

/** `Fn::If`: the chosen value; where the condition is unknown, the one that both sides agree on. */
export const ifCondition = (resolver: Resolver, template: Template, value: Json): Resolved => {
  const [name, then, otherwise] = isArray(value) ? value : [];
  if (typeof name !== 'string') return unknownValue('Fn::If names no condition');
  const truth = resolver.conditions.named(template, name);
  if (typeof truth === 'boolean') return resolver.resolve(template, truth ? then : otherwise);
  const [a, b] = [resolver.resolve(template, then), resolver.resolve(template, otherwise)];
  const isSame =
    a.kind === 'plain' &&
    b.kind === 'plain' &&
    typeof a.json !== 'object' &&
    typeof b.json !== 'object' &&
    String(a.json) === String(b.json);
  return isSame ? a : unknownValue(`it depends on the condition ${name}: ${truth.why}`);
};

/** `Fn::Select`: an element of a list, counted from 0. */
export const select = (resolver: Resolver, template: Template, value: Json): Resolved => {
  const [indexJson, list] = isArray(value) ? value : [];
  const index = resolver.resolve(template, indexJson);
  const found = resolver.resolve(template, list);
  if (found.kind === 'unknown') return found;
  if (index.kind !== 'plain' || found.kind !== 'plain' || !isArray(found.json))
    return unknownValue('Fn::Select has no index or no list');
  const at = typeof index.json === 'string' || typeof index.json === 'number' ? Number(index.json) : NaN;
  const item = Number.isInteger(at) && at >= 0 ? found.json[at] : undefined;
  return item === undefined
    ? unknownValue(`Fn::Select: the list has no element ${at}`)
    : resolver.resolve(found.template, item);
};

/** `Fn::FindInMap`: a value of `Mappings`, else its `DefaultValue`. */
export const findInMap = (resolver: Resolver, template: Template, value: Json): Resolved => {
  const [map, top, second, more] = isArray(value) ? value : [];
  const keys: string[] = [];
  for (const json of [map, top, second]) {
    const { text, why } =
      json === undefined ? { text: '', why: 'Fn::FindInMap has no key' } : resolver.text(template, json);
    if (why !== undefined) return unknownValue(why);
    keys.push(text);
  }
  const found = keys.reduce<Json | undefined>((at, key) => own(at, key), own(template.body, 'Mappings'));
  if (found !== undefined) return resolver.resolve(template, found);
  const byDefault = own(more, 'DefaultValue');
  return byDefault === undefined
    ? unknownValue(`Fn::FindInMap: there is no ${keys.join('.')}`)
    : resolver.resolve(template, byDefault);
};
