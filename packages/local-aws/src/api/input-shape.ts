import { AwsError } from './aws-error';
import { isFields, type Fields } from '../values/fields';

type Kind = 'string' | 'number' | 'boolean' | 'strings' | 'list' | 'map' | 'date' | 'blob';

/** Members of an operation's input: `'string'`, required as `'string!'`. */
export type InputShape = Readonly<Record<string, Kind | `${Kind}!`>>;

const FITS: Readonly<Record<Kind, (value: unknown) => boolean>> = {
  string: (value) => typeof value === 'string',
  number: (value) => typeof value === 'number',
  boolean: (value) => typeof value === 'boolean',
  strings: (value) => Array.isArray(value) && value.every((item) => typeof item === 'string'),
  list: (value) => Array.isArray(value),
  map: isFields,
  date: (value) => Object.prototype.toString.call(value) === '[object Date]' || typeof value === 'string',
  blob: (value) => typeof value === 'string' || ArrayBuffer.isView(value),
};

const codes = (service: string): { readonly missing: string; readonly wrong: string } => {
  if (service === 'ec2') return { missing: 'MissingParameter', wrong: 'InvalidParameterValue' };
  // Modelled errors have the name of their class in the SDK, not the code on the wire.
  if (service === 'cloudwatch') {
    return { missing: 'MissingRequiredParameterException', wrong: 'InvalidParameterValueException' };
  }
  if (service === 'sns') return { missing: 'InvalidParameterException', wrong: 'InvalidParameterException' };
  return { missing: 'ValidationException', wrong: 'ValidationException' };
};

/**
 * Holds an input against its shape: nothing unknown, nothing missing, right types.
 * The SDK drops members it does not know; here they are an error, since they are always a mistake.
 */
export function checkInput(service: string, operation: string, shape: InputShape, input: Fields): void {
  const code = codes(service);
  const where = `${service}:${operation}`;
  for (const [name, value] of Object.entries(input)) {
    const kind = shape[name];
    if (!kind)
      throw new AwsError(
        code.wrong,
        `${where}: unknown member ${name}; known are ${Object.keys(shape).join(', ')}`,
      );
    if (value !== undefined && !FITS[kind.replace('!', '') as Kind](value)) {
      throw new AwsError(
        code.wrong,
        `${where}: ${name} must be ${kind.replace('!', '')}, got ${JSON.stringify(value)}`,
      );
    }
  }
  const missing = Object.keys(shape).filter(
    (name) => shape[name]?.endsWith('!') && input[name] === undefined,
  );
  if (missing.length > 0) throw new AwsError(code.missing, `${where}: missing ${missing.join(', ')}`);
}
