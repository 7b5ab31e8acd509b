import { Alarm } from '../src/alarms/alarm';
import { alarmDefinition } from '../src/alarms/alarm-definition';
import { judge } from '../src/alarms/alarm-state';
import { MetricStore } from '../src/metrics/metric-store';
import { PLACE, resource } from './support/resources';

const NOW = new Date('2026-11-20T04:07:30Z');
const minutesAgo = (minutes: number): Date => new Date(NOW.getTime() - minutes * 60_000);

const disk = (more = {}) => ({
  Namespace: 'CWAgent',
  MetricName: 'disk_used_percent',
  Dimensions: [
    { Name: 'InstanceId', Value: 'i-1' },
    { Name: 'path', Value: '/' },
    { Name: 'fstype', Value: 'ext4' },
  ],
  Statistic: 'Maximum',
  Period: 60,
  EvaluationPeriods: 1,
  Threshold: 90,
  ComparisonOperator: 'GreaterThanOrEqualToThreshold',
  ...more,
});

const alarm = (properties: object): Alarm =>
  new Alarm(
    alarmDefinition(resource('AWS::CloudWatch::Alarm', 'full', { ...properties })),
    PLACE,
    minutesAgo(60),
  );

const put = (store: MetricStore, value: number, dimensions: Record<string, string>, at = NOW): void =>
  store.put({ namespace: 'CWAgent', name: 'disk_used_percent', dimensions, value, at });

describe('an alarm of one metric', () => {
  const exact = { InstanceId: 'i-1', path: '/', fstype: 'ext4' };

  test('fires with the event of a single-metric alarm', () => {
    const store = new MetricStore();
    put(store, 93.4, exact);
    const [event, ...more] = alarm(disk()).evaluate(store, NOW);
    expect(more).toEqual([]);
    expect(event).toMatchObject({
      'detail-type': 'CloudWatch Alarm State Change',
      source: 'aws.cloudwatch',
      detail: {
        alarmName: 'full',
        configuration: {
          metrics: [{ id: 'm1', metricStat: { metric: { dimensions: exact }, period: 60, stat: 'Maximum' } }],
        },
        previousState: { value: 'INSUFFICIENT_DATA' },
        state: { value: 'ALARM', timestamp: '2026-11-20T04:07:30.000+0000' },
      },
    });
  });

  test.each([
    ['one dimension more', { ...exact, device: 'vda1' }],
    ['one dimension less', { InstanceId: 'i-1', path: '/' }],
    ['another file system', { ...exact, fstype: 'xfs' }],
  ])('never fires for %s', (_name, dimensions) => {
    const store = new MetricStore();
    put(store, 100, dimensions);
    const full = alarm(disk());
    expect(full.evaluate(store, NOW)).toEqual([]);
    expect(full.state).toBe('INSUFFICIENT_DATA');
  });

  test('fires on the transition only', () => {
    const store = new MetricStore();
    put(store, 95, exact);
    const full = alarm(disk());
    expect(full.evaluate(store, NOW)).toHaveLength(1);
    expect(full.evaluate(store, NOW)).toHaveLength(0);
  });

  test.each([
    [89.9, 'OK'],
    [90, 'ALARM'],
    [90.1, 'ALARM'],
  ])('at %d %% is %s', (value, state) => {
    const store = new MetricStore();
    put(store, value, exact);
    const full = alarm(disk());
    full.evaluate(store, NOW);
    expect(full.state).toBe(state);
  });
});

describe('missing data, as the AWS guide tables it (3 of 3; X breaching, 0 not, - missing)', () => {
  const rows: readonly [string, string, string, string, string][] = [
    // datapoints, missing, ignore, breaching, notBreaching; the state before was OK
    ['0-X-X', 'OK', 'OK', 'OK', 'OK'],
    ['----0', 'OK', 'OK', 'OK', 'OK'],
    ['-----', 'INSUFFICIENT_DATA', 'OK', 'ALARM', 'OK'],
    ['0XX-X', 'ALARM', 'ALARM', 'ALARM', 'ALARM'],
    ['--X--', 'ALARM', 'OK', 'ALARM', 'OK'],
  ];
  const treatments = ['missing', 'ignore', 'breaching', 'notBreaching'] as const;
  const cases = rows.flatMap(([points, ...states]) =>
    treatments.map((treatment, index) => [points, treatment, states[index] ?? ''] as const),
  );
  test.each(cases)('%s with %s is %s', (points, treatment, state) => {
    const definition = alarmDefinition(
      resource('AWS::CloudWatch::Alarm', 'full', disk({ EvaluationPeriods: 3, TreatMissingData: treatment })),
    );
    const values = [...points].map((point) => (point === '-' ? undefined : point === 'X' ? 95 : 10));
    expect(judge(definition, values, 'OK').state).toBe(state);
  });
});

