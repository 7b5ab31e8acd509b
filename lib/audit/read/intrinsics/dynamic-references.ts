import { unknownValue, type Resolved } from '../resolved';
import type { ReadOptions, Template } from '../template';

const SSM_REFERENCE = /^(?:\{\{resolve:ssm:([^}]+)\}\}|resolve:ssm:(.+))$/;
const VERSION = /:\d+$/;

/** A text as it stands, or the SSM parameter where it is a reference to one. */
export const dynamicReference = (options: ReadOptions, template: Template, text: string): Resolved => {
  const match = SSM_REFERENCE.exec(text);
  const name = match?.[1] ?? match?.[2];
  if (name !== undefined) return ssmParameter(options, template, name);
  return text.includes('{{resolve:')
    ? unknownValue('a dynamic reference is read at deployment')
    : { kind: 'plain', template, json: text };
};

/** @param reference `NAME` or `NAME:VERSION` */
export const ssmParameter = (options: ReadOptions, template: Template, reference: string): Resolved => {
  const name = reference.replace(VERSION, '');
  const given = options.ssmParameters ?? {};
  for (const key of [reference, name])
    if (Object.hasOwn(given, key) && given[key] !== undefined)
      return { kind: 'plain', template, json: given[key] };
  return unknownValue(`the SSM parameter ${name} is read at deployment`, name);
};
