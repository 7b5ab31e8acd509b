import { absent, known, unknown, type AlarmFacts, type NodeGroupFacts } from '../../../lib/audit/facts';
import { nodeGroupWithoutDiskAlarm as rule } from '../../../lib/audit/rules/node-group-without-disk-alarm';
import {
  alarm,
  controlPlane,
  metric,
  nodeGroup,
  onlyFinding,
  queryAlarm,
  silenceAlarm,
  verdict,
} from '../support/facts';

const named = (name: string, more: Partial<AlarmFacts> = {}) =>
  alarm({ metric: metric({ name: known(name) }), ...more });

test.each<[string, AlarmFacts[], string]>([
  ['an alarm', [alarm()], 'pass'],
  ['a query', [queryAlarm()], 'pass'],
  ['free space', [named('disk_free', { comparison: known('LessThanThreshold') })], 'pass'],
  ['Container Insights', [named('node_filesystem_utilization')], 'pass'],
  ['none', [], 'finding error'],
  ['an alarm of another group', [alarm({ watches: known(['prod/other']) })], 'finding error'],
  ['a silence alarm only', [silenceAlarm()], 'finding error'],
  ['CPU', [named('cpu_usage_active')], 'finding error'],
  ['inodes alone', [named('disk_inodes_free')], 'finding error'],
  [
    'EC2’s own disk operations',
    [alarm({ metric: metric({ namespace: known('AWS/EC2'), name: known('DiskReadOps') }) })],
    'finding error',
  ],
  ['an alarm on unknown nodes', [alarm({ watches: unknown('x') })], 'cannot-tell'],
  ['an alarm on an unknown metric', [alarm({ metric: unknown('x') })], 'cannot-tell'],
  ['maths that was not read', [alarm({ metric: absent, expressions: ['m1 / m2'] })], 'cannot-tell'],
])('judges %s', (_, alarms, expected) => {
  expect(verdict(rule, { nodeGroups: [nodeGroup()], alarms })).toBe(expected);
});

test('every single instance wants an alarm', () => {
  const of = (...ids: string[]) =>
    ids.map((InstanceId) =>
      alarm({
        metric: metric({ dimensions: known({ InstanceId }) }),
        watches: known(['prod/control-plane']),
      }),
    );
  const nodeGroups = [controlPlane()];
  expect(verdict(rule, { nodeGroups, alarms: of('a', 'b', 'c') })).toBe('pass');
  const found = onlyFinding(rule, { nodeGroups, alarms: of('a', 'b', 'b') });
  expect(found.message).toBe(
    'No alarm of the templates watches the disk of 1 of the 3 nodes of control-plane.',
  );
});

test.each<[string, Partial<NodeGroupFacts>, string]>([
  ['no Kubernetes node', { role: 'unknown' }, 'finding warning'],
  ['a launch template that nothing uses', { kind: 'launch-template' }, 'cannot-tell'],
])('judges %s', (_, more, expected) => {
  expect(verdict(rule, { nodeGroups: [nodeGroup(more)] })).toBe(expected);
});
