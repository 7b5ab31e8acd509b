import fc from 'fast-check';
import type { DeclaredVolume } from '../../../lib/domain/sizing/declared-size';
import { fullerOf } from '../../../lib/domain/names/disk-metric';
import {
  BACK_OFF_MS,
  sweep,
  type SweepFacts,
  type SweepFinding,
  type SweptExecution,
  type SweptNode,
} from '../../../lib/domain/sweep/sweep';
import { VERDICTS } from '../../../lib/domain/outcome/verdict';
import { INSTANCE, NOW_MS, policy } from '../fixtures';

const MINUTE_MS = 60_000;
const ago = (minutes: number): number => NOW_MS - minutes * MINUTE_MS;
const sample = (usedPercent: number, minutes = 1) => ({ atMs: ago(minutes), usedPercent });
const node = (samples: SweptNode['samples'], more: Partial<SweptNode> = {}): SweptNode => ({
  instanceId: INSTANCE,
  nodeGroup: 'control-plane',
  launchedAtMs: ago(10_000),
  samples,
  ...more,
});
/** Began 10 minutes before it ended. */
const ended = (minutes: number, more: Partial<SweptExecution> = {}): SweptExecution => ({
  instanceId: INSTANCE,
  startedAtMs: ago(minutes + 10),
  endedAtMs: ago(minutes),
  status: 'Success',
  verdict: 'healed',
  ...more,
});
const alarm = (minutes: number) => ({
  alarmName: 'headroom-prod-control-plane-1-disk-critical',
  instanceId: INSTANCE,
  sinceMs: ago(minutes),
});
const swept = (facts: Partial<SweepFacts>): readonly SweepFinding[] =>
  sweep({ nodes: [], executions: [], alarms: [], pauses: [], ...facts }, policy, NOW_MS);
const kinds = (facts: Partial<SweepFacts>): string[] => swept(facts).map(({ finding }) => finding);

test('a node over a level that nobody heals, with its figures', () => {
  expect(swept({ nodes: [node([sample(40, 30), sample(91)])] })).toEqual([
    {
      instanceId: INSTANCE,
      nodeGroup: 'control-plane',
      finding: 'over-level',
      reason: '/ is at 91 %, level critical, and no healing is running',
      usedPercent: 91,
    },
  ]);
});

test('the warning itself is over the level, just below it is not', () => {
  expect(kinds({ nodes: [node([sample(80)])] })).toEqual(['over-level']);
  expect(kinds({ nodes: [node([sample(79.9)])] })).toEqual([]);
});

test('a node with an execution in flight is left alone, whatever it looks like', () => {
  const executions = [{ ...ended(1), endedAtMs: undefined, status: 'InProgress' }];
  expect(kinds({ nodes: [node([sample(100)])], executions })).toEqual([]);
  expect(kinds({ nodes: [node([])], executions, alarms: [alarm(5)] })).toEqual([]);
});

describe('silence', () => {
  test('no measurement for ten minutes, or none at all, is a finding: unknown is never fine', () => {
    expect(swept({ nodes: [node([sample(40, 11)])] })).toMatchObject([
      { finding: 'silent', reason: '/ was last measured 11 min ago, at 40 %', usedPercent: null },
    ]);
    expect(kinds({ nodes: [node([])] })).toEqual(['silent']);
    expect(kinds({ nodes: [node([], { launchedAtMs: undefined })] })).toEqual(['silent']);
  });

  test('a new node gets time to install its agents, and to get their configuration half an hour later', () => {
    expect(kinds({ nodes: [node([], { launchedAtMs: ago(59) })] })).toEqual([]);
    expect(kinds({ nodes: [node([], { launchedAtMs: ago(60) })] })).toEqual(['silent']);
  });

  test('one that was measured and fell silent gets less', () => {
    expect(kinds({ nodes: [node([sample(40, 12)], { launchedAtMs: ago(14) })] })).toEqual([]);
    expect(kinds({ nodes: [node([sample(40, 12)], { launchedAtMs: ago(16) })] })).toEqual(['silent']);
  });

  test('is healed once an hour, however the healing ended', () => {
    for (const status of ['Success', 'Failed']) {
      expect(kinds({ nodes: [node([])], executions: [ended(59, { status })] })).toEqual([]);
      expect(kinds({ nodes: [node([])], executions: [ended(61, { status })] })).toEqual(['silent']);
    }
  });
});

