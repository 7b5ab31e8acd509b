import type { NodeGroupPolicy } from '../../lib/domain/disk-policy';
import { known, unknown } from '../../lib/domain/known';
import type { Observation, UsageHistory } from '../../lib/domain/observation';
import { plan } from '../../lib/domain/plan';
import { GIB } from '../../lib/domain/units';
import { INSTANCE, NOW_MS, VOLUME, observation, policy, rootFigures } from './fixtures';

const noHistory = unknown('no metrics');
const decide = (
  seen: Observation,
  group: NodeGroupPolicy | undefined = policy,
  history: UsageHistory = noHistory,
): ReturnType<typeof plan> => plan(seen, group, history, NOW_MS);
const modification = (state: 'modifying' | 'optimizing' | 'completed' | 'failed', hoursAgo = 1) =>
  ({ state, startedAtMs: NOW_MS - hoursAgo * 3_600_000, targetSizeGiB: 20, progressPercent: 10 }) as const;

describe('need', () => {
  test.each([
    [0, 'none'],
    [79.9, 'none'],
    [80, 'grow'],
    [100, 'grow'],
  ])('%d %% used after cleaning: %s', (usedPercent, kind) => {
    expect(decide(observation(usedPercent)).kind).toBe(kind);
  });

  test.each([79.9, 80, 100])('%d %% used, not cleaned yet', (usedPercent) => {
    const kind = decide(observation(usedPercent, { reclaimed: false })).kind;
    expect(kind).toBe(usedPercent < 80 ? 'none' : 'reclaim');
  });

  test('grow names the volume, both sizes, the figures and what decided', () => {
    expect(decide(observation(93.4))).toEqual({
      kind: 'grow',
      volumeId: VOLUME,
      currentSizeGiB: 20,
      targetSizeGiB: 30,
      reason:
        '/ is at 93.4 % (1.3 GiB available), inodes at 5 %, at or above the warning level of 80 %; ' +
        `grow ${VOLUME} from 20 to 30 GiB (the least step of 10 GiB)`,
    });
  });

  test('a day of growth makes the step bigger', () => {
    const history = known(
      [0, 1, 2, 3, 4, 5].map((hour) => ({
        atMs: NOW_MS + (hour - 5) * 3_600_000,
        usedPercent: 75 + hour * 3,
      })),
    );
    expect(decide(observation(90), policy, history)).toHaveProperty('targetSizeGiB', 35);
  });

  test.each(['ext4', 'xfs'])('inodes alone make %s grow: it gets more of them', (fsType) => {
    const root = rootFigures(40, 20, { fsType, inodesUsedPercent: 100 });
    expect(decide(observation(40, {}, root))).toMatchObject({ kind: 'grow', targetSizeGiB: 30 });
  });
});

describe('what is not known is never fine', () => {
  test.each<[string, Partial<Observation>, RegExp]>([
    [
      'use of /',
      { filesystem: unknown('assess-node: the output is empty') },
      /use of \/ is unknown: assess-node/,
    ],
    ['layers below /', { root: unknown('assess-node: cut') }, /disk below \/ is unknown/],
    ['volume', { volume: unknown('EC2 is throttled') }, /root volume is unknown: EC2 is throttled/],
    ['modifications', { modifications: unknown('denied') }, /modifications are unknown: denied/],
    ['standing', { standing: 'unknown' }, /is unknown: EC2/],
    ['node group', { nodeGroup: undefined }, /no tag for its node group/],
  ])('%s: escalate', (_, missing, reason) => {
    const decided = decide(observation(90, missing));
    expect(decided.kind).toBe('escalate');
    expect(decided.reason).toMatch(reason);
  });

  test.each([Number.NaN, -1, 101])('%d percent is no percentage: escalate', (usedPercent) => {
    const root = { ...rootFigures(50), usedPercent };
    expect(decide(observation(50, {}, root)).kind).toBe('escalate');
    expect(decide(observation(50, {}, { ...rootFigures(50), inodesUsedPercent: usedPercent })).kind).toBe(
      'escalate',
    );
  });

  test('unknown layers or volume do not matter where nothing has to be done', () => {
    expect(decide(observation(60, { root: unknown('?'), volume: unknown('?') })).kind).toBe('none');
  });
});

