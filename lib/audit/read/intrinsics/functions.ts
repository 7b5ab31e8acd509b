import { ownText, type Json, type JsonObject } from '../json';
import { unknownValue, type Resolved } from '../resolved';
import type { Resolver } from '../resolver';
import type { Template } from '../template';
import { findInMap, ifCondition, select } from './choices';
import { getAtt, importValue, ref } from './references';
import { join, split, sub } from './texts';

/** @param argument as it stands in the template */
type IntrinsicFunction = (resolver: Resolver, template: Template, argument: Json) => Resolved;

/** The audit reads what goes in. */
const base64: IntrinsicFunction = (resolver, template, argument) => resolver.resolve(template, argument);

const transform: IntrinsicFunction = (_resolver, _template, argument) =>
  unknownValue(`the macro ${ownText(argument, 'Name') ?? ''} makes it at deployment`);

/** Every other function is known at deployment alone. */
export const INTRINSIC_FUNCTIONS: ReadonlyMap<string, IntrinsicFunction> = new Map([
  ['Ref', ref],
  ['Fn::GetAtt', getAtt],
  ['Fn::ImportValue', importValue],
  ['Fn::Sub', sub],
  ['Fn::Join', join],
  ['Fn::Split', split],
  ['Fn::Base64', base64],
  ['Fn::If', ifCondition],
  ['Fn::Select', select],
  ['Fn::FindInMap', findInMap],
  ['Fn::Transform', transform],
]);

/** The function's name, where the object is a call of one: `{"Ref": …}` or `{"Fn::…": …}`, and no other key. */
export const functionOf = (json: JsonObject): string | undefined => {
  // Without a list of all keys: an object may have very many.
  let only: string | undefined;
  for (const key in json) {
    if (only !== undefined) return undefined;
    only = key;
  }
  if (only === undefined) return undefined;
  return only === 'Ref' || only.startsWith('Fn::') ? only : undefined;
};
