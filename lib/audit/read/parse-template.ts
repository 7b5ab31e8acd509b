import { AuditInputError } from '../audit-input-error';
import { isObject, ownObject, type Json, type JsonObject } from './json';
import { jsonLines } from './json-lines';
import { MAX_DEPTH, MAX_RESOURCES, MAX_YAML_BYTES } from './limits';
import { parseYamlTemplate, type ParsedTemplate } from './yaml-template';

const parseJsonTemplate = (file: string, text: string): ParsedTemplate => {
  const { lines, tooDeepAt } = jsonLines(text);
  if (tooDeepAt !== undefined)
    throw new AuditInputError({
      file,
      line: tooDeepAt,
      rule: `be nested at most ${MAX_DEPTH} levels deep`,
      found: 'deeper nesting',
      next: 'Give a CloudFormation template, as people write it.',
    });
  return { body: JSON.parse(text) as Json, lines };
};

const messageOf = (text: string): string => {
  try {
    JSON.parse(text);
    return '';
  } catch (error) {
    return error instanceof Error ? error.message : '';
  }
};

/** V8 says at what position a text ends too early, but of a wrong token only which: then the shortest start that has it. */
const positionOf = (text: string, message: string): number => {
  const said = /position (\d+)/.exec(message)?.[1];
  if (said !== undefined) return Number(said);
  let [whole, broken] = [0, text.length];
  while (broken - whole > 1) {
    const middle = (whole + broken) >> 1;
    if (messageOf(text.slice(0, middle)).startsWith('Unexpected token')) broken = middle;
    else whole = middle;
  }
  return whole;
};

const jsonError = (file: string, text: string, error: SyntaxError): AuditInputError => {
  const line = text.slice(0, positionOf(text, error.message)).split('\n').length;
  return new AuditInputError({
    file,
    line,
    rule: 'be JSON',
    found: error.message,
    next: 'Synthesize it again, or fix it at that place.',
  });
};

const parse = (file: string, text: string): ParsedTemplate => {
  // JSON.parse is far faster than any YAML parser; JSON that begins like JSON but has YAML's tags is YAML.
  if (/^\s*[{[]/.test(text.slice(0, 1_000)))
    try {
      return parseJsonTemplate(file, text);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      if (!/\.ya?ml$/i.test(file)) throw jsonError(file, text, error);
    }
  if (text.length > MAX_YAML_BYTES)
    throw new AuditInputError({
      file,
      rule: `be at most ${MAX_YAML_BYTES / 1024 / 1024} MiB of YAML`,
      found: `${text.length} characters`,
      next: 'CloudFormation takes 1 MB at most: split the template.',
    });
  return parseYamlTemplate(file, text);
};

/** The text of a template. Throws {@link AuditInputError}, whatever the text. */
export const parseTemplate = (
  file: string,
  raw: string,
): { readonly body: JsonObject; readonly lines: ReadonlyMap<string, number> } => {
  const text = raw.startsWith('\uFEFF') ? raw.slice(1) : raw;
  if (text.includes('\0'))
    throw new AuditInputError({
      file,
      rule: 'be text',
      found: 'a NUL byte',
      next: 'Give a template in UTF-8.',
    });
  const { body, lines } = parse(file, text);
  if (!isObject(body) || ownObject(body, 'Resources') === undefined)
    throw new AuditInputError({
      file,
      rule: 'be a CloudFormation template with a mapping of Resources',
      found: isObject(body)
        ? `the keys ${Object.keys(body).slice(0, 5).join(', ') || '(none)'}`
        : 'something else',
      next: 'Give a template, a directory of templates, or a cdk.out.',
    });
  const count = Object.keys(ownObject(body, 'Resources') ?? {}).length;
  if (count > MAX_RESOURCES)
    throw new AuditInputError({
      file,
      rule: `have at most ${MAX_RESOURCES} resources`,
      found: String(count),
      next: 'CloudFormation takes 500 at most: split the template.',
    });
  return { body, lines };
};