describe('after a healing', () => {
  test('what was measured before its end says nothing', () => {
    const nodes = [node([sample(97, 3)])];
    expect(kinds({ nodes, executions: [ended(2)] })).toEqual([]);
    expect(kinds({ nodes, executions: [ended(4)] })).toEqual(['over-level']);
  });

  test.each<[string, Partial<SweptExecution>]>([
    ['called a person', { verdict: 'escalated' }],
    ['called a person after a step that failed', { status: 'Failed', verdict: 'escalated' }],
    ['ended without a verdict', { verdict: undefined }],
    ['failed', { status: 'Failed', verdict: undefined }],
    ['ran out of time', { status: 'TimedOut', verdict: undefined }],
    ['was cancelled', { status: 'Cancelled', verdict: undefined }],
  ])('one that %s is half-healed an hour later, not before', (_, more) => {
    const nodes = [node([sample(91, 70), sample(91, 50), sample(91)])];
    expect(kinds({ nodes, executions: [ended(59, more)] })).toEqual([]);
    expect(kinds({ nodes, executions: [ended(61, more)] })).toEqual(['half-healed']);
  });

  test('a level more ends the back-off at once, more of the same does not', () => {
    const executions = [ended(5, { verdict: 'escalated' })];
    expect(kinds({ nodes: [node([sample(85, 8), sample(89)])], executions })).toEqual([]);
    expect(kinds({ nodes: [node([sample(85, 8), sample(90)])], executions })).toEqual(['half-healed']);
  });

  test('an alarm does not end it either', () => {
    const executions = [ended(5, { verdict: 'escalated' })];
    expect(kinds({ nodes: [node([sample(85, 8), sample(85)])], executions, alarms: [alarm(2)] })).toEqual([]);
  });

  test('the last one counts', () => {
    const nodes = [node([sample(91)])];
    const executions = [ended(30, { status: 'Failed', verdict: undefined }), ended(3)];
    expect(kinds({ nodes, executions })).toEqual(['over-level']);
    expect(kinds({ nodes, executions: [...executions].reverse() })).toEqual(['over-level']);
  });
});

describe('one that waits', () => {
  const waiting = (untilMinutes: number | undefined, more: Partial<SweptExecution> = {}) => [
    ended(300, {
      ...{ verdict: 'waiting' as const, ...more },
      ...(untilMinutes !== undefined && { waitsUntilMs: ago(untilMinutes) }),
    }),
  ];

  test('is looked at again when it is due, not before, whatever an alarm says', () => {
    const nodes = [node([sample(85, 305), sample(86)])];
    expect(kinds({ nodes, executions: waiting(-1), alarms: [alarm(2)] })).toEqual([]);
    expect(swept({ nodes, executions: waiting(0) })).toMatchObject([
      {
        finding: 'over-level',
        reason: '/ is at 86 %, level warning, and its last healing waited until now',
      },
    ]);
  });

  test('is looked at sooner when it has climbed a level: it may not live to see that time', () => {
    expect(kinds({ nodes: [node([sample(85, 305), sample(90)])], executions: waiting(-60) })).toEqual([
      'over-level',
    ]);
  });

  test('that its owner answered for is looked at when it is worse by a level than it was then, hours later too', () => {
    for (const verdict of ['observed', 'denied'] as const) {
      const at = (used: number) =>
        kinds({
          nodes: [node([sample(used)])],
          executions: waiting(-60, { verdict, usedPercent: 82 }),
        });
      expect([at(83), at(97)]).toEqual([[], ['over-level']]);
    }
  });

  test('that was healed too often is left alone until it may be healed again, and not for an hour alone', () => {
    const nodes = [node([sample(91, 305), sample(91)])];
    const rested = (untilMinutes: number) => waiting(untilMinutes, { verdict: 'escalated' });
    expect(kinds({ nodes, executions: rested(-1), alarms: [alarm(2)] })).toEqual([]);
    expect(kinds({ nodes, executions: rested(0) })).toEqual(['half-healed']);
    expect(kinds({ nodes: [node([])], executions: rested(-1) })).toEqual([]);
    expect(kinds({ nodes: [node([])], executions: rested(0) })).toEqual(['silent']);
  });

  test('is looked at at the emergency level, even where the level of then is not known any more', () => {
    expect(kinds({ nodes: [node([sample(94)])], executions: waiting(-60) })).toEqual([]);
    expect(kinds({ nodes: [node([sample(95)])], executions: waiting(-60) })).toEqual(['over-level']);
  });

  test('waits an hour when it does not say until when', () => {
    const nodes = [node([sample(85, 65), sample(86)])];
    const since = (minutes: number) => [ended(minutes, { verdict: 'waiting' })];
    expect(kinds({ nodes, executions: since(59) })).toEqual([]);
    expect(kinds({ nodes, executions: since(61) })).toEqual(['over-level']);
  });

  test('is no failure: a step that EBS refused leaves the execution Failed', () => {
    const nodes = [node([sample(85, 305), sample(86)])];
    expect(kinds({ nodes, executions: waiting(-1, { status: 'Failed' }) })).toEqual([]);
    expect(kinds({ nodes, executions: waiting(0, { status: 'Failed' }) })).toEqual(['over-level']);
  });
});

