import { isArray, own, ownObject, type Json } from '../json';
import { unknownValue, type Resolved } from '../resolved';
import type { Resolver } from '../resolver';
import type { Template } from '../template';
import { parameter } from './parameters';
import { pseudoParameter } from './pseudo-parameters';

/** `Ref`: a pseudo parameter, a parameter, or a resource. */
export const ref = (resolver: Resolver, template: Template, name: Json): Resolved => {
  if (typeof name !== 'string') return unknownValue('Ref has no name');
  if (name.startsWith('AWS::')) return pseudoParameter(template, name);
  const declaration = ownObject(ownObject(template.body, 'Parameters'), name);
  if (declaration !== undefined)
    return resolver.once(template, `parameter ${name}`, () =>
      parameter(resolver, template, name, declaration),
    );
  const resource = resolver.stacks.resource(template, name);
  return resource === undefined
    ? unknownValue(`Ref ${name} names neither a parameter nor a resource`)
    : { kind: 'link', resource };
};

/** `Fn::GetAtt`: an attribute of a resource, or what an output of a nested stack holds. */
export const getAtt = (resolver: Resolver, template: Template, value: Json): Resolved => {
  const dot = typeof value === 'string' ? value.indexOf('.') : -1;
  const pair =
    typeof value === 'string' ? (dot < 0 ? [value] : [value.slice(0, dot), value.slice(dot + 1)]) : value;
  const [id, attribute] = isArray(pair) ? pair : [];
  if (typeof id !== 'string' || typeof attribute !== 'string')
    return unknownValue('Fn::GetAtt names no attribute of a resource');
  const resource = resolver.stacks.resource(template, id);
  if (resource === undefined) return unknownValue(`Fn::GetAtt names ${id}, which is no resource`);
  const child = attribute.startsWith('Outputs.') ? resolver.stacks.nested(template, id) : undefined;
  if (child === undefined) return { kind: 'link', resource, attribute };
  const output = attribute.slice('Outputs.'.length);
  const json = own(ownObject(ownObject(child.body, 'Outputs'), output), 'Value');
  return json === undefined
    ? unknownValue(`the nested stack ${id} has no output ${output}`)
    : resolver.once(child, `output ${output}`, () => resolver.resolve(child, json));
};

/** `Fn::ImportValue`: what another template of these exports. */
export const importValue = (resolver: Resolver, template: Template, value: Json): Resolved => {
  const name = resolver.resolve(template, value);
  if (name.kind !== 'plain' || typeof name.json !== 'string')
    return unknownValue(name.kind === 'unknown' ? name.why : 'Fn::ImportValue has no name');
  const { json: text } = name;
  const found = resolver.stacks.exported(text, template, (of, json) => {
    const exportName = resolver.resolve(of, json);
    return exportName.kind === 'plain' && typeof exportName.json === 'string' ? exportName.json : undefined;
  });
  return found === undefined
    ? unknownValue(`no template here exports ${text}`)
    : resolver.once(found.template, `export ${text}`, () => resolver.resolve(found.template, found.value));
};
