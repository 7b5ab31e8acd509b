export type Dimensions = Readonly<Record<string, string>>;

export interface Datum {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Dimensions;
  readonly at: Date;
  readonly value: number;
}

/** One metric: a name with one exact set of dimensions. */
export interface Series {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Dimensions;
  readonly data: readonly { readonly at: Date; readonly value: number }[];
}

/** Period start (ms since the epoch) → value. */
export type Points = ReadonlyMap<number, number>;

const STATISTICS: Readonly<Record<string, (values: readonly number[]) => number>> = {
  Maximum: (values) => Math.max(...values),
  Minimum: (values) => Math.min(...values),
  Sum: (values) => values.reduce((sum, value) => sum + value, 0),
  Average: (values) => values.reduce((sum, value) => sum + value, 0) / values.length,
  SampleCount: (values) => values.length,
};

export const isStatistic = (name: string): boolean => name in STATISTICS;

export function aggregate(statistic: string, values: readonly number[]): number {
  const reduce = STATISTICS[statistic];
  if (!reduce)
    throw new Error(`unknown statistic ${statistic}; known are ${Object.keys(STATISTICS).join(', ')}`);
  return reduce(values);
}

const keyOf = (namespace: string, name: string, dimensions: Dimensions): string =>
  JSON.stringify([
    namespace,
    name,
    Object.entries(dimensions).sort(([left], [right]) => (left < right ? -1 : 1)),
  ]);

/** Every metric of the account. A series is found by its exact set of dimensions, as in CloudWatch. */
export class MetricStore {
  private readonly series = new Map<string, Series & { readonly data: { at: Date; value: number }[] }>();

  put(datum: Datum): void {
    const { namespace, name, dimensions, at, value } = datum;
    const key = keyOf(namespace, name, dimensions);
    const found = this.series.get(key) ?? { namespace, name, dimensions, data: [] };
    found.data.push({ at, value });
    this.series.set(key, found);
  }

  exactly(namespace: string, name: string, dimensions: Dimensions): Series | undefined {
    return this.series.get(keyOf(namespace, name, dimensions));
  }

  /** Series of the name whose dimension names are exactly these (what `SCHEMA(…)` of a query means). */
  withSchema(namespace: string, name: string, names: readonly string[]): readonly Series[] {
    const wanted = [...names].sort().join();
    return this.named(namespace, name).filter(
      ({ dimensions }) => Object.keys(dimensions).sort().join() === wanted,
    );
  }

  named(namespace: string, name: string): readonly Series[] {
    return [...this.series.values()].filter((one) => one.namespace === namespace && one.name === name);
  }
}

/**
 * Values of several series put into periods (seconds), each period reduced by the statistic.
 * @param anchor ms since the epoch at which some period begins. @default 0 - whole periods of the day
 */
export function pointsOf(
  series: readonly Series[],
  statistic: string,
  periodSeconds: number,
  anchor = 0,
): Points {
  const buckets = new Map<number, number[]>();
  const length = periodSeconds * 1000;
  for (const { at, value } of series.flatMap(({ data }) => data)) {
    const start = anchor + Math.floor((at.getTime() - anchor) / length) * length;
    const bucket = buckets.get(start) ?? [];
    bucket.push(value);
    buckets.set(start, bucket);
  }
  return new Map([...buckets].map(([start, values]) => [start, aggregate(statistic, values)]));
}
