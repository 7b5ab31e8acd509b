import fc from 'fast-check';
import type { VolumeModification } from '../../../lib/domain/plan/ebs-budget';
import { known, unknown } from '../../../lib/domain/known';
import type { UsageHistory } from '../../../lib/domain/plan/observation';
import { PLAN_STRENGTH } from '../../../lib/domain/plan/plan';
import {
  planOutOfBand,
  type OutOfBandObservation,
  type OutOfBandPlan,
} from '../../../lib/domain/plan/plan-out-of-band';
import type { Permission } from '../../../lib/domain/operate/quorum';
import { INSTANCE, NOW_MS, VOLUME, policy } from '../fixtures';

const MINUTE_MS = 60_000;
const YES: Permission = { allowed: true };
const NO: Permission = { allowed: false, why: 'another control-plane node is not healthy' };

const observed = (more: Partial<OutOfBandObservation> = {}): OutOfBandObservation => ({
  instanceId: INSTANCE,
  standing: 'ours',
  state: 'running',
  nodeGroup: 'control-plane',
  volume: known({ volumeId: VOLUME, sizeGiB: 20 }),
  modifications: known([]),
  lowestSinceModified: known(undefined),
  ...more,
});
const at = (usedPercent: number, minutesAgo = 1) =>
  known([
    { atMs: NOW_MS - 60 * MINUTE_MS, usedPercent: 40 },
    { atMs: NOW_MS - minutesAgo * MINUTE_MS, usedPercent },
  ]);
const modified = (minutesAgo: number, state: VolumeModification['state']) =>
  observed({
    modifications: known([
      {
        state,
        startedAtMs: NOW_MS - minutesAgo * MINUTE_MS,
        targetSizeGiB: 40,
        progressPercent: undefined,
      },
    ]),
  });
const decide = (seen = observed(), history: UsageHistory = at(97), may: Permission = YES): OutOfBandPlan =>
  planOutOfBand(seen, policy, history, may, NOW_MS);

test('buys, then reboots, when the disk is full and the agent is dead', () => {
  expect(decide()).toEqual({
    kind: 'grow',
    reason: expect.stringMatching(
      /does not run commands; \/ was at 97 % 1 min ago.*from 20 to \d+ GiB/,
    ) as string,
    volumeId: VOLUME,
    currentSizeGiB: 20,
    targetSizeGiB: expect.any(Number) as number,
    mayWait: false,
  });
});

test('decides by the last measurement, even an old one: a full disk stops the agent too', () => {
  expect(decide(observed(), at(97, 50)).kind).toBe('grow');
});

test.each<[string, OutOfBandPlan, string]>([
  ['nothing was measured', decide(observed(), known([])), 'no recent measurement'],
  ['the measurements are unknown', decide(observed(), unknown('throttled')), 'throttled'],
  ['the disk is not the cause', decide(observed(), at(79)), 'not known to be the cause'],
  ['quorum would not hold', decide(observed(), at(97), NO), 'must not be rebooted now: another'],
  ['it does not run', decide(observed({ state: 'stopped' })), 'the instance is stopped'],
  ['no group replaces it', decide(observed({ standing: 'lost', state: 'terminated' })), 'replace it by hand'],
  ['it is not ours', decide(observed({ standing: 'not-ours' })), 'not tagged headroom:environment with'],
  ['its group is unknown', decide(observed({ nodeGroup: undefined })), 'no headroom:node-group tag'],
  ['its volume is unknown', decide(observed({ volume: unknown('throttled') })), 'throttled'],
  ['its modifications are unknown', decide(observed({ modifications: unknown('throttled') })), 'throttled'],
  [
    'it is at its cap',
    decide(observed({ volume: known({ volumeId: VOLUME, sizeGiB: 100 }) })),
    'the cap (maxSizeGiB)',
  ],
  [
    'its volume completes no I/O',
    decide(observed({ attachedEbsStatus: known('impaired') })),
    'attached EBS status check is impaired',
  ],
  [
    'its volume completes no I/O, whatever was bought minutes ago',
    decide({ ...modified(5, 'optimizing'), attachedEbsStatus: known('impaired') }),
    'nothing is bought for it',
  ],
  ['it was grown, rebooted and is full all the same', decide(modified(50, 'completed')), 'did not help'],
])('escalates when %s', (_, decided, why) => {
  expect(decided).toEqual({ kind: 'escalate', reason: expect.stringContaining(why) as string });
});

