import { absent, known, unknown, type AlarmFacts } from '../../../lib/audit/facts';
import { alarmMissingData as rule } from '../../../lib/audit/rules/alarm-missing-data';
import { alarm, metric, onlyFinding, queryAlarm, silenceAlarm, verdict } from '../support/facts';

test.each([
  ['notBreaching', known('notBreaching'), 'finding warning'],
  ['the default', absent, 'finding warning'],
  ['unknown', unknown('x'), 'cannot-tell'],
] as const)('silence alarm: %s', (_, treatMissingData, expected) => {
  expect(verdict(rule, { alarms: [silenceAlarm({ treatMissingData })] })).toBe(expected);
});

test('metric maths that fills leaves no missing data', () => {
  const filled = alarm({
    name: known('silent'),
    metric: absent,
    expressions: ['FILL(samples, 0)'],
    metrics: [
      {
        id: 'samples',
        namespace: known('CWAgent'),
        name: known('disk_used_percent'),
        dimensions: known({}),
        statistic: known('SampleCount'),
      },
    ],
  });
  expect(verdict(rule, { alarms: [filled] })).toBe('pass');
});

/** A series of another node. */
const elsewhere = metric({ dimensions: known({ InstanceId: 'ref:Node2' }) });

const level = (treatMissingData: AlarmFacts['treatMissingData'], more: Partial<AlarmFacts> = {}) =>
  alarm({ treatMissingData, ...more });

test.each<[string, AlarmFacts[], string]>([
  ['missing', [level(known('missing'))], 'finding warning'],
  ['the default', [level(absent)], 'finding warning'],
  ['missing, with a silence alarm', [level(known('missing')), silenceAlarm()], 'pass, pass'],
  ['the default, with a silence alarm', [level(absent), silenceAlarm()], 'pass, pass'],
  ['breaching', [level(known('breaching'))], 'pass'],
  ['notBreaching', [level(known('notBreaching'))], 'finding warning'],
  ['ignore', [level(known('ignore'))], 'finding warning'],
  ['notBreaching, with a silence alarm', [level(known('notBreaching')), silenceAlarm()], 'pass, pass'],
  [
    'with one of another group',
    [level(known('notBreaching')), silenceAlarm({ watches: known(['other']), metric: elsewhere })],
    'finding warning, pass',
  ],
  [
    'with one of unknown nodes',
    [level(known('notBreaching')), silenceAlarm({ watches: unknown('x'), metric: elsewhere })],
    'cannot-tell, pass',
  ],
  [
    'on unknown nodes, and no silence alarm at all',
    [level(known('notBreaching'), { watches: unknown('x') })],
    'finding warning',
  ],
  [
    'on unknown nodes, and a silence alarm on another node',
    [level(known('notBreaching'), { watches: unknown('x') }), silenceAlarm({ metric: elsewhere })],
    'cannot-tell, pass',
  ],
  [
    'beside an alarm whose metric is unknown',
    [level(absent), alarm({ metric: unknown('x') })],
    'cannot-tell, cannot-tell',
  ],
  [
    'on a node of no template, with a silence alarm on the same',
    [level(absent, { watches: known([]) }), silenceAlarm({ watches: known([]) })],
    'pass, pass',
  ],
  [
    'on a node of no template, with a silence alarm on another',
    [level(absent, { watches: known([]) }), silenceAlarm({ watches: known([]), metric: elsewhere })],
    'finding warning, pass',
  ],
  ['unknown', [level(unknown('x'))], 'cannot-tell'],
  ['unknown, with a silence alarm', [level(unknown('x')), silenceAlarm()], 'pass, pass'],
  ['a query', [queryAlarm(undefined, { treatMissingData: known('notBreaching') })], 'nothing'],
  ['an unknown metric', [alarm({ metric: unknown('x') })], 'cannot-tell'],
])('disk alarm: %s', (_, alarms, expected) => {
  expect(verdict(rule, { alarms })).toBe(expected);
});

test('the findings say what happens', () => {
  expect(onlyFinding(rule, { alarms: [level(known('notBreaching'))] }).message).toBe(
    'prod-general-disk-warning is OK when nothing is measured (notBreaching), and no silence alarm watches the same nodes.',
  );
  expect(onlyFinding(rule, { alarms: [level(absent)] }).message).toBe(
    'prod-general-disk-warning goes to INSUFFICIENT_DATA, which notifies no one, when nothing is measured (missing, the default), and no silence alarm watches the same nodes.',
  );
  expect(onlyFinding(rule, { alarms: [silenceAlarm({ treatMissingData: absent })] }).message).toContain(
    'treats missing data as missing, the default: a silent node',
  );
});
