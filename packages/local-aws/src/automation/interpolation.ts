import { isFields, type Fields } from '../values/fields';

/** Name → value of everything that `{{ … }}` may mention; undefined: there is no such name (yet). */
export type Lookup = (name: string) => unknown;

const REFERENCE = /\{\{\s*([A-Za-z0-9_.:-]+)\s*\}\}/g;
const WHOLE = /^\{\{\s*([A-Za-z0-9_.:-]+)\s*\}\}$/;

const asText = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

/**
 * The value with its references replaced. A text that is one reference alone takes the value with its type; a reference
 * inside a longer text becomes text. A name without a value stays as it is written, as in AWS.
 */
export function interpolate(value: unknown, lookup: Lookup): unknown {
  if (Array.isArray(value)) return value.map((item) => interpolate(item, lookup));
  if (isFields(value)) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, interpolate(item, lookup)]));
  }
  if (typeof value !== 'string') return value;
  const alone = WHOLE.exec(value)?.[1];
  if (alone !== undefined) return lookup(alone) ?? value;
  return value.replace(REFERENCE, (whole, name: string) => {
    const found = lookup(name);
    return found === undefined ? whole : asText(found);
  });
}

const two = (value: number): string => String(value).padStart(2, '0');

/** `global:…` and `automation:EXECUTION_ID`. DATE_TIME is `yyyy-MM-dd_HH.mm.ss` in UTC. */
export function systemVariables(executionId: string, region: string, startedAt: Date): Fields {
  const date = startedAt.toISOString().slice(0, 10);
  const time = [startedAt.getUTCHours(), startedAt.getUTCMinutes(), startedAt.getUTCSeconds()]
    .map(two)
    .join('.');
  return {
    'automation:EXECUTION_ID': executionId,
    'global:DATE': date,
    'global:DATE_TIME': `${date}_${time}`,
    'global:REGION': region,
  };
}

/** A parameter's values with the type the document declares. */
export function typedParameter(type: string, values: readonly string[]): unknown {
  const [first = ''] = values;
  switch (type) {
    case 'StringList':
      return values;
    case 'MapList':
      return values.map((value) => JSON.parse(value) as unknown);
    case 'StringMap':
      return JSON.parse(first) as unknown;
    case 'Integer':
      return Number(first);
    case 'Boolean':
      return first.toLowerCase() === 'true';
    default:
      return first;
  }
}
