import { GetMetricDataCommand, PutMetricDataCommand, type StandardUnit } from '@aws-sdk/client-cloudwatch';
import type { MetricSample } from '../domain/names/disk-metric';
import { call, chunks, everyPage, type SdkClient } from './sdk';

type Dimensions = Readonly<Record<string, string>>;

/** One series to read. */
export interface SeriesQuery {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Dimensions;
  /** @default 'Maximum' */
  readonly stat?: 'Maximum' | 'Minimum' | 'SampleCount' | 'Sum';
}

/** The time that is common to all series of a call. */
export interface SeriesWindow {
  readonly periodSeconds: number;
  readonly fromMs: number;
  readonly toMs: number;
}

/** GetMetricData takes so many queries. https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html */
export const QUERIES_PER_CALL = 500;

const dimensionsOf = (dimensions: Dimensions) =>
  Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value }));

/**
 * The samples of each query, oldest first, in the queries' order; no samples where there is no such series.
 * @throws what the SDK throws
 */
export const readSeries = async (
  cloudwatch: SdkClient,
  queries: readonly SeriesQuery[],
  { periodSeconds, fromMs, toMs }: SeriesWindow,
): Promise<readonly (readonly MetricSample[])[]> => {
  const samples = queries.map((): MetricSample[] => []);
  for (const [position, chunk] of chunks(queries, QUERIES_PER_CALL).entries()) {
    const first = position * QUERIES_PER_CALL;
    const input = {
      StartTime: new Date(fromMs),
      EndTime: new Date(toMs),
      ScanBy: 'TimestampAscending' as const,
      MetricDataQueries: chunk.map(({ namespace, name, dimensions, stat = 'Maximum' }, index) => ({
        Id: `q${first + index}`,
        MetricStat: {
          Metric: { Namespace: namespace, MetricName: name, Dimensions: dimensionsOf(dimensions) },
          Period: periodSeconds,
          Stat: stat,
        },
      })),
    };
    const results = await everyPage(
      cloudwatch,
      GetMetricDataCommand,
      input,
      ({ MetricDataResults = [] }) => MetricDataResults,
    );
    for (const { Id, Timestamps, Values } of results)
      Timestamps?.forEach((timestamp, index) => {
        const value = Values?.[index];
        if (value !== undefined) samples[Number(Id?.slice(1))]?.push({ atMs: timestamp.getTime(), value });
      });
  }
  return samples;
};

export interface MetricDatum {
  readonly name: string;
  readonly unit: StandardUnit;
  readonly value: number;
  readonly dimensions: Dimensions;
}

/** @param at when it was measured. @default - when CloudWatch gets it. @throws what the SDK throws */
export const putMetrics = async (
  cloudwatch: SdkClient,
  namespace: string,
  data: readonly MetricDatum[],
  at?: Date,
): Promise<void> => {
  await call(
    cloudwatch,
    new PutMetricDataCommand({
      Namespace: namespace,
      MetricData: data.map(({ name, unit, value, dimensions }) => ({
        MetricName: name,
        Unit: unit,
        Value: value,
        Dimensions: dimensionsOf(dimensions),
        ...(at !== undefined && { Timestamp: at }),
      })),
    }),
  );
};
