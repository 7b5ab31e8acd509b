import type { Dimensions } from './metric-store';

/** A parsed Metrics Insights query, as far as alarms use it. */
export interface InsightsQuery {
  readonly statistic: string;
  readonly metricName: string;
  readonly namespace: string;
  /** Names in `SCHEMA("ns", …)`; undefined: any dimensions (`FROM "ns"`). */
  readonly schema: readonly string[] | undefined;
  readonly where: readonly { readonly name: string; readonly equals: boolean; readonly value: string }[];
  readonly groupBy: readonly string[];
}

const FUNCTIONS: Readonly<Record<string, string>> = {
  MAX: 'Maximum',
  MIN: 'Minimum',
  AVG: 'Average',
  SUM: 'Sum',
  COUNT: 'SampleCount',
};

const TOKEN = /\s*(?:("(?:[^"])*")|('(?:[^'])*')|([A-Za-z_][\w.-]*)|(\d+)|(!=|[(),=]))/y;

function tokens(query: string): string[] {
  const found: string[] = [];
  TOKEN.lastIndex = 0;
  while (query.slice(TOKEN.lastIndex).trim() !== '') {
    const at = TOKEN.lastIndex;
    const match = TOKEN.exec(query);
    if (!match) throw new Error(`can't read ${JSON.stringify(query.slice(at).trim())}`);
    found.push(match[0].trim());
  }
  return found;
}

/** A reader over tokens; keywords in any case. */
class Reader {
  private at = 0;
  constructor(private readonly all: readonly string[]) {}

  next(what: string): string {
    const token = this.all[this.at];
    if (token === undefined) throw new Error(`the query ends where ${what} is expected`);
    this.at += 1;
    return token;
  }
  take(word: string): boolean {
    if (this.all[this.at]?.toUpperCase() !== word) return false;
    this.at += 1;
    return true;
  }
  need(word: string): void {
    const token = this.next(word);
    if (token.toUpperCase() !== word) throw new Error(`${word} expected, got ${token}`);
  }
  name(what: string): string {
    const token = this.next(what);
    if (/^[A-Za-z_]/.test(token)) return token;
    if (token.startsWith('"')) return token.slice(1, -1);
    throw new Error(`${what} expected, got ${token}`);
  }
  rest(): string {
    return this.all.slice(this.at).join(' ');
  }
}

function readFrom(reader: Reader): Pick<InsightsQuery, 'namespace' | 'schema'> {
  if (!reader.take('SCHEMA')) return { namespace: reader.name('namespace'), schema: undefined };
  reader.need('(');
  const namespace = reader.name('namespace');
  const schema: string[] = [];
  while (reader.take(',')) schema.push(reader.name('dimension'));
  reader.need(')');
  return { namespace, schema };
}

function readWhere(reader: Reader): InsightsQuery['where'] {
  if (!reader.take('WHERE')) return [];
  const where: { name: string; equals: boolean; value: string }[] = [];
  do {
    const name = reader.name('dimension');
    const operator = reader.next('= or !=');
    if (operator !== '=' && operator !== '!=') throw new Error(`= or != expected, got ${operator}`);
    const value = reader.next('a value in single quotes');
    if (!value.startsWith("'")) throw new Error(`a value in single quotes expected, got ${value}`);
    where.push({ name, equals: operator === '=', value: value.slice(1, -1) });
  } while (reader.take('AND'));
  return where;
}

/** ORDER BY and LIMIT: only the order of the answer, except that a LIMIT would hide nodes. */
function readOrder(reader: Reader): void {
  if (!reader.take('ORDER')) return;
  reader.need('BY');
  const name = reader.name('function').toUpperCase();
  if (!(name in FUNCTIONS)) throw new Error(`unknown function ${name} in ORDER BY`);
  reader.need('(');
  reader.need(')');
  if (!reader.take('DESC')) reader.take('ASC');
}

/**
 * Reads `SELECT F(metric) FROM SCHEMA("ns", dims…)|"ns" [WHERE d = 'v' AND …] [GROUP BY d, …] [ORDER BY F() DESC]`.
 * @throws for anything else; the message holds the query
 */
export function parseInsightsQuery(query: string): InsightsQuery {
  try {
    const reader = new Reader(tokens(query));
    reader.need('SELECT');
    const name = reader.name('function').toUpperCase();
    const statistic = FUNCTIONS[name];
    if (!statistic) throw new Error(`unknown function ${name}`);
    reader.need('(');
    const metricName = reader.name('metric');
    reader.need(')');
    reader.need('FROM');
    const from = readFrom(reader);
    const where = readWhere(reader);
    const groupBy: string[] = [];
    if (reader.take('GROUP')) {
      reader.need('BY');
      do groupBy.push(reader.name('dimension'));
      while (reader.take(','));
    }
    readOrder(reader);
    if (reader.rest() !== '') throw new Error(`unknown ${reader.rest()}`);
    return { statistic, metricName, ...from, where, groupBy };
  } catch (error) {
    throw new Error(`Metrics Insights query ${query}: ${(error as Error).message}`, { cause: error });
  }
}

export const passesWhere = (query: InsightsQuery, dimensions: Dimensions): boolean =>
  query.where.every(({ name, equals, value }) => (dimensions[name] === value) === equals);
