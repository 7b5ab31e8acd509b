import { absent, known, unknown, type AlarmFacts } from '../../../lib/audit/facts';
import { nodeGroupWithoutSilenceAlarm as rule } from '../../../lib/audit/rules/node-group-without-silence-alarm';
import { alarm, metric, nodeGroup, queryAlarm, silenceAlarm, verdict } from '../support/facts';

const counted = {
  namespace: known('CWAgent'),
  name: known('disk_used_percent'),
  dimensions: known({ AutoScalingGroupName: 'general' }),
  statistic: known('SampleCount'),
};
const maths = (more: Partial<AlarmFacts> = {}) =>
  alarm({
    name: known('general-watch'),
    metric: absent,
    expressions: ['inService - FILL(samples, 0) / 5'],
    metrics: [{ ...counted, id: 'samples' }],
    ...more,
  });
/** As of a reader that does not read the metrics of maths. */
const withoutMetrics = (one: AlarmFacts): AlarmFacts =>
  Object.fromEntries(Object.entries(one).filter(([key]) => key !== 'metrics')) as unknown as AlarmFacts;

test.each<[string, AlarmFacts[], string]>([
  [
    'of any metric of the agent',
    [silenceAlarm({ metric: metric({ name: known('mem_used_percent') }) })],
    'pass',
  ],
  ['maths that fills what is missing', [maths()], 'pass'],
  ['a disk alarm that rings for missing data', [alarm({ treatMissingData: known('breaching') })], 'pass'],
  ['maths, named after silence', [withoutMetrics(maths({ name: known('general-silent') }))], 'pass'],
  ['maths that was not read', [withoutMetrics(maths())], 'cannot-tell'],
  ['a disk alarm', [alarm()], 'finding warning'],
  [
    'a query, which drops silent series',
    [queryAlarm(undefined, { treatMissingData: known('breaching') })],
    'finding warning',
  ],
  ['one on unknown nodes', [silenceAlarm({ watches: unknown('x') })], 'cannot-tell'],
  ['an unknown comparison', [silenceAlarm({ comparison: unknown('x') })], 'cannot-tell'],
])('judges %s', (_, alarms, expected) => {
  expect(verdict(rule, { nodeGroups: [nodeGroup()], alarms })).toBe(expected);
});

test('elsewhere than on Kubernetes it is a note', () => {
  expect(verdict(rule, { nodeGroups: [nodeGroup({ role: 'unknown' })] })).toBe('finding note');
});
