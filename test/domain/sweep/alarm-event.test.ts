import fc from 'fast-check';
import { readAlarmEvent } from '../../../lib/domain/sweep/alarm-event';
import contributor from '../events/alarm-contributor.json';
import single from '../events/single-metric-alarm.json';

const changed = (event: object, change: (copy: Record<string, never>) => void): unknown => {
  const copy = structuredClone(event) as Record<string, never>;
  change(copy);
  return copy;
};
/** Sets a nested field, e.g. `detail.state.value`. */
const withField = (event: object, path: string, value: unknown): unknown =>
  changed(event, (copy) => {
    const keys = path.split('.');
    const last = keys.pop() as string;
    const parent = keys.reduce<Record<string, unknown>>(
      (at, key) => at[key] as Record<string, unknown>,
      copy,
    );
    if (value === undefined) delete parent[last];
    else parent[last] = value;
  });
const DIMENSIONS = 'detail.configuration.metrics.0.metricStat.metric.dimensions';

describe('the samples of CloudWatch', () => {
  test('a single-metric alarm names its instance among the dimensions', () => {
    expect(readAlarmEvent(single)).toEqual({
      kind: 'node-in-alarm',
      instanceId: 'i-0aa11bb22cc33dd44',
      alarmName: 'headroom-prod-control-plane-1-disk-critical',
      level: 'critical',
      at: '2026-11-20T04:05:31.919Z',
    });
  });

  test('one series of a multi-series alarm names it among the attributes', () => {
    expect(readAlarmEvent(contributor)).toEqual({
      kind: 'node-in-alarm',
      instanceId: 'i-0ff99ee88dd77cc66',
      alarmName: 'headroom-prod-workers-general-disk-critical',
      level: 'critical',
      at: '2026-11-20T04:07:02.104Z',
    });
  });
});

test.each(['OK', 'INSUFFICIENT_DATA'])('a transition to %s is ignored', (value) => {
  for (const event of [single, contributor]) {
    expect(readAlarmEvent(withField(event, 'detail.state.value', value))).toEqual({
      kind: 'ignored',
      why: expect.stringContaining(value) as string,
    });
  }
});

test.each([
  [
    'the parent of a multi-series alarm',
    withField(single, 'detail.configuration.metrics.0.metricStat', undefined),
  ],
  ['an alarm without dimensions', withField(single, DIMENSIONS, undefined)],
  ['a group silence alarm', withField(single, DIMENSIONS, { AutoScalingGroupName: 'general' })],
  ['an alarm without configuration', withField(single, 'detail.configuration', undefined)],
  ['a contributor without an instance', withField(contributor, 'detail.alarmContributor.attributes', {})],
])('%s names no instance and is ignored', (_, event) => {
  expect(readAlarmEvent(event).kind).toBe('ignored');
});

test.each([
  'i-0aa11bb22cc33dd44; rm -rf /',
  '$(reboot)',
  'i-`id`',
  'i-0aa11bb22cc33dd4',
  'i-0aa11bb22cc33dd444',
  'i-0AA11BB22CC33DD44',
  'i-0aa11bb22cc33dd44\n',
  '',
  7,
  ['i-0aa11bb22cc33dd44'],
])('hostile instance id %j is unreadable', (id) => {
  expect(readAlarmEvent(withField(single, `${DIMENSIONS}.InstanceId`, id)).kind).toBe('unreadable');
  expect(
    readAlarmEvent(withField(contributor, 'detail.alarmContributor.attributes.InstanceId', id)).kind,
  ).toBe('unreadable');
});

test.each([
  ['another source', 'source', 'evil'],
  ['another detail type', 'detail-type', 'EC2 Instance State-change Notification'],
  ['no detail', 'detail', undefined],
  ['a state of no alarm', 'detail.state.value', 'BANANA'],
  ['an alarm name that is no string', 'detail.alarmName', { a: 1 }],
  ['a huge alarm name', 'detail.alarmName', 'x'.repeat(100_000)],
  ['metrics that are no list', 'detail.configuration.metrics', 'all'],
])('%s is unreadable, and says why', (_, path, value) => {
  const read = readAlarmEvent(withField(single, path, value));
  expect(read.kind).toBe('unreadable');
  expect(read).toHaveProperty('why', expect.stringMatching(/./));
});

test('an alarm over two instances is unreadable: which one to heal?', () => {
  const event = changed(single, (copy) => {
    const { metrics } = (copy as unknown as typeof single).detail.configuration;
    const [metric] = structuredClone(metrics);
    if (metric === undefined) throw new Error('the sample has a metric');
    metric.metricStat.metric.dimensions.InstanceId = 'i-0ff99ee88dd77cc66';
    metrics.push(metric);
  });
  expect(readAlarmEvent(event).kind).toBe('unreadable');
});

test('a silence alarm has no disk level', () => {
  const event = withField(single, 'detail.alarmName', 'headroom-prod-control-plane-1-silent');
  expect(readAlarmEvent(event)).not.toHaveProperty('level');
  expect(readAlarmEvent(event).kind).toBe('node-in-alarm');
});

test('without the state timestamp the time of the event counts, without both nothing does', () => {
  const withoutState = withField(single, 'detail.state.timestamp', 'yesterday');
  expect(readAlarmEvent(withoutState)).toHaveProperty('at', '2026-11-20T04:05:31.000Z');
  expect(readAlarmEvent(withField(withoutState as object, 'time', undefined)).kind).toBe('unreadable');
});

test('never throws, and never lets an unsafe id through', () => {
  fc.assert(
    fc.property(fc.anything({ withNullPrototype: true }), fc.anything(), (whole, part) => {
      expect(readAlarmEvent(whole).kind).toBe('unreadable');
      for (const path of [
        'detail',
        'detail.state',
        'detail.configuration',
        `${DIMENSIONS}.InstanceId`,
        DIMENSIONS,
      ]) {
        const read = readAlarmEvent(withField(single, path, part));
        if (read.kind === 'node-in-alarm') expect(read.instanceId).toMatch(/^i-[0-9a-f]{8,17}$/);
      }
    }),
  );
});
