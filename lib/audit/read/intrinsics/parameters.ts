import { own, ownObject, ownText, type JsonObject } from '../json';
import { unknownValue, type Resolved } from '../resolved';
import type { Resolver } from '../resolver';
import type { Template } from '../template';
import { ssmParameter } from './dynamic-references';

/** A parameter's value as its type has it: a list for a list type, and the SSM parameter that it names for `AWS::SSM::…`. */
export const parameter = (
  resolver: Resolver,
  template: Template,
  name: string,
  declaration: JsonObject,
): Resolved => {
  const type = ownText(declaration, 'Type') ?? 'String';
  const value = given(resolver, template, name, declaration);
  if (value.kind !== 'plain' || typeof value.json === 'object') return value;
  const text = String(value.json);
  if (type.startsWith('AWS::SSM::Parameter::Value<'))
    return madeHere(resolver, template, text) ?? ssmParameter(resolver.stacks.options, template, text);
  if (type === 'CommaDelimitedList' || type.startsWith('List<'))
    return { kind: 'plain', template, json: text === '' ? [] : text.split(',').map((item) => item.trim()) };
  return value;
};

/** The value of a parameter of Parameter Store that one of these templates makes. */
const madeHere = (resolver: Resolver, by: Template, name: string): Resolved | undefined => {
  const found = resolver.stacks.ssmParameter(name, by);
  if (found === undefined) return undefined;
  const value = own(ownObject(found.json, 'Properties'), 'Value');
  return resolver.once(found.template, `SSM parameter ${name}`, () =>
    resolver.resolve(found.template, value),
  );
};

/** By the template's own parameters or the options, else by the parent of a nested stack, else its default. */
const given = (resolver: Resolver, template: Template, name: string, declaration: JsonObject): Resolved => {
  const { options } = resolver.stacks;
  const values = [template.parameters, options.parameters ?? {}].find((each) => Object.hasOwn(each, name));
  if (values?.[name] !== undefined) return { kind: 'plain', template, json: values[name] };
  const { nestedIn } = template;
  if (nestedIn !== undefined) {
    const parent = resolver.stacks.resource(nestedIn.template, nestedIn.logicalId);
    const passed = parent && resolver.path(resolver.properties(parent), 'Parameters', name);
    if (passed !== undefined && passed.kind !== 'absent') return passed;
  }
  const byDefault = own(declaration, 'Default');
  return byDefault === undefined
    ? unknownValue(`the parameter ${name} has no default`)
    : { kind: 'plain', template, json: byDefault };
};
