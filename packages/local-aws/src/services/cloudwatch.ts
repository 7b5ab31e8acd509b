import { AwsError } from '../api/aws-error';
import type { Clock } from '../time/clock';
import { fields, list, number, optional, text, type Fields } from '../values/fields';
import { parseInsightsQuery } from '../metrics/insights-query';
import type { Service } from '../api/local-aws';
import { isStatistic, pointsOf, type Dimensions, type MetricStore } from '../metrics/metric-store';
import { onEverything } from './access';

const dimensionsOf = (value: unknown): Dimensions =>
  Object.fromEntries(
    optional(value, 'Dimensions', list, []).map((item) => {
      const dimension = fields(item, 'Dimensions');
      return [text(dimension.Name, 'Dimensions Name'), text(dimension.Value, 'Dimensions Value')] as const;
    }),
  );

const instant = (value: unknown): number => new Date(value as string | Date).getTime();

/** One query of GetMetricData: a MetricStat, or a Metrics Insights SELECT without GROUP BY. */
function query(store: MetricStore, item: unknown, from: number, to: number): Fields {
  const entry = fields(item, 'MetricDataQueries');
  const id = text(entry.Id, 'MetricDataQueries Id');
  if (!/^[a-z]\w*$/.test(id))
    throw new AwsError('ValidationError', `the Id ${id} must begin with a lower-case letter`);
  if (entry.MetricStat === undefined) {
    const expression = optional(entry.Expression, `${id} Expression`, text, '');
    if (expression) parseInsightsQuery(expression);
    throw new AwsError(
      'InvalidParameterValueException',
      `${id}: the local cloud answers MetricStat only, not expressions`,
    );
  }
  const stat = fields(entry.MetricStat, `${id} MetricStat`);
  const metric = fields(stat.Metric, `${id} Metric`);
  const statistic = text(stat.Stat, `${id} Stat`);
  if (!isStatistic(statistic)) throw new AwsError('ValidationError', `${id}: unknown Stat ${statistic}`);
  const name = text(metric.MetricName, `${id} MetricName`);
  const series = store.exactly(
    text(metric.Namespace, `${id} Namespace`),
    name,
    dimensionsOf(metric.Dimensions),
  );
  const points = series
    ? pointsOf([series], statistic, number(stat.Period, `${id} Period`))
    : new Map<number, number>();
  const within = [...points]
    .filter(([start]) => start >= from && start < to)
    .sort(([left], [right]) => right - left);
  return {
    Id: id,
    Label: optional(entry.Label, `${id} Label`, text, name),
    Timestamps: within.map(([start]) => new Date(start)),
    Values: within.map(([, value]) => value),
    StatusCode: 'Complete',
  };
}

export const cloudwatchService = (clock: Clock, store: MetricStore): Service => ({
  GetMetricData: {
    input: {
      MetricDataQueries: 'list!',
      StartTime: 'date!',
      EndTime: 'date!',
      NextToken: 'string',
      ScanBy: 'string',
      MaxDatapoints: 'number',
      LabelOptions: 'map',
    },
    access: onEverything('cloudwatch:GetMetricData'),
    run: (input) => {
      const [from, to] = [instant(input.StartTime), instant(input.EndTime)];
      if (!(from < to))
        throw new AwsError('ValidationError', 'The parameter StartTime must be less than EndTime');
      const results = list(input.MetricDataQueries, 'MetricDataQueries').map((item) =>
        query(store, item, from, to),
      );
      if (input.ScanBy !== 'TimestampAscending') return { MetricDataResults: results, Messages: [] };
      const ascending = results.map((result) => ({
        ...result,
        Timestamps: [...list(result.Timestamps, 'Timestamps')].reverse(),
        Values: [...list(result.Values, 'Values')].reverse(),
      }));
      return { MetricDataResults: ascending, Messages: [] };
    },
  },
  PutMetricData: {
    input: {
      Namespace: 'string!',
      MetricData: 'list',
      EntityMetricData: 'list',
      StrictEntityValidation: 'boolean',
    },
    access: ({ Namespace: namespace }) => [
      {
        action: 'cloudwatch:PutMetricData',
        resource: '*',
        context: { 'cloudwatch:namespace': text(namespace, 'Namespace') },
      },
    ],
    run: (input) => {
      const namespace = text(input.Namespace, 'Namespace');
      if (namespace.startsWith('AWS/')) {
        throw new AwsError(
          'InvalidParameterValueException',
          'The value AWS/ for parameter Namespace is invalid.',
        );
      }
      for (const item of optional(input.MetricData, 'MetricData', list, [])) {
        const datum = fields(item, 'MetricData');
        const name = text(datum.MetricName, 'MetricName');
        if (optional(datum.Dimensions, name, list, []).length > 30) {
          throw new AwsError('InvalidParameterValueException', `${name}: at most 30 dimensions`);
        }
        store.put({
          namespace,
          name,
          dimensions: dimensionsOf(datum.Dimensions),
          at: datum.Timestamp === undefined ? clock.now() : new Date(instant(datum.Timestamp)),
          value: number(datum.Value, `${name} Value`),
        });
      }
      return {};
    },
  },
});
