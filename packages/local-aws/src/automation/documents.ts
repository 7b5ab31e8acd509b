import { parse } from 'yaml';
import type { AssemblyResource } from '../template/assembly';
import {
  fields,
  isFields,
  list,
  number,
  onlyKeys,
  optional,
  text,
  texts,
  type Fields,
} from '../values/fields';

const PARAMETER_TYPES = ['String', 'StringList', 'Integer', 'Boolean', 'StringMap', 'MapList'] as const;

export interface DocumentParameter {
  readonly type: string;
  readonly fallback: unknown;
  readonly allowedPattern: RegExp | undefined;
  readonly allowedValues: readonly string[] | undefined;
  readonly interpolation: 'ENV_VAR' | undefined;
  readonly minChars: number;
  readonly maxChars: number;
}

/** A synthesized AWS::SSM::Document. */
export interface SsmDocument {
  readonly name: string;
  readonly kind: 'Automation' | 'Command';
  readonly parameters: Readonly<Record<string, DocumentParameter>>;
  readonly content: Fields;
}

const PARAMETER_KEYS = [
  ...['type', 'description', 'default', 'allowedPattern', 'allowedValues', 'interpolationType'],
  ...['minChars', 'maxChars', 'minItems', 'maxItems', 'displayType'],
];

function readParameter(value: unknown, where: string): DocumentParameter {
  const parameter = fields(value, where);
  onlyKeys(parameter, PARAMETER_KEYS, where);
  const type = text(parameter.type, `${where}.type`);
  if (!PARAMETER_TYPES.some((known) => known === type)) throw new Error(`${where}: unknown type ${type}`);
  const interpolation = optional(parameter.interpolationType, `${where}.interpolationType`, text, undefined);
  if (interpolation !== undefined && interpolation !== 'ENV_VAR') {
    throw new Error(`${where}: unknown interpolationType ${interpolation}`);
  }
  const pattern = optional(parameter.allowedPattern, `${where}.allowedPattern`, text, undefined);
  return {
    type,
    fallback: parameter.default,
    allowedPattern: pattern === undefined ? undefined : new RegExp(pattern),
    allowedValues: optional(parameter.allowedValues, `${where}.allowedValues`, list, undefined)?.map(String),
    interpolation,
    minChars: optional(parameter.minChars, where, number, 0),
    maxChars: optional(parameter.maxChars, where, number, Number.POSITIVE_INFINITY),
  };
}

/** @throws for a document that is no Automation 0.3 or Command 2.2, naming it */
export function readDocument(resource: AssemblyResource): SsmDocument {
  const { properties, physicalId: name } = resource;
  const where = `document ${name}`;
  const content = fields(
    typeof properties.Content === 'string' ? parse(properties.Content) : properties.Content,
    `${where} Content`,
  );
  const kind = text(properties.DocumentType ?? 'Command', `${where} DocumentType`);
  if (kind !== 'Automation' && kind !== 'Command') throw new Error(`${where}: unknown DocumentType ${kind}`);
  const wanted = kind === 'Automation' ? '0.3' : '2.2';
  if (content.schemaVersion !== wanted) {
    throw new Error(
      `${where}: schemaVersion must be '${wanted}', got ${JSON.stringify(content.schemaVersion)}`,
    );
  }
  const declared = Object.entries(optional(content.parameters, `${where} parameters`, fields, {}));
  const parameters = declared.map(([key, value]) => [key, readParameter(value, `${where} ${key}`)] as const);
  return { name, kind, parameters: Object.fromEntries(parameters), content };
}

export type ParameterValues = Readonly<Record<string, readonly string[]>>;

function problems(name: string, parameter: DocumentParameter, values: readonly string[]): string[] {
  const single = !['StringList', 'MapList'].includes(parameter.type);
  if (single && values.length !== 1) return [`${name} takes one value, got ${values.length}`];
  return values.flatMap((value) => {
    const { allowedPattern, allowedValues, minChars, maxChars, type } = parameter;
    if (allowedPattern && !allowedPattern.test(value))
      return [`${name} does not match ${allowedPattern.source}`];
    if (allowedValues && !allowedValues.includes(value))
      return [`${name} must be one of ${allowedValues.join(', ')}`];
    if (value.length < minChars || value.length > maxChars)
      return [`${name} must be ${minChars} to ${maxChars} characters long`];
    if (type === 'Integer' && !/^-?\d+$/.test(value)) return [`${name} must be an integer`];
    if (type === 'Boolean' && !/^(true|false)$/i.test(value)) return [`${name} must be true or false`];
    return [];
  });
}

/**
 * Parameters as StartAutomationExecution and SendCommand take them, held against the document, defaults filled in.
 * @returns the values, or what is wrong in words
 */
export function documentParameters(
  document: SsmDocument,
  given: unknown,
): { readonly values: ParameterValues } | { readonly wrong: readonly string[] } {
  const wrong: string[] = [];
  const values: Record<string, readonly string[]> = {};
  const supplied = given === undefined ? {} : fields(given, 'Parameters');
  for (const name of Object.keys(supplied)) {
    if (!document.parameters[name]) wrong.push(`${name} is no parameter of ${document.name}`);
  }
  for (const [name, parameter] of Object.entries(document.parameters)) {
    const value = supplied[name];
    if (value !== undefined) {
      const read = texts(value, `Parameters.${name}`);
      wrong.push(...problems(name, parameter, read));
      values[name] = read;
    } else if (parameter.fallback === undefined) {
      wrong.push(`${name} is required`);
    } else {
      values[name] = defaultValues(parameter.fallback);
    }
  }
  return wrong.length > 0 ? { wrong } : { values };
}

const defaultValues = (fallback: unknown): readonly string[] => {
  if (Array.isArray(fallback))
    return fallback.map((item) => (isFields(item) ? JSON.stringify(item) : String(item)));
  return [isFields(fallback) ? JSON.stringify(fallback) : String(fallback)];
};
