import { join } from 'node:path';
import type { EventRuleFacts, Fact } from '../../../lib/audit/facts';
import { readFacts } from '../../../lib/audit/read/read-facts';
import { alarmNotifiesNoOne } from '../../../lib/audit/rules/alarm-notifies-no-one';
import { directoryOf, factsOfTemplate, removeMade } from './support';

afterAll(removeMade);

const PARAMETERS = { Unknown: { Type: 'String' } };
const unknown = (why: RegExp): object => ({ state: 'unknown', why: expect.stringMatching(why) as string });

const ruleOf = (properties: object): readonly EventRuleFacts[] =>
  factsOfTemplate({
    Parameters: PARAMETERS,
    Conditions: { Perhaps: { 'Fn::Equals': [{ Ref: 'Unknown' }, 'x'] } },
    Resources: {
      Named: { Type: 'AWS::CloudWatch::Alarm', Properties: { AlarmName: 'disk-full' } },
      Unnamed: { Type: 'AWS::CloudWatch::Alarm', Properties: {} },
      Bus: { Type: 'AWS::Events::EventBus', Properties: { Name: 'own' } },
      Rule: { Type: 'AWS::Events::Rule', Properties: { Targets: [{ Id: 'a', Arn: 'b' }], ...properties } },
    },
  }).eventRules;

const ALARMS = { source: ['aws.cloudwatch'], 'detail-type': ['CloudWatch Alarm State Change'] };
const exact = (...texts: string[]): object => ({
  state: 'known',
  value: texts.map((text) => ({ kind: 'exact', text })),
});
const prefix = (text: string): object => ({ state: 'known', value: [{ kind: 'prefix', text }] });

test.each<[string, unknown, object | undefined]>([
  ['no alarm names', ALARMS, { state: 'absent' }],
  ['exact names', { ...ALARMS, detail: { alarmName: ['a', 'b'] } }, exact('a', 'b')],
  ['a prefix', { ...ALARMS, detail: { alarmName: [{ prefix: 'disk-' }] } }, prefix('disk-')],
  ['a wildcard at the end', { ...ALARMS, detail: { alarmName: [{ wildcard: 'disk-*' }] } }, prefix('disk-')],
  [
    'a wildcard in the middle',
    { ...ALARMS, detail: { alarmName: [{ wildcard: 'a*b' }] } },
    unknown(/way that/),
  ],
  ['a wildcard without a star', { ...ALARMS, detail: { alarmName: [{ wildcard: 'ab' }] } }, exact('ab')],
  ['a suffix', { ...ALARMS, detail: { alarmName: [{ suffix: 'x' }] } }, unknown(/way that/)],
  ['a name and a suffix', { ...ALARMS, detail: { alarmName: ['a', { suffix: 'x' }] } }, unknown(/way that/)],
  ['a name by Ref', { ...ALARMS, detail: { alarmName: [{ Ref: 'Named' }] } }, exact('disk-full')],
  [
    'a name by Ref that CloudFormation makes',
    { ...ALARMS, detail: { alarmName: [{ Ref: 'Unnamed' }] } },
    prefix('template-Unnamed'),
  ],
  [
    'a Ref to another resource than an alarm',
    { ...ALARMS, detail: { alarmName: [{ Ref: 'Bus' }] } },
    unknown(/way that/),
  ],
  ['an unknown name', { ...ALARMS, detail: { alarmName: [{ Ref: 'Unknown' }] } }, unknown(/way that/)],
  ['ARNs', { ...ALARMS, resources: ['arn:aws:cloudwatch:eu-west-1:1:alarm:a'] }, exact('a')],
  [
    'a prefix of an ARN',
    { ...ALARMS, resources: [{ prefix: 'arn:aws:cloudwatch:eu-west-1:1:alarm:a' }] },
    prefix('a'),
  ],
  ['an ARN by GetAtt', { ...ALARMS, resources: [{ 'Fn::GetAtt': ['Named', 'Arn'] }] }, exact('disk-full')],
  ['alternatives', { ...ALARMS, detail: { $or: [{ alarmName: ['a'] }] } }, unknown(/alternatives/)],
  ['ALARM alone', { ...ALARMS, detail: { state: { value: ['ALARM'] } } }, { state: 'absent' }],
  ['OK alone', { ...ALARMS, detail: { state: { value: ['OK'] } } }, undefined],
  [
    'anything but OK',
    { ...ALARMS, detail: { state: { value: [{ 'anything-but': 'OK' }] } } },
    { state: 'absent' },
  ],
  [
    'anything but ALARM',
    { ...ALARMS, detail: { state: { value: [{ 'anything-but': ['ALARM'] }] } } },
    undefined,
  ],
  ['the source alone', { source: ['aws.cloudwatch'] }, { state: 'absent' }],
  ['a prefix of the source', { source: [{ prefix: 'aws.' }] }, { state: 'absent' }],
  ['the type alone', { 'detail-type': ['CloudWatch Alarm State Change'] }, { state: 'absent' }],
  ['a name alone', { detail: { alarmName: ['a'] } }, exact('a')],
  ['another source', { source: ['aws.ec2'] }, undefined],
  [
    'another type',
    { source: ['aws.cloudwatch'], 'detail-type': ['CloudWatch Alarm Configuration Change'] },
    undefined,
  ],
  ['nothing about alarms', { account: ['1'] }, undefined],
  ['a pattern as text', JSON.stringify({ ...ALARMS, detail: { alarmName: ['a'] } }), exact('a')],
  ['a text that is not a pattern', 'x', undefined],
  [
    'a pattern that depends on what is unknown',
    { 'Fn::If': ['Perhaps', ALARMS, { source: ['aws.ec2'] }] },
    unknown(/Perhaps/),
  ],
])('an event rule with %s', (_, EventPattern, names) => {
  const [rule] = ruleOf({ EventPattern });
  expect(rule?.alarmNames).toEqual(names);
});