test('leaves a terminating node alone for an hour, however full it gets', () => {
  const nodes = [node([sample(85, 65), sample(100)])];
  expect(kinds({ nodes, executions: [ended(59, { verdict: 'gone' })] })).toEqual([]);
  expect(kinds({ nodes, executions: [ended(61, { verdict: 'gone' })] })).toEqual(['over-level']);
});

describe('alarms', () => {
  test('reports an alarm without an execution rather than the level', () => {
    expect(swept({ nodes: [node([sample(91)])], alarms: [alarm(7)] })).toMatchObject([
      {
        finding: 'alarm-without-execution',
        reason: expect.stringContaining('has been in ALARM for 7 min') as string,
      },
    ]);
  });

  test('one that fell before the last execution began has had its healing', () => {
    expect(kinds({ nodes: [node([sample(50)])], alarms: [alarm(20)], executions: [ended(5)] })).toEqual([]);
  });

  test('ignores the alarm of a node that is gone', () => {
    expect(
      kinds({ nodes: [node([sample(50)], { instanceId: 'i-0ff99ee88dd77cc66' })], alarms: [alarm(7)] }),
    ).toEqual([]);
  });
});

test('inodes count as bytes do, the fuller of the two; a total of 0 counts no inodes', () => {
  const at = (value: number) => [{ atMs: 1, value }];
  expect(fullerOf(at(50), at(90), at(100))).toEqual([{ atMs: 1, usedPercent: 90 }]);
  expect(fullerOf(at(50), at(90), at(0))).toEqual([{ atMs: 1, usedPercent: 50 }]);
  expect(fullerOf([], at(90), at(100))).toEqual([{ atMs: 1, usedPercent: 90 }]);
  expect(fullerOf(at(NaN), at(90), [])).toEqual([]);
});

describe('properties', () => {
  const IDS = [INSTANCE, 'i-0ff99ee88dd77cc66'];
  const times = fc.integer({ min: ago(180), max: NOW_MS });
  const facts: fc.Arbitrary<SweepFacts> = fc.record({
    nodes: fc.uniqueArray(
      fc.record({
        instanceId: fc.constantFrom(...IDS),
        nodeGroup: fc.constant('general'),
        launchedAtMs: fc.option(times, { nil: undefined }),
        samples: fc.array(
          fc.record({ atMs: times, usedPercent: fc.double({ min: 0, max: 100, noNaN: true }) }),
          { maxLength: 8 },
        ),
      }),
      { selector: ({ instanceId }) => instanceId },
    ),
    executions: fc.array(
      fc
        .record({
          instanceId: fc.constantFrom(...IDS),
          startedAtMs: times,
          status: fc.constantFrom('Success', 'Failed', 'TimedOut', 'Cancelled'),
          verdict: fc.option(fc.constantFrom(...VERDICTS), { nil: undefined }),
          waitsUntilMs: fc.option(fc.integer({ min: ago(60), max: ago(-60) }), { nil: undefined }),
          lastedMs: fc.option(fc.integer({ min: 0, max: 60 * MINUTE_MS }), { nil: undefined, freq: 6 }),
        })
        .map(({ lastedMs, ...each }) => ({
          ...each,
          endedAtMs: lastedMs === undefined ? undefined : Math.min(NOW_MS, each.startedAtMs + lastedMs),
        })),
      { maxLength: 4 },
    ),
    alarms: fc.array(
      fc.record({ alarmName: fc.constant('a'), instanceId: fc.constantFrom(...IDS), sinceMs: times }),
      { maxLength: 2 },
    ),
    pauses: fc.constant([]),
  });

  test('one finding a node at most, none in flight, none twice within the back-off without a worse level', () => {
    fc.assert(
      fc.property(facts, (drawn) => {
        const found = swept(drawn);
        expect(new Set(found.map(({ instanceId }) => instanceId)).size).toBe(found.length);
        for (const { instanceId, finding, reason, usedPercent } of found) {
          const own = drawn.executions.filter((each) => each.instanceId === instanceId);
          expect(own.every(({ endedAtMs }) => endedAtMs !== undefined)).toBe(true);
          expect(reason).not.toMatch(/undefined|NaN/);
          if (finding === 'silent') {
            expect(usedPercent).toBeNull();
            expect(own.every(({ endedAtMs = 0 }) => endedAtMs <= NOW_MS - BACK_OFF_MS)).toBe(true);
          }
        }
      }),
      { numRuns: 1_000 },
    );
  });

  test('a node that is known to be over the level and was never healed is always found', () => {
    fc.assert(
      fc.property(facts, fc.double({ min: 80, max: 100, noNaN: true }), (drawn, usedPercent) => {
        const nodes = [node([{ atMs: NOW_MS, usedPercent }])];
        expect(swept({ ...drawn, nodes, executions: [] })).toHaveLength(1);
      }),
    );
  });

  test('the order of the facts does not matter', () => {
    fc.assert(
      fc.property(facts, (drawn) => {
        const reversed: SweepFacts = {
          nodes: drawn.nodes.map((each) => ({ ...each, samples: [...each.samples] })),
          executions: [...drawn.executions].reverse(),
          alarms: drawn.alarms,
          pauses: drawn.pauses,
        };
        const ends = drawn.executions.map(({ endedAtMs }) => endedAtMs);
        fc.pre(new Set(ends).size === ends.length);
        expect(swept(reversed)).toEqual(swept(drawn));
      }),
    );
  });
});

