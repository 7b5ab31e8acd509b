import type { AlarmStatus } from '../alarms/alarm';
import type { MetricEntry, MetricStat } from '../alarms/alarm-definition';
import { AwsError } from '../api/aws-error';
import { number, optional, text, texts, type Fields } from '../values/fields';
import type { Service } from '../api/local-aws';
import type { Place } from '../template/physical-ids';
import { serviceArn } from './access';
import { page } from './ec2-filters';

const STATES = ['OK', 'ALARM', 'INSUFFICIENT_DATA'];
const MAX_RECORDS = 100;

const metricFields = ({ namespace, name, dimensions }: MetricStat): Fields => ({
  Namespace: namespace,
  MetricName: name,
  Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
});

const entryFields = (entry: MetricEntry): Fields => ({
  Id: entry.id,
  ReturnData: entry.returned,
  ...('stat' in entry
    ? {
        MetricStat: {
          Metric: metricFields(entry.stat),
          Period: entry.stat.periodSeconds,
          Stat: entry.stat.statistic,
        },
      }
    : { Expression: entry.expression, Period: entry.periodSeconds }),
});

/** A plain alarm shows its metric itself; one over several entries lists them. */
function describeAlarm({ definition, state, since, reason }: AlarmStatus): Fields {
  const { name, arn, description, metrics, evaluationPeriods, datapointsToAlarm, threshold } = definition;
  const [only] = metrics;
  const plain = metrics.length === 1 && only && 'stat' in only ? only.stat : undefined;
  return {
    AlarmName: name,
    AlarmArn: arn,
    AlarmDescription: description,
    StateValue: state,
    StateReason: reason,
    StateUpdatedTimestamp: since,
    StateTransitionedTimestamp: since,
    EvaluationPeriods: evaluationPeriods,
    DatapointsToAlarm: datapointsToAlarm,
    Threshold: threshold,
    ComparisonOperator: definition.comparison,
    TreatMissingData: definition.treatMissingData,
    ...(plain
      ? { ...metricFields(plain), Statistic: plain.statistic, Period: plain.periodSeconds }
      : { Metrics: metrics.map(entryFields) }),
  };
}

/** @param alarms asked at each call: they come to life after the services */
export const alarmOperations = (place: Place, alarms: () => readonly AlarmStatus[]): Service => ({
  DescribeAlarms: {
    input: {
      AlarmNames: 'strings',
      AlarmNamePrefix: 'string',
      AlarmTypes: 'strings',
      StateValue: 'string',
      MaxRecords: 'number',
      NextToken: 'string',
    },
    access: () => [
      {
        action: 'cloudwatch:DescribeAlarms',
        resource: serviceArn(place, 'cloudwatch', 'alarm:*'),
        context: {},
      },
    ],
    run: (input) => {
      const state = optional(input.StateValue, 'StateValue', text, undefined);
      if (state !== undefined && !STATES.includes(state))
        throw new AwsError('InvalidParameterValue', `unknown StateValue ${state}`);
      const size = optional(input.MaxRecords, 'MaxRecords', number, 50);
      if (size < 1 || size > MAX_RECORDS)
        throw new AwsError('InvalidParameterValue', `MaxRecords must be 1 to ${MAX_RECORDS}, got ${size}`);
      const types = optional(input.AlarmTypes, 'AlarmTypes', texts, ['MetricAlarm']);
      const names = optional(input.AlarmNames, 'AlarmNames', texts, undefined);
      const prefix = optional(input.AlarmNamePrefix, 'AlarmNamePrefix', text, '');
      const chosen = alarms().filter(
        ({ definition: { name }, state: value }) =>
          types.includes('MetricAlarm') &&
          name.startsWith(prefix) &&
          (names === undefined || names.includes(name)) &&
          (state === undefined || state === value),
      );
      const { items, next } = page(chosen, size, input.NextToken);
      return {
        MetricAlarms: items.map(describeAlarm),
        CompositeAlarms: [],
        ...(next === undefined ? {} : { NextToken: next }),
      };
    },
  },
});
