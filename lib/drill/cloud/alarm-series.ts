import type { AlarmDefinition, MetricEntry } from './alarm-definition';
import { parseInsightsQuery, passesWhere } from './insights-query';
import { evaluateMath, type Operand } from './metric-math';
import { pointsOf, type Dimensions, type MetricStore, type Points } from './metric-store';

/** One line of an alarm's metric: several of them where a query groups. */
export interface AlarmSeries {
  /** The values of GROUP BY; undefined for an alarm of one series. */
  readonly attributes: Dimensions | undefined;
  readonly points: Points;
}

function querySeries(store: MetricStore, expression: string, periodSeconds: number): readonly AlarmSeries[] {
  const query = parseInsightsQuery(expression);
  const candidates = query.schema
    ? store.withSchema(query.namespace, query.metricName, query.schema)
    : store.named(query.namespace, query.metricName);
  const chosen = candidates.filter(({ dimensions }) => passesWhere(query, dimensions));
  if (query.groupBy.length === 0) {
    return chosen.length === 0
      ? []
      : [{ attributes: undefined, points: pointsOf(chosen, query.statistic, periodSeconds) }];
  }
  const groups = new Map<string, { attributes: Dimensions; members: (typeof chosen)[number][] }>();
  for (const series of chosen) {
    const values = query.groupBy.map((name) => [name, series.dimensions[name]] as const);
    if (values.some(([, value]) => value === undefined)) continue;
    const key = JSON.stringify(values);
    const group = groups.get(key) ?? { attributes: Object.fromEntries(values) as Dimensions, members: [] };
    group.members.push(series);
    groups.set(key, group);
  }
  return [...groups.values()].map(({ attributes, members }) => ({
    attributes,
    points: pointsOf(members, query.statistic, periodSeconds),
  }));
}

const isQuery = (expression: string): boolean => /^\s*SELECT\b/i.test(expression);

/** Starts of the periods that are looked at, oldest first. */
export function evaluatedPeriods(periodSeconds: number, count: number, now: Date): readonly number[] {
  const length = periodSeconds * 1000;
  const current = Math.floor(now.getTime() / length) * length;
  return Array.from({ length: count }, (_item, index) => current - (count - 1 - index) * length);
}

/** The series of the entry that has ReturnData, and whether the current period already has raw data. */
export function alarmSeries(
  definition: AlarmDefinition,
  store: MetricStore,
  periods: readonly number[],
): { readonly series: readonly AlarmSeries[]; readonly currentHasData: boolean } {
  const current = periods.at(-1);
  let currentHasData = false;
  const seen = (points: Points): void => {
    if (current !== undefined && points.has(current)) currentHasData = true;
  };

  const rawSeries = (entry: MetricEntry): readonly AlarmSeries[] | undefined => {
    if ('stat' in entry) {
      const { namespace, name, dimensions, statistic, periodSeconds } = entry.stat;
      const found = store.exactly(namespace, name, dimensions);
      return [
        { attributes: undefined, points: found ? pointsOf([found], statistic, periodSeconds) : new Map() },
      ];
    }
    if (!isQuery(entry.expression)) return undefined;
    return querySeries(store, entry.expression, entry.periodSeconds ?? definition.periodSeconds);
  };

  const evaluate = (entry: MetricEntry, path: readonly string[]): readonly AlarmSeries[] => {
    if (path.includes(entry.id)) throw new Error(`alarm ${definition.name}: ${entry.id} refers to itself`);
    const raw = rawSeries(entry);
    if (raw) {
      raw.forEach(({ points }) => seen(points));
      return raw;
    }
    const lookup = (id: string): Operand => {
      const other = definition.metrics.find((candidate) => candidate.id === id);
      if (!other) throw new Error(`alarm ${definition.name}: no metric ${id}`);
      const [only, ...more] = evaluate(other, [...path, entry.id]);
      if (more.length > 0 || only?.attributes) {
        throw new Error(`alarm ${definition.name}: math over the grouped query ${id} is not supported`);
      }
      return only?.points ?? new Map<number, number>();
    };
    const expression = 'expression' in entry ? entry.expression : '';
    const value = evaluateMath(expression, lookup, periods);
    const points = typeof value === 'number' ? new Map(periods.map((period) => [period, value])) : value;
    return [{ attributes: undefined, points }];
  };

  const returned = definition.metrics.find((entry) => entry.returned);
  const series = returned ? evaluate(returned, []) : [];
  return { series, currentHasData };
}
