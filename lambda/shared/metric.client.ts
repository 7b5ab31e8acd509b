import { GetMetricDataCommand, type GetMetricDataCommandOutput } from '@aws-sdk/client-cloudwatch';
import type { UsageSample } from '../../lib/domain/sizing/growth-forecast';
import type { SdkShapedClient } from './sdk-shape';

/** Metric to read; seconds and milliseconds as named. */
export interface MetricQuery {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly periodSeconds: number;
  readonly fromMs: number;
  readonly toMs: number;
}

/** The highest value of each period, oldest first. @throws what the SDK throws */
export const readMetric = async (
  cloudwatch: SdkShapedClient,
  query: MetricQuery,
): Promise<readonly UsageSample[]> => {
  const samples: UsageSample[] = [];
  let nextToken: string | undefined;
  do {
    const page = (await cloudwatch.send(
      new GetMetricDataCommand({
        StartTime: new Date(query.fromMs),
        EndTime: new Date(query.toMs),
        ScanBy: 'TimestampAscending',
        MetricDataQueries: [
          {
            Id: 'used',
            MetricStat: {
              Metric: {
                Namespace: query.namespace,
                MetricName: query.name,
                Dimensions: Object.entries(query.dimensions).map(([Name, Value]) => ({ Name, Value })),
              },
              Period: query.periodSeconds,
              Stat: 'Maximum',
            },
          },
        ],
        ...(nextToken !== undefined && { NextToken: nextToken }),
      }),
    )) as GetMetricDataCommandOutput;
    for (const { Timestamps, Values } of page.MetricDataResults ?? []) {
      Timestamps?.forEach((timestamp, index) => {
        const usedPercent = Values?.[index];
        if (usedPercent !== undefined) samples.push({ atMs: timestamp.getTime(), usedPercent });
      });
    }
    nextToken = page.NextToken;
  } while (nextToken !== undefined && nextToken !== '');
  return samples;
};
