import type { AssemblyResource } from '../template/assembly';
import { fields, flag, list, number, onlyKeys, optional, text, texts, type Fields } from '../values/fields';
import type { Dimensions } from '../metrics/metric-store';
import { isStatistic } from '../metrics/metric-store';

export const COMPARISONS: Readonly<Record<string, (value: number, threshold: number) => boolean>> = {
  GreaterThanOrEqualToThreshold: (value, threshold) => value >= threshold,
  GreaterThanThreshold: (value, threshold) => value > threshold,
  LessThanOrEqualToThreshold: (value, threshold) => value <= threshold,
  LessThanThreshold: (value, threshold) => value < threshold,
};

export interface MetricStat {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Dimensions;
  readonly statistic: string;
  readonly periodSeconds: number;
}

/** One entry of `Metrics`; a plain alarm has one of them. */
export type MetricEntry = { readonly id: string; readonly returned: boolean } & (
  { readonly stat: MetricStat } | { readonly expression: string; readonly periodSeconds: number | undefined }
);

export interface AlarmDefinition {
  readonly name: string;
  readonly arn: string;
  readonly description: string;
  readonly metrics: readonly MetricEntry[];
  readonly periodSeconds: number;
  readonly evaluationPeriods: number;
  readonly datapointsToAlarm: number;
  readonly threshold: number;
  readonly comparison: string;
  readonly treatMissingData: 'breaching' | 'notBreaching' | 'ignore' | 'missing';
  /** ARNs by the state that is entered. */
  readonly actions: Readonly<Record<'ALARM' | 'OK' | 'INSUFFICIENT_DATA', readonly string[]>>;
}

const KNOWN = [
  ...[
    'AlarmName',
    'AlarmDescription',
    'ActionsEnabled',
    'AlarmActions',
    'OKActions',
    'InsufficientDataActions',
  ],
  ...['Metrics', 'Namespace', 'MetricName', 'Dimensions', 'Statistic', 'Period', 'Unit', 'EvaluationPeriods'],
  ...['DatapointsToAlarm', 'Threshold', 'ComparisonOperator', 'TreatMissingData', 'Tags'],
];

function readStatistic(value: unknown, where: string): string {
  const statistic = text(value, where);
  if (!isStatistic(statistic)) throw new Error(`${where}: unknown statistic ${statistic}`);
  return statistic;
}

function readDimensions(value: unknown, where: string): Dimensions {
  const entries = optional(value, where, list, []).map((item) => {
    const dimension = fields(item, where);
    return [text(dimension.Name, `${where} Name`), text(dimension.Value, `${where} Value`)] as const;
  });
  return Object.fromEntries(entries);
}

function readEntry(value: unknown, where: string): MetricEntry {
  const entry = fields(value, where);
  onlyKeys(entry, ['Id', 'Label', 'MetricStat', 'Expression', 'Period', 'ReturnData', 'AccountId'], where);
  const head = {
    id: text(entry.Id, `${where}.Id`),
    returned: optional(entry.ReturnData, `${where}.ReturnData`, flag, true),
  };
  const periodSeconds = optional(entry.Period, `${where}.Period`, number, undefined);
  if (entry.Expression !== undefined) {
    return { ...head, expression: text(entry.Expression, `${where}.Expression`), periodSeconds };
  }
  const stat = fields(entry.MetricStat, `${where}.MetricStat`);
  onlyKeys(stat, ['Metric', 'Period', 'Stat', 'Unit'], `${where}.MetricStat`);
  const metric = fields(stat.Metric, `${where}.Metric`);
  return {
    ...head,
    stat: {
      namespace: text(metric.Namespace, `${where}.Namespace`),
      name: text(metric.MetricName, `${where}.MetricName`),
      dimensions: readDimensions(metric.Dimensions, `${where}.Dimensions`),
      statistic: readStatistic(stat.Stat, `${where}.Stat`),
      periodSeconds: number(stat.Period, `${where}.Period`),
    },
  };
}

function readMetrics(properties: Fields, where: string): readonly MetricEntry[] {
  if (properties.Metrics !== undefined) {
    return list(properties.Metrics, `${where}.Metrics`).map((entry, index) =>
      readEntry(entry, `${where}.Metrics[${index}]`),
    );
  }
  const stat: MetricStat = {
    namespace: text(properties.Namespace, `${where}.Namespace`),
    name: text(properties.MetricName, `${where}.MetricName`),
    dimensions: readDimensions(properties.Dimensions, `${where}.Dimensions`),
    statistic: readStatistic(properties.Statistic, `${where}.Statistic`),
    periodSeconds: number(properties.Period, `${where}.Period`),
  };
  return [{ id: 'm1', returned: true, stat }];
}

const TREATMENTS = ['breaching', 'notBreaching', 'ignore', 'missing'] as const;

/** Reads an AWS::CloudWatch::Alarm. @throws naming the alarm for a property or value that is not known */
export function alarmDefinition(resource: AssemblyResource): AlarmDefinition {
  const { properties, physicalId: name } = resource;
  const where = `alarm ${name}`;
  onlyKeys(properties, KNOWN, where);
  const metrics = readMetrics(properties, where);
  if (metrics.filter(({ returned }) => returned).length !== 1) {
    throw new Error(`${where}: exactly one metric must have ReturnData`);
  }
  const periods = metrics.map((entry) => ('stat' in entry ? entry.stat.periodSeconds : entry.periodSeconds));
  const periodSeconds = Math.max(...periods.map((period) => period ?? 0));
  if (periodSeconds < 1) throw new Error(`${where}: no metric has a period`);
  const comparison = text(properties.ComparisonOperator, `${where}.ComparisonOperator`);
  if (!COMPARISONS[comparison]) throw new Error(`${where}: unknown ComparisonOperator ${comparison}`);
  const treatment = optional(properties.TreatMissingData, `${where}.TreatMissingData`, text, 'missing');
  const treatMissingData = TREATMENTS.find((known) => known === treatment);
  if (!treatMissingData) throw new Error(`${where}: unknown TreatMissingData ${treatment}`);
  const evaluationPeriods = number(properties.EvaluationPeriods, `${where}.EvaluationPeriods`);
  const enabled = optional(properties.ActionsEnabled, `${where}.ActionsEnabled`, flag, true);
  const actions = (key: string) => (enabled ? optional(properties[key], `${where}.${key}`, texts, []) : []);
  return {
    name,
    arn: resource.arn ?? name,
    description: optional(properties.AlarmDescription, `${where}.AlarmDescription`, text, ''),
    metrics,
    periodSeconds,
    evaluationPeriods,
    datapointsToAlarm: optional(
      properties.DatapointsToAlarm,
      `${where}.DatapointsToAlarm`,
      number,
      evaluationPeriods,
    ),
    threshold: number(properties.Threshold, `${where}.Threshold`),
    comparison,
    treatMissingData,
    actions: {
      ALARM: actions('AlarmActions'),
      OK: actions('OKActions'),
      INSUFFICIENT_DATA: actions('InsufficientDataActions'),
    },
  };
}