describe('an alarm over many series', () => {
  const query = (expression: string) => ({
    EvaluationPeriods: 1,
    Threshold: 90,
    ComparisonOperator: 'GreaterThanOrEqualToThreshold',
    Metrics: [{ Id: 'q', Expression: expression, Period: 60, ReturnData: true }],
  });
  const workers = query(
    `SELECT MAX(disk_used_percent) FROM SCHEMA("CWAgent", InstanceId, fstype, path) WHERE path = '/' GROUP BY InstanceId ORDER BY MAX() DESC`,
  );
  const of = (instance: string, path = '/') => ({ InstanceId: instance, fstype: 'ext4', path });

  test('tells each contributor, then itself without an instance', () => {
    const store = new MetricStore();
    put(store, 99, of('i-1'));
    put(store, 40, of('i-2'));
    put(store, 99, of('i-3', '/data'));
    put(store, 99, { InstanceId: 'i-4', path: '/' });
    const events = alarm(workers).evaluate(store, NOW);
    expect(events.map((event) => event['detail-type'])).toEqual([
      'CloudWatch Alarm Contributor State Change',
      'CloudWatch Alarm State Change',
    ]);
    expect(events[0]?.detail).toMatchObject({
      alarmContributor: { attributes: { InstanceId: 'i-1' } },
      state: { value: 'ALARM' },
    });
    expect(events[0]?.detail).not.toHaveProperty('previousState');
    expect(JSON.stringify(events[1])).not.toContain('i-1');
  });

  test('a contributor that disappears goes to OK', () => {
    const store = new MetricStore();
    put(store, 99, of('i-1'));
    const full = alarm(workers);
    full.evaluate(store, NOW);
    const later = full.evaluate(store, new Date(NOW.getTime() + 10 * 60_000));
    expect(later[0]?.detail).toMatchObject({
      alarmContributor: { attributes: { InstanceId: 'i-1' } },
      state: { value: 'OK' },
    });
  });

  test('a group that is one report short is seen by a - FILL(b, 0) / 5', () => {
    const silent = alarm({
      EvaluationPeriods: 2,
      Threshold: 0.5,
      ComparisonOperator: 'GreaterThanThreshold',
      TreatMissingData: 'missing',
      Metrics: [
        { Id: 'e', Expression: 'inService - FILL(samples, 0) / 5', ReturnData: true },
        {
          Id: 'inService',
          MetricStat: { Metric: { Namespace: 'A', MetricName: 'n' }, Period: 300, Stat: 'Minimum' },
          ReturnData: false,
        },
        { Id: 'samples', Expression: 'SELECT COUNT(s) FROM "A"', Period: 300, ReturnData: false },
      ],
    });
    const store = new MetricStore();
    const report = (nodes: number, minutes: number): void => {
      store.put({ namespace: 'A', name: 'n', dimensions: {}, value: 2, at: minutesAgo(minutes) });
      for (let node = 0; node < nodes; node += 1) {
        store.put({
          namespace: 'A',
          name: 's',
          dimensions: { node: String(node) },
          value: 1,
          at: minutesAgo(minutes),
        });
      }
    };
    for (let minutes = 30; minutes >= 0; minutes -= 1) report(2, minutes);
    silent.evaluate(store, NOW);
    expect(silent.state).toBe('OK');
    for (let minutes = -1; minutes >= -12; minutes -= 1) report(1, minutes);
    silent.evaluate(store, minutesAgo(-12));
    expect(silent.state).toBe('ALARM');
  });

  test.each([
    ['SELECT P99(x) FROM "A"', /unknown function P99/],
    ['SELECT MAX(x) FROM "A" LIMIT 5', /unknown LIMIT 5/],
    [`SELECT MAX(x) FROM "A" WHERE path > '/'`, /can't read/],
    ['ANOMALY_DETECTION_BAND(m1)', /unknown function ANOMALY_DETECTION_BAND/],
    ['m1 ^ 2', /can't read/],
    ['m9 - 1', /no metric m9/],
  ])('%s is an error, not a pass', (expression, message) => {
    expect(() => alarm(query(expression)).evaluate(new MetricStore(), NOW)).toThrow(message);
  });

  test('a property that is not read is an error', () => {
    expect(() => alarm(disk({ EvaluateLowSampleCountPercentile: 'ignore' }))).toThrow(
      /unknown EvaluateLowSampleCountPercentile/,
    );
  });
});