test.each<[string, object, object | undefined]>([
  ['as it comes', {}, { enabled: { state: 'absent' }, targets: { value: 1 } }],
  ['disabled', { State: 'DISABLED' }, { enabled: { value: false } }],
  ['enabled', { State: 'ENABLED' }, { enabled: { value: true } }],
  ['of unknown state', { State: { Ref: 'Unknown' } }, { enabled: { state: 'unknown' } }],
  ['without targets', { Targets: [] }, { targets: { value: 0 } }],
  ['with NoValue as its target', { Targets: [{ Ref: 'AWS::NoValue' }] }, { targets: { value: 0 } }],
  ['on the default bus', { EventBusName: 'default' }, { targets: { value: 1 } }],
  ['on another bus', { EventBusName: 'own' }, undefined],
  ['on a bus of the template', { EventBusName: { Ref: 'Bus' } }, undefined],
  ['by the clock', { EventPattern: { Ref: 'AWS::NoValue' }, ScheduleExpression: 'rate(1 day)' }, undefined],
])('an event rule %s', (_, properties, facts) => {
  const rules = ruleOf({ EventPattern: ALARMS, ...properties });
  if (facts === undefined) expect(rules).toEqual([]);
  else expect(rules).toMatchObject([facts]);
});

const topicWith = (resources: object, topic: object = {}): Fact<readonly string[]> | undefined =>
  factsOfTemplate(
    {
      Parameters: PARAMETERS,
      Conditions: { Never: { 'Fn::Equals': ['a', 'b'] } },
      Resources: { Topic: { Type: 'AWS::SNS::Topic', Properties: topic }, ...resources },
    },
    { region: 'eu-west-1', account: '111122223333' },
  ).topics[0]?.subscriptions;
const subscription = (TopicArn: unknown, Protocol: unknown = 'email', more: object = {}) => ({
  Type: 'AWS::SNS::Subscription',
  Properties: { TopicArn, Protocol, Endpoint: 'a' },
  ...more,
});
const ofTopic = { Ref: 'Topic' };