test.each([known('ok'), known('insufficient-data'), known('not-applicable'), known(undefined), unknown('x')])(
  'an attached EBS status check that is not impaired is nothing against it: %j',
  (attachedEbsStatus) => expect(decide(observed({ attachedEbsStatus })).kind).toBe('grow'),
);

test.each(['modifying', 'optimizing', 'completed'] as const)(
  'what was bought minutes ago (%s) is put to use by a reboot, and nothing is bought',
  (state) => {
    expect(decide(modified(5, state))).toMatchObject({ kind: 'extend', targetSizeGiB: 40 });
  },
);

test('waits for a modification of yesterday that still runs, or escalates if the disk is nearly full', () => {
  const slow = known([60, 1].map((minutes) => ({ atMs: NOW_MS - minutes * MINUTE_MS, usedPercent: 90 })));
  expect(decide(modified(10 * 60, 'optimizing'), slow).kind).toBe('wait');
  expect(decide(modified(10 * 60, 'optimizing'), at(90)).kind).toBe('escalate');
  expect(decide(modified(10 * 60, 'optimizing'), at(97)).kind).toBe('escalate');
});

test('buys nothing for a terminating node and notifies no one', () => {
  expect(decide(observed({ standing: 'gone', state: 'shutting-down' }))).toMatchObject({ kind: 'gone' });
});

describe('an earlier purchase', () => {
  const HOURS_7 = 7 * 60;
  const after = (lowest: OutOfBandObservation['lowestSinceModified'], minutes = HOURS_7): OutOfBandPlan =>
    decide({ ...modified(minutes, 'completed'), lowestSinceModified: lowest });

  test('allows the next one if it brought / below the warning level', () => {
    expect(after(known(79.9)).kind).toBe('grow');
  });

  test.each([known(80), known(97), known(undefined), unknown('throttled')])(
    'that had no known effect (%j) stops the next one',
    (lowest) => {
      expect(after(lowest)).toMatchObject({
        kind: 'escalate',
        reason: expect.stringMatching(/may never have grown|an effect is unknown/) as string,
      });
    },
  );

  test('is ignored if it changed performance only, or is beyond the look-back', () => {
    const performance = observed({
      modifications: known([
        {
          state: 'completed',
          startedAtMs: NOW_MS - HOURS_7 * MINUTE_MS,
          ...{ originalSizeGiB: 20, targetSizeGiB: 20, progressPercent: 100 },
        },
      ]),
    });
    expect(decide(performance).kind).toBe('grow');
    expect(after(known(undefined), 8 * 24 * 60).kind).toBe('grow');
  });
});

