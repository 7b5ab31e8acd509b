import { readSeries, type SeriesQuery, type SeriesWindow } from '../../lib/aws/metrics';
import type { SdkClient } from '../../lib/aws/sdk';
import type { UsageSample } from '../../lib/domain/sizing/growth-forecast';

/** Metric to read; seconds and milliseconds as named. */
export type MetricQuery = SeriesQuery & SeriesWindow;

/** The highest value of each period, oldest first. @throws what the SDK throws */
export const readMetric = async (
  cloudwatch: SdkClient,
  query: MetricQuery,
): Promise<readonly UsageSample[]> => {
  const [samples = []] = await readSeries(cloudwatch, [query], query);
  return samples.map(({ atMs, value }) => ({ atMs, usedPercent: value }));
};