describe('limits', () => {
  test.each<[string, Observation, NodeGroupPolicy | undefined, RegExp]>([
    ['gone', observation(95, { standing: 'gone' }), policy, new RegExp(`${INSTANCE} does not exist`)],
    ['not ours', observation(95, { standing: 'not-ours' }), policy, /does not bear this environment's tag/],
    [
      'at the cap',
      observation(95),
      { ...policy, maxSizeGiB: 20 },
      /cap \(maxSizeGiB\) is 20 GiB; to allow more, raise controlPlane\.rootVolume\.maxSizeGiB in/,
    ],
    ['no cap', observation(95), { ...policy, maxSizeGiB: Number.NaN }, /lacks a level or its cap/],
    [
      'another filesystem',
      observation(95, {}, rootFigures(95, 20, { fsType: 'btrfs' })),
      policy,
      /\/ is btrfs/,
    ],
  ])('%s: escalate', (_, seen, group, reason) => {
    const decided = plan(seen, group, noHistory, NOW_MS);
    expect(decided.kind).toBe('escalate');
    expect(decided.reason).toMatch(reason);
  });

  test('a group without a policy has no cap, and so no growth', () => {
    expect(plan(observation(95), undefined, noHistory, NOW_MS)).toMatchObject({
      kind: 'escalate',
      reason: 'node group control-plane has no policy, so no cap is known',
    });
  });

  test('one GiB below the cap is bought', () => {
    expect(decide(observation(95), { ...policy, maxSizeGiB: 21 })).toHaveProperty('targetSizeGiB', 21);
  });
});

describe('EBS does not take a modification now', () => {
  const optimizing = { modifications: known([modification('optimizing')]) };
  const spent = { modifications: known([1, 2, 3, 4].map((hours) => modification('completed', hours))) };

  test('the last one is not completed: wait', () => {
    expect(decide(observation(85, optimizing))).toMatchObject({
      kind: 'wait',
      reason: expect.stringContaining('still optimizing, 10 % done') as string,
    });
  });

  test('the day is spent: wait, and say until when', () => {
    const untilMs = NOW_MS + 20 * 3_600_000;
    expect(decide(observation(85, spent))).toMatchObject({
      kind: 'wait',
      untilMs,
      reason: expect.stringContaining(new Date(untilMs).toISOString()) as string,
    });
  });

  test('a nearly full node cannot wait for that: escalate', () => {
    expect(decide(observation(95, spent)).kind).toBe('escalate');
    expect(decide(observation(94.9, spent)).kind).toBe('wait');
  });

  test('a failed modification is none', () => {
    expect(decide(observation(85, { modifications: known([modification('failed')]) })).kind).toBe('grow');
  });
});

describe('a half-finished grow is finished, and nothing is bought', () => {
  const twenty = { volume: known({ volumeId: VOLUME, sizeGiB: 40 }) };

  test('the partition ends before the disk', () => {
    const root = rootFigures(100, 20, { diskBytes: 40 * GIB, partitionGrowableBytes: 20 * GIB });
    expect(decide(observation(100, twenty, root))).toMatchObject({
      kind: 'extend',
      targetSizeGiB: 0,
      reason: expect.stringContaining('20 GiB of the disk are bought and not used yet') as string,
    });
  });

  test('the filesystem ends before the partition', () => {
    const root = rootFigures(100, 20, {
      diskBytes: 40 * GIB,
      partitionBytes: 40 * GIB,
      filesystemGrowableBytes: 20 * GIB,
    });
    expect(decide(observation(100, twenty, root))).toMatchObject({ kind: 'extend', targetSizeGiB: 0 });
  });

  test('the kernel does not show the bigger disk yet: wait for it', () => {
    expect(decide(observation(100, twenty))).toMatchObject({ kind: 'extend', targetSizeGiB: 40 });
  });

  test('the volume is being modified, and EC2 still shows the old size', () => {
    const modifications = known([{ ...modification('modifying'), targetSizeGiB: 40 }]);
    expect(decide(observation(100, { modifications }))).toMatchObject({ kind: 'extend', targetSizeGiB: 40 });
  });

  test('too little to get below the warning level: buy as well, for growing extends all layers', () => {
    const root = rootFigures(100, 20, { diskBytes: 22 * GIB, partitionGrowableBytes: 2 * GIB });
    const volume = known({ volumeId: VOLUME, sizeGiB: 22 });
    expect(decide(observation(100, { volume }, root))).toMatchObject({ kind: 'grow', targetSizeGiB: 32 });
  });

  test('too little, and nothing can be bought: take what is there, and say both', () => {
    const root = rootFigures(100, 20, { diskBytes: 22 * GIB, partitionGrowableBytes: 2 * GIB });
    const volume = known({ volumeId: VOLUME, sizeGiB: 22 });
    const decided = decide(observation(100, { volume }, root), { ...policy, maxSizeGiB: 22 });
    expect(decided.kind).toBe('extend');
    expect(decided.reason).toMatch(/the cap \(maxSizeGiB\) is 22 GiB/);
  });
});

describe('a declared size for nodes that run', () => {
  const declaring = (sizeGiB: number, more: Partial<NodeGroupPolicy> = {}): NodeGroupPolicy => ({
    ...{ ...policy, sizeGiB, growExisting: true, ...more },
  });

  test('a node that is well is grown to it in one step, and the reason says why', () => {
    expect(decide(observation(40), declaring(64))).toEqual({
      kind: 'grow',
      volumeId: VOLUME,
      currentSizeGiB: 20,
      targetSizeGiB: 64,
      reason:
        '/ is at 40 % (11.6 GiB available), inodes at 5 %, below the warning level of 80 %; ' +
        `${VOLUME} has 20 GiB, and 64 GiB are declared; grow it in place`,
    });
  });

  test.each([
    [19, 'none'],
    [20, 'none'],
    [21, 'grow'],
  ])('%d GiB declared for a volume of 20: %s', (sizeGiB, kind) => {
    expect(decide(observation(40), declaring(sizeGiB)).kind).toBe(kind);
  });

  test('without growExisting a node that runs is left as it is', () => {
    expect(decide(observation(40), declaring(64, { growExisting: false })).kind).toBe('none');
    expect(decide(observation(40), { ...policy, sizeGiB: 64 }).kind).toBe('none');
  });

  test('a full disk is grown to it at least, and further where it needs more', () => {
    expect(decide(observation(90), declaring(64))).toMatchObject({ kind: 'grow', targetSizeGiB: 64 });
    expect(decide(observation(90), declaring(21))).toMatchObject({ kind: 'grow', targetSizeGiB: 30 });
  });

  test('the cap holds', () => {
    expect(decide(observation(40), declaring(64, { maxSizeGiB: 50.5 }))).toMatchObject({ targetSizeGiB: 50 });
  });

  test('EBS takes none now: the node is well, so nobody is called', () => {
    const decided = decide(
      observation(40, { modifications: known([modification('optimizing')]) }),
      declaring(64),
    );
    expect(decided.kind).toBe('none');
    expect(decided.reason).toMatch(
      /20 GiB, and 64 GiB are declared; it grows when EBS .* still optimizing, 10 % done/,
    );
  });

  test('what is unknown of a node that is well buys nothing and calls nobody', () => {
    for (const more of [
      { volume: unknown('throttled') },
      { modifications: unknown('throttled') },
      { root: unknown('throttled') },
    ])
      expect(decide(observation(40, more), declaring(64))).toMatchObject({
        kind: 'none',
        reason: expect.stringMatching(/64 GiB is unknown: .*throttled/) as string,
      });
  });

  test('a grow that was left half-done is finished before anything is bought', () => {
    const half = rootFigures(40, 20, { filesystemGrowableBytes: 8 * GIB });
    expect(decide(observation(40, {}, half), declaring(64))).toMatchObject({
      kind: 'extend',
      targetSizeGiB: 0,
    });
    expect(decide(observation(40, {}, half), declaring(20))).toMatchObject({ kind: 'extend' });
    expect(decide(observation(40, {}, half), policy).kind).toBe('none');
  });

  test('a filesystem that cannot grow needs a person, unless the volume has its size', () => {
    const root = rootFigures(40, 20, { fsType: 'btrfs' });
    expect(decide(observation(40, {}, root), declaring(64)).kind).toBe('escalate');
    expect(decide(observation(40, {}, root), declaring(20)).kind).toBe('none');
  });
});
