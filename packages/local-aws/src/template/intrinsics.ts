import { errorMessage, fields, isFields, list, number, text, texts } from '../values/fields';

/** What one stack knows about the names that an intrinsic may mention. */
export interface Scope {
  /** Shown in errors. */
  readonly stackName: string;
  /** A parameter, pseudo parameter or resource; {@link NO_VALUE} for AWS::NoValue. */
  ref(name: string): unknown;
  attribute(logicalId: string, name: string): unknown;
  importValue(name: string): unknown;
}

/** The value of AWS::NoValue: the property that holds it disappears. */
export const NO_VALUE = Symbol('AWS::NoValue');

type Intrinsic = (argument: unknown, scope: Scope, path: string) => unknown;

function substitute(template: string, variables: Readonly<Record<string, unknown>>, scope: Scope): string {
  return template.replace(/\$\{(!?)([^}]+)\}/g, (_whole, literal: string, name: string) => {
    if (literal) return `\${${name}}`;
    if (name in variables) return String(variables[name]);
    const dot = name.indexOf('.');
    return String(dot < 0 ? scope.ref(name) : scope.attribute(name.slice(0, dot), name.slice(dot + 1)));
  });
}

const INTRINSICS: Readonly<Record<string, Intrinsic>> = {
  Ref: (argument, scope, path) => scope.ref(text(argument, path)),
  'Fn::GetAtt': (argument, scope, path) => {
    const [logicalId = '', ...attribute] =
      typeof argument === 'string' ? argument.split('.') : texts(argument, path);
    return scope.attribute(logicalId, attribute.join('.'));
  },
  'Fn::ImportValue': (argument, scope, path) => scope.importValue(text(resolve(argument, scope, path), path)),
  'Fn::Join': (argument, scope, path) => {
    const [separator, parts] = list(argument, path);
    return list(resolve(parts, scope, path), path)
      .map(String)
      .join(text(separator, path));
  },
  'Fn::Sub': (argument, scope, path) => {
    if (typeof argument === 'string') return substitute(argument, {}, scope);
    const [template, variables] = list(argument, path);
    return substitute(text(template, path), fields(resolve(variables, scope, path), path), scope);
  },
  'Fn::Select': (argument, scope, path) => {
    const [index, values] = list(argument, path);
    const chosen = list(resolve(values, scope, path), path)[number(index, path)];
    if (chosen === undefined) throw new Error(`Fn::Select ${String(index)} is out of range`);
    return chosen;
  },
  'Fn::Split': (argument, scope, path) => {
    const [separator, value] = list(argument, path);
    return text(resolve(value, scope, path), path).split(text(separator, path));
  },
  'Fn::Base64': (argument, scope, path) =>
    Buffer.from(text(resolve(argument, scope, path), path), 'utf8').toString('base64'),
};

/**
 * The value with every intrinsic replaced. Dynamic references (`{{resolve:…}}`) stay text.
 * @throws naming stack and path for an intrinsic that is not known or can't be resolved.
 */
export function resolve(value: unknown, scope: Scope, path: string): unknown {
  if (Array.isArray(value)) {
    return value
      .map((item, index) => resolve(item, scope, `${path}[${index}]`))
      .filter((item) => item !== NO_VALUE);
  }
  if (!isFields(value)) return value;
  const keys = Object.keys(value);
  const [only = ''] = keys;
  if (keys.length === 1 && (only === 'Ref' || only.startsWith('Fn::'))) {
    return applyIntrinsic(only, value[only], scope, path);
  }
  const entries = keys.map((key) => [key, resolve(value[key], scope, `${path}.${key}`)] as const);
  return Object.fromEntries(entries.filter(([, item]) => item !== NO_VALUE));
}

class UnresolvedIntrinsic extends Error {
  override readonly name = 'UnresolvedIntrinsic';
}

function applyIntrinsic(name: string, argument: unknown, scope: Scope, path: string): unknown {
  try {
    const intrinsic = INTRINSICS[name];
    if (!intrinsic) throw new Error(`${name} is not supported`);
    return intrinsic(argument, scope, `${path}.${name}`);
  } catch (error) {
    if (error instanceof UnresolvedIntrinsic) throw error;
    throw new UnresolvedIntrinsic(`${scope.stackName} ${path}: ${errorMessage(error)}`, { cause: error });
  }
}
