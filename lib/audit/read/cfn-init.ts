import { isObject, own, type Json } from './json';
import type { ReadContext } from './place';
import type { Resolved } from './resolved';
import type { Resource } from './stack-set';
import { looseText } from './values';

/** A file that `cfn-init` writes. */
export interface InitFile {
  readonly path: string;
  /** As far as it can be read; a mapping is written as JSON. */
  readonly content: Json;
}

const keysOf = (value: Resolved): string[] =>
  value.kind === 'plain' && isObject(value.json) ? Object.keys(value.json) : [];

/** Each config of `AWS::CloudFormation::Init`. */
const configs = ({ resolver }: ReadContext, { template, json }: Resource): readonly Resolved[] => {
  const init = resolver.field(resolver.resolve(template, own(json, 'Metadata')), 'AWS::CloudFormation::Init');
  return keysOf(init).map((key) => resolver.field(init, key));
};

const textOf = ({ resolver }: ReadContext, of: Resolved, key: string): string | undefined => {
  if (of.kind !== 'plain') return undefined;
  const text = looseText(resolver, of.template, own(of.json, key));
  return text.state === 'known' ? text.value : undefined;
};

/** Files that a resource's `cfn-init` metadata writes. */
export const initFiles = (context: ReadContext, resource: Resource): readonly InitFile[] => {
  const { resolver } = context;
  return configs(context, resource).flatMap((config) => {
    const files = resolver.field(config, 'files');
    return keysOf(files).flatMap((path): InitFile[] => {
      const file = resolver.field(files, path);
      if (file.kind !== 'plain') return [];
      const content = textOf(context, file, 'content') ?? own(file.json, 'content');
      return content === undefined ? [] : [{ path, content }];
    });
  });
};

/** A command is a text, or a list of a program and its arguments. */
const commandsOf = (context: ReadContext, config: Resolved): string[] => {
  const { resolver } = context;
  const commands = resolver.field(config, 'commands');
  return keysOf(commands).flatMap((key) => {
    const entry = resolver.field(commands, key);
    const text = textOf(context, entry, 'command');
    if (text !== undefined) return [text];
    const words = resolver.items(resolver.field(entry, 'command'));
    if (words === undefined || 'why' in words) return [];
    return [
      words
        .map((word) => (word.kind === 'plain' && typeof word.json !== 'object' ? String(word.json) : '${…}'))
        .join(' '),
    ];
  });
};

/** What `cfn-init` writes and runs, as if user data did. */
export const initText = (context: ReadContext, resource: Resource): string =>
  [
    ...initFiles(context, resource).flatMap(({ content }) => (typeof content === 'string' ? [content] : [])),
    ...configs(context, resource).flatMap((config) => commandsOf(context, config)),
  ].join('\n');
