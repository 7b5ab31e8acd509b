import {
  DescribeAlarmsCommand,
  GetMetricDataCommand,
  PutMetricDataCommand,
} from '@aws-sdk/client-cloudwatch';
import type { ContractCase, World } from '../support/world';

const PERIOD_SECONDS = 300;
/** Whole periods, half an hour ago, so that no bucket is cut. */
const START = Math.floor(Date.now() / (PERIOD_SECONDS * 1000)) * PERIOD_SECONDS * 1000 - 1_800_000;
const minutes = (count: number): Date => new Date(START + count * 60_000);

const dimensions = (instanceId: string, fstype = 'ext4') => [
  { Name: 'InstanceId', Value: instanceId },
  { Name: 'path', Value: '/' },
  ...(fstype === '' ? [] : [{ Name: 'fstype', Value: fstype }]),
];

const put = async ({ clients, instanceId }: World): Promise<unknown> =>
  clients.cloudwatch.send(
    new PutMetricDataCommand({
      Namespace: 'CWAgent',
      MetricData: [70, 74, 81].map((Value, index) => ({
        MetricName: 'disk_used_percent',
        Unit: 'Percent',
        Value,
        Timestamp: minutes(2 * index + 2),
        Dimensions: dimensions(instanceId),
      })),
    }),
  );

const get =
  (fstype: string, more: object = {}) =>
  ({ clients, instanceId }: World): Promise<unknown> =>
    clients.cloudwatch.send(
      new GetMetricDataCommand({
        StartTime: minutes(0),
        EndTime: minutes(15),
        ScanBy: 'TimestampAscending',
        MetricDataQueries: [
          {
            Id: 'used',
            MetricStat: {
              Metric: {
                Namespace: 'CWAgent',
                MetricName: 'disk_used_percent',
                Dimensions: dimensions(instanceId, fstype),
              },
              Period: PERIOD_SECONDS,
              Stat: 'Maximum',
            },
          },
        ],
        ...more,
      }),
    );

const result = (Timestamps: readonly Date[], Values: readonly number[]) => ({
  answers: () => ({ MetricDataResults: [{ Id: 'used', StatusCode: 'Complete', Timestamps, Values }] }),
});

export const CLOUDWATCH_CASES: readonly ContractCase[] = [
  {
    operation: 'cloudwatch:DescribeAlarms',
    name: 'a prefix that no alarm has',
    call: ({ clients }) =>
      clients.cloudwatch.send(
        new DescribeAlarmsCommand({
          AlarmNamePrefix: 'shop-nowhere-',
          AlarmTypes: ['MetricAlarm'],
          StateValue: 'ALARM',
          MaxRecords: 100,
        }),
      ),
    expect: { answers: () => ({ MetricAlarms: [] }) },
  },
  {
    operation: 'cloudwatch:PutMetricData',
    name: 'a metric with dimensions and time',
    call: put,
    expect: { answers: () => ({}) },
  },
  {
    operation: 'cloudwatch:PutMetricData',
    name: 'a namespace of AWS is refused',
    call: ({ clients }) =>
      clients.cloudwatch.send(
        new PutMetricDataCommand({ Namespace: 'AWS/EC2', MetricData: [{ MetricName: 'm', Value: 1 }] }),
      ),
    expect: { fails: 'InvalidParameterValueException' },
    moto: {
      does: { answers: () => ({}) },
      why: 'PutMetricData documents that a namespace must not begin with AWS/',
    },
  },
  {
    operation: 'cloudwatch:GetMetricData',
    name: 'the maximum of each period, oldest first',
    arrange: put,
    call: get('ext4'),
    expect: result([minutes(0), minutes(5)], [74, 81]),
  },
  {
    operation: 'cloudwatch:GetMetricData',
    name: 'newest first unless asked otherwise',
    arrange: put,
    call: get('ext4', { ScanBy: undefined }),
    expect: result([minutes(5), minutes(0)], [81, 74]),
  },
  ...(['', 'xfs'] as const).map((fstype): ContractCase => ({
    operation: 'cloudwatch:GetMetricData',
    name: `dimensions that are not exactly the metric's name another, empty one: ${fstype || 'one less'}`,
    arrange: put,
    call: get(fstype),
    expect: result([], []),
  })),
  {
    operation: 'cloudwatch:GetMetricData',
    name: 'no time between start and end',
    call: get('ext4', { EndTime: minutes(0) }),
    expect: { fails: 'ValidationError' },
    moto: {
      does: { fails: 'ValidationException' },
      why: 'the real CloudWatch says ValidationError, e.g. elastic/beats issue 32687; no handler tells them apart',
    },
  },
];
