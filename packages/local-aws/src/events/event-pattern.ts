import { fields, isFields, list, number, text } from '../values/fields';

/** An event, or a part of it. */
type Value = unknown;

type Operator = (argument: unknown, value: Value, where: string) => boolean;

const isScalar = (value: unknown): boolean =>
  value === null || ['string', 'number', 'boolean'].includes(typeof value);

const ends =
  (test: (value: string, argument: string) => boolean): Operator =>
  (argument, value, where) => {
    if (isFields(argument)) {
      const wanted = text(argument['equals-ignore-case'], `${where}.equals-ignore-case`).toLowerCase();
      return typeof value === 'string' && test(value.toLowerCase(), wanted);
    }
    return typeof value === 'string' && test(value, text(argument, where));
  };

/** `*` stands for any characters; `\*` for a star. */
function wildcard(pattern: string): RegExp {
  const source = pattern.replace(/\\\*|\\\\|\*|[.+?^${}()|[\]\\]/g, (found) => {
    if (found === '*') return '.*';
    return found.length === 2 ? found : `\\${found}`;
  });
  return new RegExp(`^${source}$`, 's');
}

const COMPARISONS: Readonly<Record<string, (left: number, right: number) => boolean>> = {
  '=': (left, right) => left === right,
  '>': (left, right) => left > right,
  '>=': (left, right) => left >= right,
  '<': (left, right) => left < right,
  '<=': (left, right) => left <= right,
};

const OPERATORS: Readonly<Record<string, Operator>> = {
  prefix: ends((value, argument) => value.startsWith(argument)),
  suffix: ends((value, argument) => value.endsWith(argument)),
  'equals-ignore-case': (argument, value, where) =>
    typeof value === 'string' && value.toLowerCase() === text(argument, where).toLowerCase(),
  wildcard: (argument, value, where) =>
    typeof value === 'string' && wildcard(text(argument, where)).test(value),
  'anything-but': (argument, value, where) => {
    if (value === undefined) return false;
    if (isFields(argument)) return !matchesOperator(argument, value, where);
    return !(Array.isArray(argument) ? argument : [argument]).includes(value);
  },
  numeric: (argument, value, where) => {
    const parts = list(argument, where);
    if (parts.length === 0 || parts.length % 2 !== 0)
      throw new Error(`${where}: numeric needs pairs of operator and number`);
    return parts.every((part, index) => {
      if (index % 2 === 1) return true;
      const compare = COMPARISONS[text(part, where)];
      if (!compare) throw new Error(`${where}: unknown comparison ${String(part)}`);
      return typeof value === 'number' && compare(value, number(parts[index + 1], where));
    });
  },
};

function matchesOperator(matcher: Readonly<Record<string, unknown>>, value: Value, where: string): boolean {
  const [name = '', ...more] = Object.keys(matcher);
  const operator = OPERATORS[name];
  if (!operator || more.length > 0)
    throw new Error(`${where}: unknown operator ${Object.keys(matcher).join(', ')}`);
  return operator(matcher[name], value, `${where}.${name}`);
}

/** A leaf of the event against the list of what it may be. A list in the event matches by any of its items. */
function matchesLeaf(matchers: readonly unknown[], value: Value, where: string): boolean {
  const values = Array.isArray(value) ? (value as readonly unknown[]) : [value];
  return matchers.some((matcher) => {
    if (isScalar(matcher)) return values.includes(matcher);
    const operator = fields(matcher, where);
    if ('exists' in operator) return (value !== undefined && !isFields(value)) === operator.exists;
    return values.some((item) => matchesOperator(operator, item, where));
  });
}

/**
 * Whether EventBridge would match the event: exact values, prefix, suffix, equals-ignore-case, wildcard,
 * anything-but, exists, numeric, and `$or`.
 * @throws for an operator that is none of these: a rule that can't be read must not look like one that never fires
 */
export function matchesPattern(pattern: unknown, event: Value, where = 'pattern'): boolean {
  return Object.entries(fields(pattern, where)).every(([key, wanted]) => {
    const path = `${where}.${key}`;
    if (key === '$or') return list(wanted, path).some((branch) => matchesPattern(branch, event, path));
    const value = isFields(event) ? event[key] : undefined;
    if (Array.isArray(wanted)) return matchesLeaf(wanted, value, path);
    return matchesPattern(wanted, value, path);
  });
}
