import fc from 'fast-check';
import type { NodeGroupPolicy } from '../../../lib/domain/plan/disk-policy';
import { known, unknown, type Known } from '../../../lib/domain/known';
import { GROWTH_BLOCKS, type RootFigures } from '../../../lib/domain/node/node-figures';
import type { Observation, UsageHistory } from '../../../lib/domain/plan/observation';
import { PLAN_STRENGTH, plan } from '../../../lib/domain/plan/plan';
import { GIB } from '../../../lib/domain/units';
import { INSTANCE, NOW_MS, VOLUME } from '../fixtures';

const percents = fc.double({ min: 0, max: 100, noNaN: true });
const maybe = <T>(values: fc.Arbitrary<T>): fc.Arbitrary<Known<T>> =>
  fc.oneof(
    { weight: 5, arbitrary: values.map(known) },
    { weight: 1, arbitrary: fc.constant(unknown('not told')) },
  );

const roots: fc.Arbitrary<RootFigures> = fc
  .record({
    diskGiB: fc.integer({ min: 1, max: 500 }),
    partitionShare: fc.constantFrom(1, 1, 0.999, 0.9, 0.3),
    filesystemShare: fc.constantFrom(1, 1, 0.97, 0.5),
    exact: fc.boolean(),
    fsType: fc.constantFrom('ext4', 'ext4', 'xfs', 'xfs', 'btrfs', ''),
    usedPercent: fc.oneof(percents, fc.double({ min: 80, max: 100, noNaN: true })),
    inodesUsedPercent: fc.oneof(fc.constant(0), percents),
    blocked: fc.oneof(
      { weight: 6, arbitrary: fc.constant(undefined) },
      { weight: 1, arbitrary: fc.constantFrom(...GROWTH_BLOCKS) },
    ),
  })
  .map(({ diskGiB, partitionShare, filesystemShare, exact, blocked, ...rest }) => {
    const diskBytes = diskGiB * GIB;
    const partitionBytes = diskBytes * partitionShare;
    const sizeBytes = partitionBytes * filesystemShare;
    return {
      ...rest,
      device: '/dev/vda1',
      sizeBytes,
      availableBytes: sizeBytes * (1 - rest.usedPercent / 100),
      diskBytes,
      partitionBytes,
      ...(exact && {
        partitionGrowableBytes: diskBytes - partitionBytes,
        filesystemGrowableBytes: partitionBytes - sizeBytes,
      }),
      ...(blocked !== undefined && { growthBlocked: { kind: blocked, detail: 'in the way' } }),
    };
  });

const RUNNING = ['modifying', 'optimizing', 'unknown'] as const;
const observations: fc.Arbitrary<Observation> = fc
  .record({
    root: maybe(roots),
    standing: fc.constantFrom<Observation['standing'][]>(
      ...Array.from({ length: 8 }, () => 'ours' as const),
      'not-ours',
      'lost',
      'gone',
      'unknown',
    ),
    state: fc.constantFrom(...Array.from({ length: 12 }, () => 'running'), 'stopping', 'stopped'),
    nodeGroup: fc.option(fc.constant('general'), { nil: undefined, freq: 10 }),
    /** Mostly what the kernel shows; undefined: EC2 does not tell. */
    volumeBeyondGiB: fc.option(fc.constantFrom(0, 0, 0, 1, 40), { nil: undefined, freq: 8 }),
    modifications: maybe(
      fc.array(
        fc.record({
          state: fc.constantFrom(
            ...RUNNING,
            ...Array.from({ length: 12 }, () => 'completed' as const),
            'failed',
          ),
          startedAtMs: fc.option(fc.integer({ min: NOW_MS - 2e8, max: NOW_MS }), { nil: undefined }),
          originalSizeGiB: fc.option(fc.integer({ min: 1, max: 500 }), { nil: undefined }),
          targetSizeGiB: fc.option(fc.integer({ min: 1, max: 500 }), { nil: undefined }),
          progressPercent: fc.option(fc.integer({ min: 0, max: 100 }), { nil: undefined }),
        }),
        { maxLength: 6, size: 'medium' },
      ),
    ),
  })
  .map(({ volumeBeyondGiB, ...drawn }) => ({
    ...drawn,
    instanceId: INSTANCE,
    filesystem: drawn.root,
    volume:
      volumeBeyondGiB === undefined
        ? unknown('not told')
        : known({
            volumeId: VOLUME,
            sizeGiB: (drawn.root.known ? drawn.root.value.diskBytes / GIB : 20) + volumeBeyondGiB,
          }),
  }));

