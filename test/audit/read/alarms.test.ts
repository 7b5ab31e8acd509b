import type { AlarmFacts } from '../../../lib/audit/facts';
import { factsOfTemplate, removeMade } from './support';

afterAll(removeMade);

const instance = (environment: string) => ({
  Type: 'AWS::EC2::Instance',
  Metadata: { Headroom: { environment } },
  Properties: {},
});
const alarmOf = (properties: object): AlarmFacts => {
  const [alarm] = factsOfTemplate(
    {
      Parameters: { Unknown: { Type: 'String' } },
      Resources: {
        Node: instance('prod'),
        Named: {
          Type: 'AWS::AutoScaling::AutoScalingGroup',
          Properties: { AutoScalingGroupName: 'general' },
        },
        Group: { Type: 'AWS::AutoScaling::AutoScalingGroup', Properties: {} },
        Eks: { Type: 'AWS::EKS::Nodegroup', Properties: { ClusterName: 'apps' } },
        Unused: { Type: 'AWS::EC2::LaunchTemplate', Properties: { LaunchTemplateData: {} } },
        Alarm: { Type: 'AWS::CloudWatch::Alarm', Properties: properties },
      },
    },
    { region: 'eu-west-1', account: '111122223333' },
  ).alarms;
  if (alarm === undefined) throw new Error('there is no alarm');
  return alarm;
};

const known = (...names: string[]): object => ({
  state: 'known',
  value: names.map((name) => `template/${name}`),
});
const unknown = (why: RegExp): object => ({ state: 'unknown', why: expect.stringMatching(why) as string });
const ALL = known('Node', 'Named', 'Group', 'Eks');

const INSIGHTS: [string, unknown, object][] = [
  [
    'all nodes',
    `SELECT MAX(disk_used_percent) FROM SCHEMA("CWAgent", InstanceId, path) WHERE path = '/'`,
    ALL,
  ],
  ['all nodes, grouped', 'SELECT MAX(disk_used_percent) FROM "CWAgent" GROUP BY InstanceId', ALL],
  ['all nodes, in lower case', 'select max(disk_used_percent) from "CWAgent" group by InstanceId', ALL],
  [
    'a group by its name',
    `SELECT MAX(x) FROM "CWAgent" WHERE AutoScalingGroupName = 'general'`,
    known('Named'),
  ],
  [
    'a group by Ref',
    { 'Fn::Sub': `SELECT MAX(x) FROM "CWAgent" WHERE AutoScalingGroupName = '\${Group}'` },
    known('Group'),
  ],
  [
    'two groups',
    {
      'Fn::Sub': `SELECT MAX(x) FROM "CWAgent" WHERE AutoScalingGroupName = '\${Group}' OR AutoScalingGroupName = 'general'`,
    },
    known('Group', 'Named'),
  ],
  ['a group that is not here', `SELECT MAX(x) FROM "CWAgent" WHERE AutoScalingGroupName = 'gone'`, known()],
  [
    'an instance by Ref',
    { 'Fn::Sub': `SELECT MAX(x) FROM "CWAgent" WHERE InstanceId = '\${Node}'` },
    known('Node'),
  ],
  ['an instance that is not here', `SELECT MAX(x) FROM "CWAgent" WHERE InstanceId = 'i-1'`, known()],
  [
    'all groups but one',
    `SELECT MAX(x) FROM "CWAgent" WHERE AutoScalingGroupName != 'general'`,
    unknown(/leaves some nodes out/),
  ],
  [
    'our environment',
    `SELECT MAX(headroom_guard_failed) FROM SCHEMA("CWAgent", environment) WHERE environment = 'prod'`,
    known('Node'),
  ],
  [
    'an environment that is not here',
    `SELECT MAX(x) FROM "CWAgent" WHERE environment = 'dev'`,
    unknown(/dimension environment/),
  ],
  [
    'a dimension that no agent sends',
    `SELECT MAX(x) FROM "CWAgent" WHERE pool = 'a'`,
    unknown(/dimension pool/),
  ],
  ['another service', 'SELECT MAX(CPUUtilization) FROM "AWS/RDS"', known()],
  ['an unknown part', { 'Fn::Sub': 'SELECT MAX(x) FROM "${Unknown}"' }, unknown(/Unknown/)],
  [
    'a text without an end',
    `SELECT MAX(x) FROM "CWAgent" WHERE ${"a = 'b' AND ".repeat(1000)}`,
    unknown(/longer/),
  ],
];

