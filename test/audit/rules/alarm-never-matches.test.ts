import { absent, known, unknown, type AlarmFacts } from '../../../lib/audit/facts';
import { alarmNeverMatches as rule } from '../../../lib/audit/rules/alarm-never-matches';
import {
  QUERY,
  agent,
  alarm,
  configuration,
  controlPlane,
  metric,
  nodeGroup,
  onlyFinding,
  queryAlarm,
  verdict,
} from '../support/facts';

/** Single instances on Ubuntu, with the agent that appends InstanceId alone. */
const single = (alarms: readonly AlarmFacts[], more = {}, disk = {}) => ({
  nodeGroups: [controlPlane()],
  agents: [
    agent({
      nodeGroups: known(['prod/control-plane']),
      configuration: known(
        configuration({ appendDimensions: ['InstanceId'], aggregationDimensions: [], ...more }, disk),
      ),
    }),
  ],
  alarms,
});
const onNode = (dimensions: Record<string, string>, more: Partial<AlarmFacts> = {}) =>
  alarm({
    metric: metric({ dimensions: known(dimensions) }),
    watches: known(['prod/control-plane']),
    ...more,
  });
const EXACT = { InstanceId: 'ref:Node1', fstype: 'ext4', path: '/' };

test.each<[string, Record<string, string>, string]>([
  ['one too many', { ...EXACT, device: 'nvme0n1p1' }, 'finding error'],
  ['another filesystem', { ...EXACT, fstype: 'xfs' }, 'finding error'],
  ['a path that is not measured', { ...EXACT, path: '/data' }, 'finding error'],
  ['a name in lower case', { instanceId: 'ref:Node1', fstype: 'ext4', path: '/' }, 'finding error'],
  ['no dimension', {}, 'finding error'],
])('judges %s', (_, dimensions, expected) => {
  expect(verdict(rule, single([onNode(dimensions)]))).toBe(expected);
});

test('the finding shows both sets', () => {
  expect(onlyFinding(rule, single([onNode({ InstanceId: 'ref:Node1', path: '/' })])).message).toBe(
    'prod-general-disk-warning can never ring: it asks for the dimensions (InstanceId, path), and the agent sends (InstanceId, fstype, path).',
  );
});

test.each([
  ['another namespace', { namespace: known('Nodes') }],
  ['a metric that is not measured', { name: known('disk_inodes_free') }],
])('judges %s', (_, more) => {
  const asked = alarm({
    metric: metric({ dimensions: known(EXACT), ...more }),
    watches: known(['prod/control-plane']),
  });
  expect(verdict(rule, single([asked]))).toBe('finding error');
});

test('device is a dimension unless it is dropped; an AutoScalingGroupName of a single instance never is', () => {
  const withDevice = onNode({ ...EXACT, device: 'nvme0n1p1' });
  expect(verdict(rule, single([withDevice], {}, { dropDevice: false }))).toBe('pass');
  const appended = { appendDimensions: ['InstanceId', 'AutoScalingGroupName'] };
  expect(verdict(rule, single([onNode(EXACT)], appended))).toBe('pass');
  expect(verdict(rule, single([onNode({ ...EXACT, AutoScalingGroupName: 'x' })], appended))).toBe(
    'finding error',
  );
});

test('without append_dimensions the agent names the host', () => {
  const hosted = onNode({ host: 'ip-10-0-0-1', fstype: 'ext4', path: '/' });
  expect(verdict(rule, single([hosted], { appendDimensions: [] }))).toBe('pass');
});

test('an aggregate is another set; one that was not read may be', () => {
  const asked = onNode({ InstanceId: 'ref:Node1' });
  expect(verdict(rule, single([asked]))).toBe('finding error');
  expect(verdict(rule, single([asked], { aggregationDimensions: [['InstanceId']] }))).toBe('pass');
  const { namespace, appendDimensions, disk } = configuration({ appendDimensions: ['InstanceId'] });
  const unread = { namespace, appendDimensions, ...(disk !== undefined && { disk }) };
  const facts = single([asked]);
  const agents = [agent({ nodeGroups: known(['prod/control-plane']), configuration: known(unread) })];
  expect(verdict(rule, { ...facts, agents })).toBe('cannot-tell');
  const strange = { ...facts, agents, alarms: [onNode({ Cluster: 'prod' })] };
  expect(verdict(rule, strange)).toBe('finding error');
});

