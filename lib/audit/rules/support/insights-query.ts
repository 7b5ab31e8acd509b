/** What a rule reads from a Metrics Insights query. */
export interface InsightsQuery {
  /** e.g. `MAX`, upper case. */
  readonly aggregate: string;
  readonly metric: string;
  readonly namespace: string;
  /** Dimension keys of SCHEMA(); undefined: any set. */
  readonly schema?: readonly string[];
  /** `key = 'value'` conditions that hold in every case (no OR). */
  readonly where: Readonly<Record<string, string>>;
  /** All keys that WHERE and GROUP BY name. */
  readonly keys: readonly string[];
}

const WORD = String.raw`("(?:[^"])+"|[\w./#:-]+)`;
const HEAD = new RegExp(
  String.raw`^\s*SELECT\s+(\w+)\s*\(\s*${WORD}\s*\)\s+FROM\s+(?:SCHEMA\s*\(([^)]*)\)|${WORD})\s*(.*)$`,
  'is',
);

const bare = (word: string): string => word.trim().replace(/^"(.*)"$/s, '$1');

/** e.g. `SELECT MAX(disk_used_percent) FROM SCHEMA("CWAgent", InstanceId) WHERE path = '/'`. */
export const isInsightsQuery = (expression: string): boolean => /^\s*SELECT\s/i.test(expression);

/** undefined: it is not a query, or not one that can be read here. Never throws. */
export const readInsightsQuery = (expression: string): InsightsQuery | undefined => {
  // Longer than the API takes; a hostile template must not keep an expression matcher busy.
  if (expression.length > 2_048) return undefined;
  const [, aggregate, metric, inSchema, plain, rest] = HEAD.exec(expression) ?? [];
  if (aggregate === undefined || metric === undefined || rest === undefined) return undefined;
  const [namespace, ...schema] = inSchema?.split(',').map(bare) ?? [bare(plain ?? '')];
  if (namespace === undefined || namespace === '') return undefined;
  const [, conditions = ''] =
    /\bWHERE\b(.*?)(?:\bGROUP\s+BY\b|\bORDER\s+BY\b|\bLIMIT\b|$)/is.exec(rest) ?? [];
  const [, grouping = ''] = /\bGROUP\s+BY\b(.*?)(?:\bORDER\s+BY\b|\bLIMIT\b|$)/is.exec(rest) ?? [];
  const pairs = [...conditions.matchAll(/("[^"]+"|[\w.-]+)\s*(=|!=|<>)\s*'([^']*)'/g)].map(
    ([, key = '', sign = '', value = '']) => ({ key: bare(key), sign, value }),
  );
  const certain = /\bOR\b/i.test(conditions) ? [] : pairs.filter(({ sign }) => sign === '=');
  return {
    aggregate: aggregate.toUpperCase(),
    metric: bare(metric),
    namespace,
    ...(inSchema !== undefined && { schema }),
    where: Object.fromEntries(certain.map(({ key, value }) => [key, value])),
    keys: [...new Set([...pairs.map(({ key }) => key), ...grouping.split(',').map(bare).filter(Boolean)])],
  };
};