test.each(INSIGHTS)('a query over %s', (_, Expression, watches) => {
  const alarm = alarmOf({ Metrics: [{ Id: 'q', Expression, Period: 300 }], Threshold: 80 });
  expect(alarm.watches).toEqual(watches);
  if (typeof Expression !== 'string') return;
  expect(alarm).toMatchObject({
    metric: { state: 'absent' },
    expressions: [Expression],
    metrics: [],
    statistic: { state: 'absent' },
    periodSeconds: { value: 300 },
    threshold: { value: 80 },
  });
});

const stat = (id: string, Value: unknown, more: object = {}) => ({
  Id: id,
  MetricStat: {
    Metric: {
      Namespace: 'CWAgent',
      MetricName: 'disk_used_percent',
      Dimensions: [{ Name: 'InstanceId', Value }],
      ...more,
    },
    Period: '60',
    Stat: 'Maximum',
  },
  ReturnData: false,
});

test.each<[string, object[], object]>([
  ['one metric', [{ Id: 'e', Expression: 'FILL(a, 100)' }, stat('a', { Ref: 'Node' })], known('Node')],
  [
    'metrics of two kinds of nodes',
    [
      { Id: 'e', Expression: 'MAX(METRICS())' },
      stat('a', { Ref: 'Node' }),
      stat('b', 'x', { Dimensions: [{ Name: 'AutoScalingGroupName', Value: { Ref: 'Group' } }] }),
    ],
    known('Node', 'Group'),
  ],
  [
    'one node twice',
    [{ Id: 'e', Expression: 'a + b' }, stat('a', { Ref: 'Node' }), stat('b', { Ref: 'Node' })],
    known('Node'),
  ],
  [
    'a query and a metric',
    [
      { Id: 'e', Expression: 'q - a' },
      { Id: 'q', Expression: `SELECT MAX(x) FROM "CWAgent" WHERE AutoScalingGroupName = 'general'` },
      stat('a', { Ref: 'Node' }),
    ],
    known('Named', 'Node'),
  ],
  [
    'a node that is unknown',
    [{ Id: 'e', Expression: 'a + b' }, stat('a', { Ref: 'Node' }), stat('b', { Ref: 'Unknown' })],
    unknown(/Unknown/),
  ],
  [
    'SEARCH',
    [{ Id: 'e', Expression: `MAX(SEARCH('{CWAgent,InstanceId} disk', 'Maximum', 60))` }],
    unknown(/SEARCH/),
  ],
  [
    'an unknown expression',
    [{ Id: 'e', Expression: { Ref: 'Unknown' } }, stat('a', { Ref: 'Node' })],
    unknown(/Unknown/),
  ],
  [
    'metrics of another service',
    [{ Id: 'e', Expression: 'a' }, stat('a', 'x', { Namespace: 'AWS/Lambda' })],
    known(),
  ],
])('metric maths over %s', (_, Metrics, watches) => {
  expect(alarmOf({ Metrics }).watches).toEqual(watches);
});