test.each<[string, object, object, object]>([
  ['no subscription', {}, {}, { value: [] }],
  [
    'an inline subscription',
    {},
    { Subscription: [{ Protocol: 'email', Endpoint: 'a' }] },
    { value: ['email'] },
  ],
  ['NoValue inline', {}, { Subscription: [{ Ref: 'AWS::NoValue' }] }, { value: [] }],
  ['an unknown list inline', {}, { Subscription: { Ref: 'Unknown' } }, { state: 'unknown' }],
  ['a subscription as a resource', { S: subscription(ofTopic, 'lambda') }, {}, { value: ['lambda'] }],
  [
    'both',
    { S: subscription(ofTopic, 'lambda') },
    { Subscription: [{ Protocol: 'sms' }] },
    { value: ['sms', 'lambda'] },
  ],
  [
    'a subscription by GetAtt',
    { S: subscription({ 'Fn::GetAtt': ['Topic', 'TopicArn'] }) },
    {},
    { value: ['email'] },
  ],
  [
    'a subscription that never is',
    { S: subscription(ofTopic, 'email', { Condition: 'Never' }) },
    {},
    { value: [] },
  ],
  ['an unknown protocol', { S: subscription(ofTopic, { Ref: 'Unknown' }) }, {}, { value: ['unknown'] }],
  ['a subscription of an unknown topic', { S: subscription({ Ref: 'Unknown' }) }, {}, { state: 'unknown' }],
  [
    'a subscription of another topic',
    { S: subscription({ Ref: 'Other' }), Other: { Type: 'AWS::SNS::Topic' } },
    {},
    { value: [] },
  ],
  [
    'a subscription by its ARN',
    { S: subscription('arn:aws:sns:eu-west-1:111122223333:alarms') },
    { TopicName: 'alarms' },
    { value: ['email'] },
  ],
  [
    'a subscription by its ARN in parts',
    { S: subscription({ 'Fn::Sub': 'arn:${AWS::Partition}:sns:${AWS::Region}:${AWS::AccountId}:alarms' }) },
    { TopicName: 'alarms' },
    { value: ['email'] },
  ],
  [
    'the ARN of another region',
    { S: subscription('arn:aws:sns:eu-west-2:111122223333:alarms') },
    { TopicName: 'alarms' },
    { value: [] },
  ],
  [
    'a chat',
    { S: { Type: 'AWS::Chatbot::SlackChannelConfiguration', Properties: { SnsTopicArns: [ofTopic] } } },
    {},
    { value: ['chatbot'] },
  ],
])('a topic with %s', (_, resources, topic, subscriptions) => {
  expect(topicWith(resources, topic)).toMatchObject(subscriptions);
});

const assembly = (templates: Readonly<Record<string, object>>): string =>
  directoryOf({
    'manifest.json': JSON.stringify({
      artifacts: Object.fromEntries(
        Object.keys(templates).map((name) => [
          name,
          {
            type: 'aws:cloudformation:stack',
            environment: 'aws://111122223333/eu-west-1',
            properties: { templateFile: `${name}.json` },
          },
        ]),
      ),
    }),
    ...Object.fromEntries(
      Object.entries(templates).map(([name, body]) => [`${name}.json`, JSON.stringify(body)]),
    ),
  });

test('a topic of one stack is heard by a subscription of another, in either direction', () => {
  const topic = { Type: 'AWS::SNS::Topic', Properties: {} };
  const facts = readFacts(
    assembly({
      a: {
        Resources: { Topic: topic },
        Outputs: { O: { Value: { Ref: 'Topic' }, Export: { Name: 'a:Topic' } } },
      },
      b: {
        Resources: { S: subscription({ 'Fn::ImportValue': 'a:Topic' }, 'https'), Topic: topic },
      },
    }),
  );
  expect(facts.topics.map(({ place, subscriptions }) => [place.stackName, subscriptions])).toEqual([
    ['a', { state: 'known', value: ['https'] }],
    ['b', { state: 'known', value: [] }],
  ]);
});

test("a topic that a nested stack's subscription gets as a parameter", () => {
  const directory = directoryOf({
    'a.json': JSON.stringify({
      Resources: {
        Topic: { Type: 'AWS::SNS::Topic' },
        Child: {
          Type: 'AWS::CloudFormation::Stack',
          Properties: { TemplateURL: './child.yaml', Parameters: { Arn: { Ref: 'Topic' } } },
        },
      },
    }),
    'child.yaml':
      'Parameters: {Arn: {Type: String}}\nResources:\n  S: {Type: AWS::SNS::Subscription, Properties: {Protocol: sqs, TopicArn: !Ref Arn}}\n',
  });
  expect(readFacts(join(directory, 'a.json')).topics[0]?.subscriptions).toEqual({
    state: 'known',
    value: ['sqs'],
  });
});

