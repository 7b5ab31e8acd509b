import contributorEvent from '../../domain/events/alarm-contributor.json';
import singleMetricEvent from '../../domain/events/single-metric-alarm.json';
import { flat, resources, shipped } from '../../app/synthesized';

interface Rule {
  readonly EventPattern: Pattern;
  readonly Targets: readonly {
    readonly Arn: unknown;
    readonly SqsParameters?: { readonly MessageGroupId: string };
    readonly DeadLetterConfig?: unknown;
    readonly InputTransformer?: unknown;
  }[];
}
interface Pattern {
  readonly source: string[];
  readonly 'detail-type': string[];
  readonly detail: Record<string, unknown>;
}
interface AlarmEvent {
  readonly source: string;
  readonly 'detail-type': string;
  readonly detail: { readonly alarmName: string; readonly state: { readonly value: string } };
}

const rules = Object.values(resources(shipped('prod').heal, 'AWS::Events::Rule'))
  .map(({ Properties }) => Properties as unknown as Rule)
  .filter(({ EventPattern }) => EventPattern !== undefined);
const alarmRules = rules.filter(({ EventPattern }) => EventPattern.source[0] === 'aws.cloudwatch');

/** The groups whose rule matches, as EventBridge would match it: prefix on the alarm's name, value of the state. */
const groupsOf = (event: AlarmEvent): string[] =>
  alarmRules
    .filter(({ EventPattern }) => {
      const [{ prefix } = { prefix: '?' }] = EventPattern.detail['alarmName'] as { prefix: string }[];
      const { value } = EventPattern.detail['state'] as { value: string[] };
      return (
        EventPattern.source.includes(event.source) &&
        EventPattern['detail-type'].includes(event['detail-type']) &&
        event.detail.alarmName.startsWith(prefix) &&
        value.includes(event.detail.state.value)
      );
    })
    .map(({ Targets }) => Targets[0]?.SqsParameters?.MessageGroupId ?? '?');

const named = (event: AlarmEvent, alarmName: string, value = 'ALARM'): AlarmEvent => ({
  ...event,
  detail: { ...event.detail, alarmName, state: { value } },
});

test('each node group has a rule, and the group is the order its messages are kept in', () => {
  expect(alarmRules.map(({ Targets }) => Targets[0]?.SqsParameters?.MessageGroupId).sort()).toEqual([
    'control-plane',
    'general',
    'memory',
  ]);
});

test.each([
  [
    'a control-plane node’s alarm',
    singleMetricEvent,
    'headroom-prod-control-plane-1-disk-critical',
    ['control-plane'],
  ],
  ['its silence', singleMetricEvent, 'headroom-prod-control-plane-3-silent', ['control-plane']],
  [
    'one worker of a group’s alarm',
    contributorEvent,
    'headroom-prod-workers-general-disk-critical',
    ['general'],
  ],
  ['a worker of another group', contributorEvent, 'headroom-prod-workers-memory-disk-warning', ['memory']],
  [
    'the parent of a worker alarm, which names no node',
    singleMetricEvent,
    'headroom-prod-workers-general-disk-critical',
    [],
  ],
  ['another environment', singleMetricEvent, 'headroom-staging-control-plane-1-disk-critical', []],
  ['our own dead letters', singleMetricEvent, 'headroom-prod-heal-dead-letters', []],
  ['somebody else’s alarm', singleMetricEvent, 'cpu', []],
])('%s goes to the right group', (_, event, alarmName, groups) => {
  expect(groupsOf(named(event, alarmName))).toEqual(groups);
});

test.each(['OK', 'INSUFFICIENT_DATA'])('going to %s is no message', (state) => {
  expect(groupsOf(named(singleMetricEvent, 'headroom-prod-control-plane-1-disk-critical', state))).toEqual(
    [],
  );
});

test('a whole event goes to the queue, and to the undelivered ones when it cannot', () => {
  for (const { Targets } of alarmRules) {
    expect(Targets).toHaveLength(1);
    expect(flat(Targets[0]?.Arn)).toMatch(/^<QueuesHeal.*\.Arn>$/);
    expect(JSON.stringify(Targets[0]?.DeadLetterConfig)).toContain('QueuesUndelivered');
    expect(Targets[0]).not.toHaveProperty('InputTransformer');
    expect(Targets[0]).not.toHaveProperty('InputPath');
  }
});

test('an execution that ended without a record is recorded', () => {
  const [rule] = rules.filter(({ EventPattern }) => EventPattern.source[0] === 'aws.ssm');
  expect(rule?.EventPattern).toEqual({
    source: ['aws.ssm'],
    'detail-type': ['EC2 Automation Execution Status-change Notification'],
    detail: {
      Definition: ['headroom-prod-HealNode'],
      Status: ['Success', 'Failed', 'TimedOut', 'Cancelled', 'Rejected'],
    },
  });
  expect(flat(rule?.Targets[0]?.Arn)).toMatch(/^<RecordFunction.*\.Arn>$/);
  expect(JSON.stringify(rule?.Targets[0]?.DeadLetterConfig)).toContain('QueuesUndelivered');
});

test('the sweep runs every five minutes', () => {
  const scheduled = Object.values(resources(shipped('prod').heal, 'AWS::Events::Rule'))
    .map(({ Properties }) => Properties as unknown as Rule & { readonly ScheduleExpression?: string })
    .filter(({ ScheduleExpression }) => ScheduleExpression !== undefined);
  expect(scheduled.map(({ ScheduleExpression }) => ScheduleExpression)).toEqual(['rate(5 minutes)']);
  expect(flat(scheduled[0]?.Targets[0]?.Arn)).toMatch(/^<SweepFunction.*\.Arn>$/);
  expect(JSON.stringify(scheduled[0]?.Targets[0]?.DeadLetterConfig)).toContain('QueuesUndelivered');
});

test('only these rules may send to the queues', () => {
  const policies = JSON.stringify(resources(shipped('prod').heal, 'AWS::SQS::QueuePolicy'));
  expect(policies.match(/"events\.amazonaws\.com"/g)).toHaveLength(alarmRules.length * 2 + 2);
  expect(policies.match(/"aws:SourceArn"/g)).toHaveLength(alarmRules.length * 2 + 2);
});
