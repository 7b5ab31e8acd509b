import { absent, known, unknown, type AlarmFacts, type Facts } from '../../../lib/audit/facts';
import { alarmNotifiesNoOne as rule } from '../../../lib/audit/rules/alarm-notifies-no-one';
import { alarm, eventRule, metric, onlyFinding, place, silenceAlarm, topic, verdict } from '../support/facts';

test.each<[string, Partial<AlarmFacts>, Partial<Facts>, string]>([
  ['a topic that says nothing of them', {}, { topics: [topic({ subscriptions: absent })] }, 'finding error'],
  ['a topic of another account', { alarmActions: known(['arn:aws:sns:eu-central-1:1:people']) }, {}, 'pass'],
  ['no action', { alarmActions: absent }, {}, 'finding error'],
  [
    'a recovery, which notifies no one',
    { alarmActions: known(['arn:aws:automate:eu-central-1:ec2:recover']) },
    {},
    'finding error',
  ],
  [
    'a reboot by its older name',
    {
      alarmActions: known(['arn:aws-cn:swf:cn-north-1:1:action/actions/AWS_EC2.InstanceId.Reboot/1.0']),
    },
    {},
    'finding error',
  ],
  [
    'a scaling policy',
    { alarmActions: known(['arn:aws:autoscaling:eu-central-1:1:scalingPolicy:1:x']) },
    {},
    'finding error',
  ],
  [
    'a recovery and a topic of another account',
    {
      alarmActions: known(['arn:aws:automate:eu-central-1:ec2:recover', 'arn:aws:sns:eu-central-1:1:people']),
    },
    {},
    'pass',
  ],
  ['an empty list', { alarmActions: known([]) }, {}, 'finding error'],
  ['disabled actions', { actionsEnabled: known(false) }, { topics: [topic()] }, 'finding error'],
  [
    'one of two that notifies',
    { alarmActions: known(['ref:Topic', 'arn:aws:lambda:x']) },
    { topics: [topic({ subscriptions: known([]) })] },
    'pass',
  ],
  ['an event rule by prefix', { alarmActions: absent }, { eventRules: [eventRule()] }, 'pass'],
  [
    'an event rule, with disabled actions',
    { actionsEnabled: known(false) },
    { eventRules: [eventRule()] },
    'pass',
  ],
  [
    'an event rule for all alarms',
    { alarmActions: absent },
    { eventRules: [eventRule({ alarmNames: absent })] },
    'pass',
  ],
  [
    'an event rule by its name',
    { alarmActions: absent },
    {
      eventRules: [eventRule({ alarmNames: known([{ kind: 'exact', text: 'prod-general-disk-warning' }]) })],
    },
    'pass',
  ],
  [
    'an event rule by the start of its name',
    { alarmActions: absent },
    { eventRules: [eventRule({ alarmNames: known([{ kind: 'exact', text: 'prod-general-' }]) })] },
    'finding error',
  ],
  [
    'an event rule for others',
    { alarmActions: absent },
    { eventRules: [eventRule({ alarmNames: known([{ kind: 'prefix', text: 'dev-' }]) })] },
    'finding error',
  ],
  [
    'a disabled event rule',
    { alarmActions: absent },
    { eventRules: [eventRule({ enabled: known(false) })] },
    'finding error',
  ],
  [
    'an event rule without a target',
    { alarmActions: absent },
    { eventRules: [eventRule({ targets: known(0) })] },
    'finding error',
  ],
  ['unknown actions', { alarmActions: unknown('x') }, {}, 'cannot-tell'],
  [
    'unknown actions, and an event rule',
    { alarmActions: unknown('x') },
    { eventRules: [eventRule()] },
    'pass',
  ],
  ['actions that may be disabled', { actionsEnabled: unknown('x') }, { topics: [topic()] }, 'cannot-tell'],
  ['unknown subscriptions', {}, { topics: [topic({ subscriptions: unknown('x') })] }, 'cannot-tell'],
  [
    'an event rule with unknown names',
    { alarmActions: absent },
    { eventRules: [eventRule({ alarmNames: unknown('x') })] },
    'cannot-tell',
  ],
  [
    'an unknown name',
    { alarmActions: absent, name: unknown('x') },
    { eventRules: [eventRule()] },
    'cannot-tell',
  ],
  [
    'a name that CloudFormation makes',
    { alarmActions: absent, name: absent },
    { eventRules: [eventRule({ alarmNames: known([{ kind: 'prefix', text: 'prod-' }]) })] },
    'pass',
  ],
])('judges %s', (_, more, facts, expected) => {
  expect(verdict(rule, { alarms: [alarm(more)], ...facts })).toBe(expected);
});

test('a topic of the same stack comes first: each environment has one', () => {
  const topics = [
    topic({ subscriptions: known([]) }),
    topic({ place: place('Topic', { stackName: 'dev', file: 'dev.template.json' }) }),
  ];
  expect(verdict(rule, { alarms: [alarm()], topics })).toBe('finding error');
});

test('the finding says why no one is notified', () => {
  const topics = [topic({ subscriptions: known([]) })];
  expect(onlyFinding(rule, { alarms: [alarm()], topics }).message).toBe(
    'prod-general-disk-warning notifies no one: Topic has no subscription, and no event rule in the templates matches it.',
  );
  const recovers = alarm({ alarmActions: known(['arn:aws:automate:eu-central-1:ec2:recover']) });
  expect(onlyFinding(rule, { alarms: [recovers] }).message).toContain(
    'notifies no one: its actions do something and notify no one, and no event rule',
  );
});

test.each([
  [
    'an alarm about a queue',
    alarm({
      metric: metric({ namespace: known('AWS/SQS'), name: known('X') }),
      watches: known([]),
      alarmActions: absent,
    }),
    'nothing',
  ],
  [
    'one about the load of a node group',
    alarm({ metric: metric({ name: known('cpu_usage_active') }), alarmActions: absent }),
    'nothing',
  ],
  [
    'one that recovers a machine by its status check',
    alarm({
      metric: metric({ namespace: known('AWS/EC2'), name: known('StatusCheckFailed_System') }),
      alarmActions: unknown('AWS::Region'),
    }),
    'nothing',
  ],
  ['one whose metric is unknown', alarm({ metric: unknown('x'), alarmActions: absent }), 'finding error'],
  ['a silence alarm', silenceAlarm({ alarmActions: absent }), 'finding error'],
])('judges %s', (_, one, expected) => {
  expect(verdict(rule, { alarms: [one] })).toBe(expected);
});
