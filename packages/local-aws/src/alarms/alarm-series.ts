import type { AlarmDefinition, MetricEntry } from './alarm-definition';
import { parseInsightsQuery, passesWhere } from '../metrics/insights-query';
import { evaluateMath, type Operand } from '../metrics/metric-math';
import {
  pointsOf,
  type Dimensions,
  type MetricStore,
  type Points,
  type Series,
} from '../metrics/metric-store';

/** One line of an alarm's metric: several of them where a query groups. */
export interface AlarmSeries {
  /** The values of GROUP BY; undefined for an alarm of one series. */
  readonly attributes: Dimensions | undefined;
  readonly points: Points;
}

interface RawSeries {
  readonly attributes: Dimensions | undefined;
  readonly statistic: string;
  readonly periodSeconds: number;
  readonly members: readonly Series[];
}

function querySeries(store: MetricStore, expression: string, periodSeconds: number): readonly RawSeries[] {
  const query = parseInsightsQuery(expression);
  const { statistic } = query;
  const candidates = query.schema
    ? store.withSchema(query.namespace, query.metricName, query.schema)
    : store.named(query.namespace, query.metricName);
  const chosen = candidates.filter(({ dimensions }) => passesWhere(query, dimensions));
  if (query.groupBy.length === 0) {
    return chosen.length === 0 ? [] : [{ attributes: undefined, statistic, periodSeconds, members: chosen }];
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
  return [...groups.values()].map((group) => ({ ...group, statistic, periodSeconds }));
}

const isQuery = (expression: string): boolean => /^\s*SELECT\b/i.test(expression);

function rawSeries(
  definition: AlarmDefinition,
  entry: MetricEntry,
  store: MetricStore,
): readonly RawSeries[] | undefined {
  if ('stat' in entry) {
    const { namespace, name, dimensions, statistic, periodSeconds } = entry.stat;
    const found = store.exactly(namespace, name, dimensions);
    return [{ attributes: undefined, statistic, periodSeconds, members: found ? [found] : [] }];
  }
  if (!isQuery(entry.expression)) return undefined;
  return querySeries(store, entry.expression, entry.periodSeconds ?? definition.periodSeconds);
}

const MINUTE = 60_000;

/**
 * Starts of the periods that are judged, oldest first. They slide with the minutes: the last one ends with the current
 * minute once that has a datapoint, before that with the minute before.
 */
export function judgedPeriods(
  definition: AlarmDefinition,
  store: MetricStore,
  count: number,
  now: Date,
): readonly number[] {
  const length = definition.periodSeconds * 1000;
  const step = Math.min(length, MINUTE);
  const current = Math.floor(now.getTime() / step) * step;
  const hasData = definition.metrics
    .flatMap((entry) => rawSeries(definition, entry, store) ?? [])
    .some(({ members }) =>
      members.some(({ data }) => data.some(({ at }) => at.getTime() >= current && at <= now)),
    );
  const end = hasData ? current + step : current;
  return Array.from({ length: count }, (_item, index) => end - (count - index) * length);
}

/** The series of the entry that has ReturnData. */
export function alarmSeries(
  definition: AlarmDefinition,
  store: MetricStore,
  periods: readonly number[],
): readonly AlarmSeries[] {
  const anchor = periods.at(-1) ?? 0;

  const evaluate = (entry: MetricEntry, path: readonly string[]): readonly AlarmSeries[] => {
    if (path.includes(entry.id)) throw new Error(`alarm ${definition.name}: ${entry.id} refers to itself`);
    const raw = rawSeries(definition, entry, store);
    if (raw) {
      return raw.map(({ attributes, members, statistic, periodSeconds }) => ({
        attributes,
        points: pointsOf(members, statistic, periodSeconds, anchor),
      }));
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
  return returned ? evaluate(returned, []) : [];
}
