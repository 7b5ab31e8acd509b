import type { Points } from './metric-store';

/** A series of numbers, or one number for every period. */
export type Operand = Points | number;

const OPERATIONS: Readonly<Record<string, (left: number, right: number) => number>> = {
  '+': (left, right) => left + right,
  '-': (left, right) => left - right,
  '*': (left, right) => left * right,
  '/': (left, right) => left / right,
};

/** Elementwise; a period that one side lacks, or a division by zero, has no result, as in CloudWatch. */
function combine(operator: string, left: Operand, right: Operand): Operand {
  const apply = OPERATIONS[operator];
  if (!apply) throw new Error(`unknown operator ${operator}`);
  if (typeof left === 'number' && typeof right === 'number') return apply(left, right);
  const periods = [...(typeof left === 'number' ? (right as Points) : left).keys()];
  const at = (operand: Operand, period: number) =>
    typeof operand === 'number' ? operand : operand.get(period);
  const result = new Map<number, number>();
  for (const period of periods) {
    const one = at(left, period);
    const other = at(right, period);
    const value = one === undefined || other === undefined ? Number.NaN : apply(one, other);
    if (Number.isFinite(value)) result.set(period, value);
  }
  return result;
}

function fill(operand: Operand, filler: Operand | 'REPEAT', periods: readonly number[]): Operand {
  if (typeof operand === 'number') throw new Error('FILL needs a series');
  const result = new Map<number, number>();
  let last: number | undefined;
  for (const period of periods) {
    const other = filler === 'REPEAT' ? last : typeof filler === 'number' ? filler : filler.get(period);
    const value = operand.get(period) ?? other;
    if (value !== undefined) result.set(period, (last = value));
  }
  return result;
}

const TOKEN = /\s*([A-Za-z][\w]*|\d+(?:\.\d+)?|[-+*/(),])/y;

/**
 * Evaluates CloudWatch metric math: `+ - * /`, parentheses, numbers, ids and `FILL(series, number|series|REPEAT)`.
 * @param lookup the series of an id; throws for an unknown one
 * @param periods what FILL fills: starts of the evaluated periods, oldest first
 * @throws for any other function or syntax; the message holds the expression
 */
export function evaluateMath(
  expression: string,
  lookup: (id: string) => Operand,
  periods: readonly number[],
): Operand {
  const all: string[] = [];
  TOKEN.lastIndex = 0;
  while (expression.slice(TOKEN.lastIndex).trim() !== '') {
    const at = TOKEN.lastIndex;
    const match = TOKEN.exec(expression);
    if (!match) throw new Error(`metric math ${expression}: can't read ${expression.slice(at)}`);
    all.push(match[1] ?? '');
  }
  let at = 0;
  const fail = (wanted: string): never => {
    throw new Error(`metric math ${expression}: ${wanted} expected, got ${all[at] ?? 'the end'}`);
  };
  const need = (token: string): void => void (all[at] === token ? (at += 1) : fail(token));

  const call = (name: string): Operand => {
    if (name !== 'FILL') throw new Error(`metric math ${expression}: unknown function ${name}`);
    need('(');
    const series = sum();
    need(',');
    const repeat = all[at] === 'REPEAT';
    const filler = repeat ? ((at += 1), 'REPEAT' as const) : sum();
    need(')');
    return fill(series, filler, periods);
  };
  const atom = (): Operand => {
    const token = all[at] ?? '';
    if (token === '(') {
      at += 1;
      const inner = sum();
      need(')');
      return inner;
    }
    if (token === '-') {
      at += 1;
      return combine('-', 0, atom());
    }
    if (!/^[A-Za-z\d]/.test(token)) return fail('a value');
    at += 1;
    if (/^\d/.test(token)) return Number(token);
    return all[at] === '(' ? call(token) : lookup(token);
  };
  const chain = (operators: readonly string[], part: () => Operand) => (): Operand => {
    let left = part();
    for (let operator = all[at]; operator !== undefined && operators.includes(operator); operator = all[at]) {
      at += 1;
      left = combine(operator, left, part());
    }
    return left;
  };
  const product = chain(['*', '/'], atom);
  const sum = chain(['+', '-'], product);

  const value = sum();
  if (at < all.length) fail('the end');
  return value;
}