describe('declared sizes', () => {
  const volume = (sizeGiB: number, modifications: DeclaredVolume['modifications'] = []): DeclaredVolume => ({
    ...{ volumeId: 'vol-0123456789abcdef0', sizeGiB, declaredSizeGiB: 40, modifications },
  });
  const modified = (state: 'optimizing' | 'completed' | 'failed', minutes: number) => ({
    ...{ state, startedAtMs: ago(minutes), targetSizeGiB: 40, progressPercent: 50 },
  });
  const well = (own: DeclaredVolume | undefined, more: Partial<SweptNode> = {}) =>
    node([sample(40)], { volume: own, ...more });

  test.each<[string, DeclaredVolume | undefined, readonly string[]]>([
    ['one GiB less', volume(39), ['below-declared-size']],
    ['the size itself', volume(40), []],
    ['more, since healing grew it', volume(41), []],
    ['not known', undefined, []],
    ['less, while EBS is at work on it', volume(20, [modified('optimizing', 5)]), []],
    [
      'less, after a modification that is over',
      volume(20, [modified('completed', 5)]),
      ['below-declared-size'],
    ],
    [
      'less, after four of today',
      volume(
        20,
        [1, 2, 3, 4].map((hours) => modified('completed', hours * 60)),
      ),
      [],
    ],
  ])('%s', (_, own, expected) => {
    expect(kinds({ nodes: [well(own)] })).toEqual(expected);
  });

  test('a full disk, silence and an execution in flight come first', () => {
    expect(kinds({ nodes: [node([sample(85)], { volume: volume(20) })] })).toEqual(['over-level']);
    expect(kinds({ nodes: [node([], { volume: volume(20) })] })).toEqual(['silent']);
    const executions = [{ ...ended(1), endedAtMs: undefined, status: 'InProgress' }];
    expect(kinds({ nodes: [well(volume(20))], executions })).toEqual([]);
  });

  test('a node that boots for the first time is left alone for 15 minutes', () => {
    expect(kinds({ nodes: [well(volume(20), { launchedAtMs: ago(14) })] })).toEqual([]);
    expect(kinds({ nodes: [well(volume(20), { launchedAtMs: ago(16) })] })).toEqual(['below-declared-size']);
  });

  test('retries 15 minutes after a healing, and an hour after an escalation', () => {
    const nodes = [node([sample(40, 0)], { volume: volume(20) })];
    expect(kinds({ nodes, executions: [ended(14)] })).toEqual([]);
    expect(kinds({ nodes, executions: [ended(16)] })).toEqual(['below-declared-size']);
    expect(kinds({ nodes, executions: [ended(59, { verdict: 'escalated' })] })).toEqual([]);
    expect(kinds({ nodes, executions: [ended(61, { verdict: 'escalated' })] })).toEqual([
      'below-declared-size',
    ]);
  });

  test('a volume that was grown by a healing that then failed: perhaps its filesystem was not', () => {
    const nodes = [well(volume(40, [modified('optimizing', 70)]))];
    expect(swept({ nodes, executions: [ended(61, { status: 'Failed', verdict: undefined })] })).toMatchObject(
      [
        {
          finding: 'below-declared-size',
          reason: expect.stringMatching(/was grown to 40 GiB recently/) as string,
        },
      ],
    );
    expect(kinds({ nodes, executions: [ended(61)] })).toEqual([]);
    const failed = [well(volume(40, [modified('failed', 70)]))];
    expect(
      kinds({ nodes: failed, executions: [ended(61, { status: 'Failed', verdict: undefined })] }),
    ).toEqual([]);
  });
});
