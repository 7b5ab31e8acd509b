import { absent, known, unknown, type AlarmFacts } from '../../../lib/audit/facts';
import { alarmMissingData as rule } from '../../../lib/audit/rules/alarm-missing-data';
import { alarm, onlyFinding, queryAlarm, silenceAlarm, verdicts } from '../support/facts';

test.each([
  ['breaching', known('breaching'), ['pass']],
  ['missing', known('missing'), ['finding warning']],
  ['notBreaching', known('notBreaching'), ['finding warning']],
  ['the default', absent, ['finding warning']],
  ['unknown', unknown('x'), ['cannot-tell']],
] as const)('silence alarm: %s', (_, treatMissingData, expected) => {
  expect(verdicts(rule, { alarms: [silenceAlarm({ treatMissingData })] })).toEqual(expected);
});

test('maths that fills has no missing data', () => {
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
  expect(verdicts(rule, { alarms: [filled] })).toEqual(['pass']);
});

const level = (treatMissingData: AlarmFacts['treatMissingData'], more: Partial<AlarmFacts> = {}) =>
  alarm({ treatMissingData, ...more });

test.each<[string, AlarmFacts[], string[]]>([
  ['missing', [level(known('missing'))], ['pass']],
  ['the default', [level(absent)], ['pass']],
  ['breaching', [level(known('breaching'))], ['pass']],
  ['notBreaching', [level(known('notBreaching'))], ['finding warning']],
  ['ignore', [level(known('ignore'))], ['finding warning']],
  ['notBreaching, with a silence alarm', [level(known('notBreaching')), silenceAlarm()], ['pass', 'pass']],
  [
    'with one of another group',
    [level(known('notBreaching')), silenceAlarm({ watches: known(['other']) })],
    ['finding warning', 'pass'],
  ],
  [
    'with one of nobody knows whom',
    [level(known('notBreaching')), silenceAlarm({ watches: unknown('x') })],
    ['cannot-tell', 'pass'],
  ],
  [
    'notBreaching on nobody knows whom',
    [level(known('notBreaching'), { watches: unknown('x') })],
    ['cannot-tell'],
  ],
  ['unknown', [level(unknown('x'))], ['cannot-tell']],
  ['unknown, with a silence alarm', [level(unknown('x')), silenceAlarm()], ['pass', 'pass']],
  ['a query', [queryAlarm(undefined, { treatMissingData: known('notBreaching') })], []],
  ['nobody knows what', [alarm({ metric: unknown('x') })], ['cannot-tell']],
])('disk alarm: %s', (_, alarms, expected) => {
  expect(verdicts(rule, { alarms })).toEqual(expected);
});

test('the findings say what happens', () => {
  expect(onlyFinding(rule, { alarms: [level(known('notBreaching'))] }).message).toBe(
    'prod-general-disk-warning is OK when nothing is measured (notBreaching), and no silence alarm watches the same nodes.',
  );
  expect(onlyFinding(rule, { alarms: [silenceAlarm({ treatMissingData: absent })] }).message).toContain(
    'treats missing data as missing (the default)',
  );
});
