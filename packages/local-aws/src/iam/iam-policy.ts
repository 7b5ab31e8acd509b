import { fields, isFields, onlyKeys, text, texts, type Fields } from '../values/fields';

/** What is asked of IAM: one action on one resource, with the condition keys that AWS would fill. */
export interface AccessRequest {
  /** e.g. `ssm:SendCommand`. */
  readonly action: string;
  readonly resource: string;
  /** Condition key (any case) → values. */
  readonly context: Readonly<Record<string, string | readonly string[]>>;
}

export interface Statement {
  readonly effect: 'Allow' | 'Deny';
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly condition: Fields;
}

const many = (value: unknown, where: string): readonly string[] =>
  Array.isArray(value) ? texts(value, where) : [text(value, where)];

/** Statements of a policy document. @throws for NotAction and other elements that are not read here */
export function statements(document: unknown, where: string): readonly Statement[] {
  const all = fields(document, where).Statement;
  return (Array.isArray(all) ? all : [all]).map((item, index) => {
    const path = `${where} Statement[${index}]`;
    const statement = fields(item, path);
    onlyKeys(statement, ['Sid', 'Effect', 'Action', 'Resource', 'Condition', 'Principal'], path);
    const effect = text(statement.Effect, `${path}.Effect`);
    if (effect !== 'Allow' && effect !== 'Deny') throw new Error(`${path}: unknown Effect ${effect}`);
    return {
      effect,
      actions: many(statement.Action, `${path}.Action`),
      resources: many(statement.Resource ?? '*', `${path}.Resource`),
      condition: fields(statement.Condition ?? {}, `${path}.Condition`),
    };
  });
}

const compiled = new Map<string, RegExp>();

function patternOf(pattern: string, ignoreCase: boolean): RegExp {
  const key = `${ignoreCase ? 'i' : ''}:${pattern}`;
  const known = compiled.get(key);
  if (known) return known;
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  const made = new RegExp(`^${source}$`, ignoreCase ? 'is' : 's');
  compiled.set(key, made);
  return made;
}

/** `*` any characters, `?` one. */
export const like = (pattern: string, value: string, ignoreCase = false): boolean =>
  // Most are plain names, and a regular expression costs more than the comparison.
  pattern === value ||
  (/[*?]/.test(pattern) || ignoreCase ? patternOf(pattern, ignoreCase).test(value) : false);

type Test = (value: string, wanted: string) => boolean;

const TESTS: Readonly<Record<string, Test>> = {
  StringEquals: (value, wanted) => value === wanted,
  StringEqualsIgnoreCase: (value, wanted) => value.toLowerCase() === wanted.toLowerCase(),
  StringLike: (value, wanted) => like(wanted, value),
  ArnEquals: (value, wanted) => like(wanted, value),
  ArnLike: (value, wanted) => like(wanted, value),
  Bool: (value, wanted) => value.toLowerCase() === wanted.toLowerCase(),
};

const NEGATED: Readonly<Record<string, string>> = {
  StringNotEquals: 'StringEquals',
  StringNotLike: 'StringLike',
  ArnNotEquals: 'ArnEquals',
  ArnNotLike: 'ArnLike',
};

function conditionHolds(
  operator: string,
  key: string,
  wanted: readonly string[],
  request: AccessRequest,
): boolean {
  const [, set, base = '', ifExists] =
    /^(?:(ForAllValues|ForAnyValue):)?(\w+?)(IfExists)?$/.exec(operator) ?? [];
  const negated = NEGATED[base];
  const test = TESTS[negated ?? base];
  if (base !== 'Null' && !test) throw new Error(`unknown IAM condition operator ${operator}`);
  const name = Object.keys(request.context).find((known) => known.toLowerCase() === key.toLowerCase());
  const found = name === undefined ? undefined : request.context[name];
  if (!test) return (found === undefined) === (wanted[0] === 'true');
  if (found === undefined) return ifExists !== undefined || set === 'ForAllValues' || negated !== undefined;
  const values = typeof found === 'string' ? [found] : found;
  const matches = (value: string) => wanted.some((one) => test(value, one)) !== (negated !== undefined);
  return set === 'ForAllValues' ? values.every(matches) : values.some(matches);
}

/** Whether the statement speaks of this request. @throws for a condition operator that is not known */
export function applies(statement: Statement, request: AccessRequest): boolean {
  if (!statement.actions.some((pattern) => like(pattern, request.action, true))) return false;
  if (!statement.resources.some((pattern) => like(pattern, request.resource))) return false;
  const conditions = Object.entries(statement.condition).flatMap(([operator, keys]) =>
    Object.entries(fields(keys, operator)).map(([key, wanted]) =>
      conditionHolds(
        operator,
        key,
        many(isFields(wanted) ? undefined : normal(wanted), `${operator} ${key}`),
        request,
      ),
    ),
  );
  return conditions.every(Boolean);
}

/** Templates write booleans and numbers where IAM reads strings. */
const normal = (value: unknown): unknown =>
  Array.isArray(value)
    ? value.map(String)
    : typeof value === 'boolean' || typeof value === 'number'
      ? String(value)
      : value;