test('metric maths with what they are made of', () => {
  const alarm = alarmOf({ Metrics: [{ Id: 'e', Expression: 'FILL(a, 100)' }, stat('a', { Ref: 'Node' })] });
  expect(alarm).toMatchObject({
    metric: { state: 'absent' },
    expressions: ['FILL(a, 100)'],
    metrics: [
      {
        id: 'a',
        name: { value: 'disk_used_percent' },
        namespace: { value: 'CWAgent' },
        dimensions: { value: { InstanceId: 'ref:Node' } },
        statistic: { value: 'Maximum' },
      },
    ],
    periodSeconds: { value: 60 },
  });
  expect(alarmOf({ Metrics: [stat('a', { Ref: 'Node' })] })).toMatchObject({
    metric: { value: { name: { value: 'disk_used_percent' } } },
    metrics: [],
    statistic: { value: 'Maximum' },
    watches: known('Node'),
  });
  expect(alarmOf({ Metrics: { Ref: 'Unknown' } })).toMatchObject({
    metric: { state: 'unknown' },
    watches: { state: 'unknown' },
  });
});

const single = (name: string, Value: unknown, Namespace = 'CWAgent') => ({
  ...{ Namespace, MetricName: 'm', Dimensions: [{ Name: name, Value }] },
});

test.each<[string, object, object]>([
  ['an instance', single('InstanceId', { Ref: 'Node' }), known('Node')],
  ['a group by Ref', single('AutoScalingGroupName', { Ref: 'Group' }), known('Group')],
  ['a group by name', single('AutoScalingGroupName', 'general'), known('Named')],
  ['a cluster', single('ClusterName', 'apps', 'ContainerInsights'), known('Eks')],
  ['another cluster', single('ClusterName', 'other', 'ContainerInsights'), unknown(/that cluster/)],
  ['our environment', single('environment', 'prod'), known('Node')],
  ['another environment', single('environment', 'dev'), known()],
  ['an unknown instance', single('InstanceId', { Ref: 'Unknown' }), unknown(/Unknown/)],
  ['another service', single('InstanceId', { Ref: 'Node' }, 'AWS/RDS'), known()],
  ['no dimension', { Namespace: 'CWAgent', MetricName: 'm' }, known()],
])('an alarm on a metric of %s', (_, properties, watches) => {
  expect(alarmOf(properties).watches).toEqual(watches);
});

test('an alarm that says little, and one that says all', () => {
  expect(alarmOf({})).toMatchObject({
    name: { state: 'absent' },
    treatMissingData: { state: 'absent' },
    actionsEnabled: { state: 'absent' },
    alarmActions: { state: 'absent' },
    evaluationPeriods: { state: 'absent' },
  });
  const all = {
    AlarmName: 'a',
    ExtendedStatistic: 'p99',
    ComparisonOperator: 'LessThanThreshold',
    Period: '60',
    EvaluationPeriods: 3,
    TreatMissingData: 'breaching',
    ActionsEnabled: 'false',
    AlarmActions: ['arn:a', { Ref: 'AWS::NoValue' }, { Ref: 'Node' }],
  };
  expect(alarmOf(all)).toMatchObject({
    name: { value: 'a' },
    statistic: { value: 'p99' },
    comparison: { value: 'LessThanThreshold' },
    periodSeconds: { value: 60 },
    evaluationPeriods: { value: 3 },
    treatMissingData: { value: 'breaching' },
    actionsEnabled: { value: false },
    alarmActions: { value: ['arn:a', 'ref:Node'] },
  });
  expect(alarmOf({ AlarmActions: [{ Ref: 'Unknown' }] }).alarmActions).toEqual(unknown(/Unknown/));
});

test('a token in a query means the group of the same stack', () => {
  const group = { Type: 'AWS::AutoScaling::AutoScalingGroup', Properties: {} };
  const alarm = {
    Type: 'AWS::CloudWatch::Alarm',
    Properties: {
      Metrics: [
        {
          Id: 'q',
          Expression: { 'Fn::Sub': `SELECT MAX(x) FROM "CWAgent" WHERE AutoScalingGroupName = '\${Group}'` },
        },
      ],
    },
  };
  const stack = { Resources: { Group: group, Alarm: alarm } };
  expect(factsOfTemplate(stack).alarms[0]?.watches).toEqual(known('Group'));
});
