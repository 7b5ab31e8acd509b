/** Readers for values that come from JSON (templates, documents, SDK inputs): a wrong type is an error that says where. */
export type Fields = Readonly<Record<string, unknown>>;

export const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);

const wrong = (where: string, wanted: string, value: unknown): Error =>
  new Error(`${where} must be ${wanted}, got ${JSON.stringify(value) ?? 'nothing'}`);

export function fields(value: unknown, where: string): Fields {
  if (!isFields(value)) throw wrong(where, 'an object', value);
  return value;
}

export function text(value: unknown, where: string): string {
  if (typeof value !== 'string') throw wrong(where, 'a string', value);
  return value;
}

/** CloudFormation carries numbers as numbers or as decimal strings. */
export function number(value: unknown, where: string): number {
  const read = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof read !== 'number' || !Number.isFinite(read)) throw wrong(where, 'a number', value);
  return read;
}

export function flag(value: unknown, where: string): boolean {
  if (value === 'true' || value === true) return true;
  if (value === 'false' || value === false) return false;
  throw wrong(where, 'true or false', value);
}

export function list(value: unknown, where: string): readonly unknown[] {
  if (!Array.isArray(value)) throw wrong(where, 'a list', value);
  return value;
}

export const texts = (value: unknown, where: string): readonly string[] =>
  list(value, where).map((item, index) => text(item, `${where}[${index}]`));

type Read<T> = (value: unknown, where: string) => T;

/** `read(value)`, or `fallback` when the value was left out. */
export function optional<T>(value: unknown, where: string, read: Read<T>, fallback: T): T;
export function optional<T>(value: unknown, where: string, read: Read<T>, fallback: undefined): T | undefined;
export function optional<T>(
  value: unknown,
  where: string,
  read: Read<T>,
  fallback: T | undefined,
): T | undefined {
  return value === undefined ? fallback : read(value, where);
}

/** Anything outside `known` is an error naming it: an unread property would be a silent pass. */
export function onlyKeys(value: Fields, known: readonly string[], where: string): void {
  const unknown = Object.keys(value).filter((key) => !known.includes(key));
  if (unknown.length > 0)
    throw new Error(`${where}: unknown ${unknown.join(', ')}; known are ${known.join(', ')}`);
}

/** The message of anything thrown; errors of another realm are no `instanceof Error`. */
export const errorMessage = (error: unknown): string =>
  isFields(error) && typeof error.message === 'string' ? error.message : String(error);

export const errorName = (error: unknown): string =>
  isFields(error) && typeof error.name === 'string' ? error.name : 'Error';

/** A JSON document; a text that is none is an error saying which. */
export function parseJson(source: string, where: string): unknown {
  try {
    return JSON.parse(source) as unknown;
  } catch (error) {
    throw new Error(`${where} is not JSON: ${errorMessage(error)}`, { cause: error });
  }
}