describe('Metrics Insights over a group', () => {
  const group = (query: string) => ({
    nodeGroups: [nodeGroup()],
    agents: [agent()],
    alarms: [queryAlarm(query)],
  });

  test.each([
    ['the exact schema', QUERY, 'pass'],
    ['a schema without fstype', QUERY.replace(' fstype,', ''), 'finding error'],
    ['a schema with device', QUERY.replace('fstype,', 'device, fstype,'), 'finding error'],
    ['no schema', "SELECT MAX(disk_used_percent) FROM CWAgent WHERE path = '/' GROUP BY InstanceId", 'pass'],
    ['no schema, quoted', 'SELECT MAX("disk_used_percent") FROM "CWAgent" GROUP BY InstanceId', 'pass'],
    [
      'no schema, by a key that is never sent',
      'SELECT MAX(disk_used_percent) FROM "CWAgent" GROUP BY device',
      'finding error',
    ],
    ['another path', QUERY.replace("path = '/'", "path = '/data'"), 'finding error'],
    ['another path among others', QUERY.replace("path = '/'", "(path = '/data' OR path = '/')"), 'pass'],
    ['another metric', 'SELECT MAX(headroom_guard_failed) FROM "CWAgent"', 'nothing'],
    ['a query that cannot be read', 'SELECT nonsense', 'cannot-tell'],
  ])('judges %s', (_, query, expected) => {
    expect(verdict(rule, group(query))).toBe(expected);
  });

  test('no agent sends a series over all instances', () => {
    const ofAll = queryAlarm('SELECT MAX(disk_used_percent) FROM SCHEMA("CWAgent", InstanceId)', {
      watches: unknown('x'),
    });
    expect(verdict(rule, { ...group(QUERY), alarms: [ofAll] })).toBe('finding error');
  });
});

test('a metric of maths is asked for like any other', () => {
  const samples = (dimensions: Record<string, string>) =>
    alarm({
      metric: absent,
      expressions: ['inService - FILL(samples, 0) / 5'],
      metrics: [
        {
          id: 'inService',
          namespace: known('AWS/AutoScaling'),
          name: known('GroupInServiceInstances'),
          dimensions: known(dimensions),
          statistic: known('Minimum'),
        },
        {
          id: 'samples',
          namespace: known('CWAgent'),
          name: known('disk_used_percent'),
          dimensions: known(dimensions),
          statistic: known('SampleCount'),
        },
      ],
    });
  const workers = { nodeGroups: [nodeGroup()], agents: [agent()] };
  expect(verdict(rule, { ...workers, alarms: [samples({ AutoScalingGroupName: 'general' })] })).toBe('pass');
  expect(verdict(rule, { ...workers, alarms: [samples({ InstanceId: 'i-1' })] })).toBe('finding error');
});

test.each([
  ['no agent', { agents: [] }, onNode(EXACT), 'cannot-tell'],
  [
    'an agent that cannot be read',
    { agents: [agent({ configuration: unknown('x') })] },
    onNode(EXACT),
    'cannot-tell',
  ],
  ['unknown dimensions', {}, onNode({}, { metric: metric({ dimensions: unknown('x') }) }), 'cannot-tell'],
  ['an unknown metric', {}, onNode({}, { metric: unknown('x') }), 'cannot-tell'],
  ['a node of no template', {}, onNode({ InstanceId: 'i-1' }, { watches: known([]) }), 'cannot-tell'],
  [
    'a metric of EC2',
    {},
    alarm({ metric: metric({ namespace: known('AWS/EC2'), name: known('CPUUtilization') }) }),
    'nothing',
  ],
])('judges %s', (_, more, asked, expected) => {
  expect(verdict(rule, { ...single([asked]), ...more })).toBe(expected);
});