describe('properties', () => {
  const observations: fc.Arbitrary<OutOfBandObservation> = fc.record({
    instanceId: fc.constant(INSTANCE),
    standing: fc.constantFrom(
      'ours' as const,
      'ours' as const,
      'ours' as const,
      'gone' as const,
      'unknown' as const,
    ),
    state: fc.constantFrom('running', 'running', 'running', 'stopped'),
    nodeGroup: fc.constant('control-plane'),
    lowestSinceModified: fc.oneof(
      fc.integer({ min: 40, max: 100 }).map(known),
      fc.constant(known(undefined)),
      fc.constant(unknown('not told')),
    ),
    volume: fc.oneof(
      fc.integer({ min: 1, max: 150 }).map((sizeGiB) => known({ volumeId: VOLUME, sizeGiB })),
      fc.constant(unknown('not told')),
    ),
    modifications: fc.oneof(
      fc.constant(known([])),
      fc.constant(unknown('not told')),
      fc
        .record({
          state: fc.constantFrom('modifying', 'optimizing', 'completed', 'failed', 'unknown'),
          // Half of them young: an extension follows only those of the last 45 minutes.
          startedAtMs: fc.option(
            fc.oneof(
              fc.integer({ min: NOW_MS - 2e8, max: NOW_MS }),
              fc.integer({ min: NOW_MS - 3e6, max: NOW_MS }),
            ),
            { nil: undefined },
          ),
          targetSizeGiB: fc.option(fc.integer({ min: 1, max: 150 }), { nil: undefined }),
          progressPercent: fc.constant(undefined),
        })
        .map((one) => known([one])),
      // Long under way, which the draw above hits too seldom to count on: then there is nothing to do but wait.
      fc
        .record({
          state: fc.constantFrom('modifying', 'optimizing'),
          startedAtMs: fc.integer({ min: NOW_MS - 2e8, max: NOW_MS - 3e7 }),
          targetSizeGiB: fc.integer({ min: 1, max: 150 }),
          progressPercent: fc.constant(undefined),
        })
        .map((one) => known([one])),
    ),
  });
  const histories = fc.oneof(
    fc
      .array(
        fc.record({
          atMs: fc.integer({ min: NOW_MS - 2e7, max: NOW_MS }),
          usedPercent: fc.double({ min: 60, max: 100, noNaN: true }),
        }),
        { maxLength: 5 },
      )
      .map(known),
    fc.constant(unknown('not told')),
  );
  const permissions = fc.constantFrom(YES, YES, NO);

  test('never exceeds the cap, acts without need or against quorum, and always gives a reason', () => {
    const kinds = new Set<string>();
    fc.assert(
      fc.property(observations, histories, permissions, (seen, history, may) => {
        const decided = planOutOfBand(seen, policy, history, may, NOW_MS);
        kinds.add(decided.kind);
        expect(decided.reason.length).toBeGreaterThan(20);
        expect(decided.reason).not.toMatch(/undefined|NaN|\[object/);
        expect(planOutOfBand(structuredClone(seen), policy, structuredClone(history), may, NOW_MS)).toEqual(
          decided,
        );
        if (decided.kind !== 'grow' && decided.kind !== 'extend') return;
        expect([may.allowed, seen.standing, seen.state]).toEqual([true, 'ours', 'running']);
        const samples = history.known ? [...history.value] : [];
        const last = samples.sort((a, b) => a.atMs - b.atMs).at(-1)?.atMs;
        expect(
          Math.max(...samples.filter(({ atMs }) => atMs === last).map(({ usedPercent }) => usedPercent)),
        ).toBeGreaterThanOrEqual(80);
        if (decided.kind === 'grow') {
          // After a purchase that never showed an effect no other one is made.
          const [earlier] = seen.modifications.known ? seen.modifications.value : [];
          const { lowestSinceModified: lowest } = seen;
          if (
            earlier !== undefined &&
            earlier.state === 'completed' &&
            (earlier.startedAtMs ?? 0) > NOW_MS - 5e8
          )
            expect((lowest.known ? lowest.value : undefined) ?? 100).toBeLessThan(80);
          expect(decided.targetSizeGiB).toBeLessThanOrEqual(policy.maxSizeGiB);
          expect(decided.targetSizeGiB).toBeGreaterThan(decided.currentSizeGiB);
        }
      }),
      { numRuns: 6_000 },
    );
    expect(kinds).toEqual(new Set(['grow', 'extend', 'wait', 'gone', 'escalate']));
  });

  test('more use never gives a weaker plan, once the disk is known to be the cause', () => {
    fc.assert(
      fc.property(
        observations,
        permissions,
        fc.tuple(fc.integer({ min: 80, max: 100 }), fc.integer({ min: 80, max: 100 })),
        (seen, may, percents) => {
          const [less, more] = percents
            .sort((a, b) => a - b)
            .map((percent) => PLAN_STRENGTH[decide(seen, at(percent), may).kind]);
          expect(more).toBeGreaterThanOrEqual(less ?? 0);
        },
      ),
    );
  });
});