const policies: fc.Arbitrary<NodeGroupPolicy | undefined> = fc.option(
  fc
    .record({
      targetPercent: fc.integer({ min: 10, max: 75 }),
      maxSizeGiB: fc.integer({ min: 1, max: 600 }),
      sizeGiB: fc.integer({ min: 1, max: 600 }),
      growExisting: fc.constantFrom(undefined, false, true),
    })
    .map((drawn) => ({
      ...drawn,
      warningPercent: 80,
      criticalPercent: 90,
      emergencyPercent: 95,
    })),
  { nil: undefined, freq: 10 },
);

const histories: fc.Arbitrary<UsageHistory> = maybe(
  fc.oneof(
    fc.array(fc.record({ atMs: fc.integer({ min: NOW_MS - 2e7, max: NOW_MS }), usedPercent: percents })),
    // Most disks do not fill within hours; where they do, nothing is waited for.
    fc.constant([]),
  ),
);

const RUNS = { numRuns: 1_000 };
const property = (
  check: (seen: Observation, policy: NodeGroupPolicy | undefined, history: UsageHistory) => void,
) => fc.assert(fc.property(observations, policies, histories, check), RUNS);
const used = (seen: Observation): number | undefined =>
  seen.filesystem.known
    ? Math.max(seen.filesystem.value.usedPercent, seen.filesystem.value.inodesUsedPercent)
    : undefined;

test('never above the cap, never smaller than now', () => {
  property((seen, policy, history) => {
    const decided = plan(seen, policy, history, NOW_MS);
    if (decided.kind !== 'grow') return;
    expect(decided.targetSizeGiB).toBeLessThanOrEqual(policy?.maxSizeGiB ?? 0);
    expect(decided.targetSizeGiB).toBeGreaterThan(decided.currentSizeGiB);
    expect(seen.volume).toMatchObject({ value: { sizeGiB: decided.currentSizeGiB } });
  });
});

test('never grows or extends without need: a node of ours, known to be over the level, or below its declared size', () => {
  property((seen, policy, history) => {
    const decided = plan(seen, policy, history, NOW_MS);
    if (decided.kind !== 'grow' && decided.kind !== 'extend') return;
    expect(seen.standing).toBe('ours');
    if ((used(seen) ?? 0) >= 80) return;
    expect(policy?.growExisting).toBe(true);
    if (decided.kind === 'grow') expect(decided.targetSizeGiB).toBeLessThanOrEqual(policy?.sizeGiB ?? 0);
  });
});

test('never buys what would not arrive, nor for a node that does not run', () => {
  property((seen, policy, history) => {
    if (plan(seen, policy, history, NOW_MS).kind !== 'grow') return;
    expect(seen.state).toBe('running');
    expect(seen.root).not.toHaveProperty('value.growthBlocked');
  });
});