const TOPIC = {
  Type: 'AWS::SNS::Topic',
  Properties: { Subscription: [{ Protocol: 'email', Endpoint: 'a' }] },
};
const alarm = (properties: object = {}) => ({
  Type: 'AWS::CloudWatch::Alarm',
  Properties: {
    Namespace: 'CWAgent',
    MetricName: 'disk_used_percent',
    AlarmName: 'disk',
    Threshold: 80,
    ComparisonOperator: 'GreaterThanThreshold',
    ...properties,
  },
});
const composite = (AlarmRule: unknown, properties: object = {}) => ({
  Type: 'AWS::CloudWatch::CompositeAlarm',
  Properties: { AlarmName: 'any', AlarmRule, AlarmActions: [{ Ref: 'Topic' }], ...properties },
});

test.each<[string, object, 'pass' | 'finding' | 'cannot-tell']>([
  ['without a composite', {}, 'finding'],
  ['by its name', { C: composite('ALARM("disk")') }, 'pass'],
  ['by its name without quotes', { C: composite('ALARM(disk) OR ALARM(other)') }, 'pass'],
  ['by Ref', { C: composite({ 'Fn::Sub': 'ALARM(${A})' }) }, 'pass'],
  [
    'by its ARN, as the CDK writes it',
    { C: composite({ 'Fn::Join': ['', ['(ALARM("', { 'Fn::GetAtt': ['A', 'Arn'] }, '") OR ALARM("x"))']] }) },
    'pass',
  ],
  ['by a written ARN', { C: composite('ALARM("arn:aws:cloudwatch:eu-west-1:1:alarm:disk")') }, 'pass'],
  ['beside what is unknown', { C: composite({ 'Fn::Sub': 'ALARM(${A}) OR ALARM(${Unknown})' }) }, 'pass'],
  ['together with another', { C: composite('ALARM("disk") AND ALARM("other")') }, 'cannot-tell'],
  ['not', { C: composite('NOT ALARM("disk")') }, 'cannot-tell'],
  ['on its OK', { C: composite('OK("disk")') }, 'finding'],
  ['another alarm', { C: composite('ALARM("disk-2")') }, 'finding'],
  ['a rule that is unknown', { C: composite({ Ref: 'Unknown' }) }, 'cannot-tell'],
  ['a composite without actions', { C: composite('ALARM("disk")', { AlarmActions: [] }) }, 'finding'],
  [
    'a composite whose actions are disabled',
    { C: composite('ALARM("disk")', { ActionsEnabled: false }) },
    'finding',
  ],
  [
    'a composite of a composite',
    {
      C: composite('ALARM("disk")', { AlarmActions: [], AlarmName: 'inner' }),
      D: composite('ALARM("inner")', { AlarmName: 'outer' }),
    },
    'pass',
  ],
  [
    'composites in a circle',
    {
      C: composite('ALARM("disk") OR ALARM("b")', { AlarmActions: [], AlarmName: 'a' }),
      D: composite('ALARM("a")', { AlarmActions: [], AlarmName: 'b' }),
    },
    'finding',
  ],
  [
    'a composite on a topic that nobody hears',
    { C: composite('ALARM("disk")', { AlarmActions: [{ Ref: 'Deaf' }] }), Deaf: { Type: 'AWS::SNS::Topic' } },
    'finding',
  ],
])('an alarm that is heard through a composite alarm: %s', (_, resources, kind) => {
  for (const properties of [{}, { ActionsEnabled: false, AlarmActions: [{ Ref: 'Topic' }] }]) {
    const head = factsOfTemplate({
      Parameters: PARAMETERS,
      Resources: { A: alarm(properties), Topic: TOPIC, ...resources },
    });
    expect(alarmNotifiesNoOne.check({ head }).map((outcome) => outcome.kind)).toEqual([kind]);
  }
});