test('a purchase without effect is the last one', () => {
  let bought = 0;
  property((drawn, policy, history) => {
    const willing = {
      standing: 'ours',
      state: 'running',
      modifications: known([]),
    } as const;
    const diskGiB = drawn.root.known ? Math.ceil(drawn.root.value.diskBytes / GIB) : 1;
    const seen = { ...drawn, ...willing, volume: known({ volumeId: VOLUME, sizeGiB: diskGiB }) };
    const decided = plan(seen, policy, history, NOW_MS);
    if (decided.kind !== 'grow') return;
    if (!seen.root.known) return;
    const unused = seen.root.value.partitionGrowableBytes;
    if (unused === undefined) return;
    bought += 1;
    const { targetSizeGiB, currentSizeGiB, volumeId } = decided;
    const diskBytes = targetSizeGiB * GIB;
    // The node names what keeps the bytes out of root, or they are free right behind it.
    const roots = [
      {
        partitionGrowableBytes: 0,
        growthBlocked: { kind: 'partition-behind', detail: '/dev/vda2 (swap)' },
      },
      { partitionGrowableBytes: unused + diskBytes - seen.root.value.diskBytes },
    ] as const;
    const later = NOW_MS + 86_400_000;
    const modifications = known([
      {
        state: 'completed' as const,
        startedAtMs: NOW_MS,
        originalSizeGiB: currentSizeGiB,
        ...{ targetSizeGiB, progressPercent: 100 },
      },
    ]);
    const volume = known({ volumeId, sizeGiB: targetSizeGiB });
    for (const more of roots) {
      const root = known({ ...seen.root.value, diskBytes, ...more });
      const again = plan({ ...seen, root, volume, modifications }, policy, history, later);
      expect(again.kind).not.toBe('grow');
    }
  });
  expect(bought).toBeGreaterThan(20);
});

test('a node that is well never waits, and calls a person only where its filesystem cannot grow', () => {
  property((seen, policy, history) => {
    if (policy === undefined || seen.nodeGroup === undefined || seen.standing !== 'ours') return;
    if (seen.state !== 'running') return;
    if (!((used(seen) ?? 100) < 80)) return;
    const { kind } = plan(seen, policy, history, NOW_MS);
    expect(kind).not.toBe('wait');
    if (kind !== 'escalate' || !seen.root.known) return expect(kind).not.toBe('escalate');
    const { fsType, growthBlocked } = seen.root.value;
    if (growthBlocked === undefined) expect(['btrfs', '']).toContain(fsType);
  });
});

test('never buys while a modification runs, or when four were seen today', () => {
  property((seen, policy, history) => {
    if (plan(seen, policy, history, NOW_MS).kind !== 'grow') return;
    const modifications = seen.modifications.known ? seen.modifications.value : [];
    expect(modifications.every(({ state }) => state === 'completed' || state === 'failed')).toBe(true);
    const today = modifications.filter(
      ({ state, startedAtMs }) => state === 'completed' && (startedAtMs ?? 0) > NOW_MS - 86_400_000,
    );
    expect(today.length).toBeLessThan(4);
  });
});

test('unknown is never fine', () => {
  property((seen, policy, history) => {
    const { kind } = plan(seen, policy, history, NOW_MS);
    if (kind === 'none') expect(used(seen)).toBeLessThan(80);
    if (!seen.filesystem.known) expect(kind).toBe(seen.standing === 'gone' ? 'gone' : 'escalate');
  });
});

test('more use never gives a weaker plan', () => {
  fc.assert(
    fc.property(observations, policies, histories, percents, (seen, policy, history, usedPercent) => {
      const at = (percent: number): number => {
        if (!seen.root.known) return 0;
        const root = known({ ...seen.root.value, usedPercent: percent });
        return PLAN_STRENGTH[plan({ ...seen, root, filesystem: root }, policy, history, NOW_MS).kind];
      };
      const before = seen.root.known ? seen.root.value.usedPercent : 0;
      expect(at(Math.max(before, usedPercent))).toBeGreaterThanOrEqual(at(Math.min(before, usedPercent)));
    }),
    RUNS,
  );
});

test('the same input gives the same plan, and every plan has a reason', () => {
  property((seen, policy, history) => {
    const decided = plan(seen, policy, history, NOW_MS);
    expect(plan(structuredClone(seen), structuredClone(policy), structuredClone(history), NOW_MS)).toEqual(
      decided,
    );
    expect(decided.reason.length).toBeGreaterThan(20);
    expect(decided.reason).not.toMatch(/undefined|NaN|\[object/);
  });
});

test('every kind of plan is reached by these inputs', () => {
  const kinds = fc
    .sample(fc.tuple(observations, policies, histories), { numRuns: 5_000, seed: 7 })
    .map(([seen, policy, history]) => plan(seen, policy, history, NOW_MS).kind);
  expect(new Set(kinds)).toEqual(new Set(Object.keys(PLAN_STRENGTH)));
});
