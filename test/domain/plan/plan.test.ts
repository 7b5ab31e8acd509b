import type { NodeGroupPolicy } from '../../../lib/domain/plan/disk-policy';
import { known, unknown } from '../../../lib/domain/known';
import { GROWTH_BLOCKS, type GrowthBlock, type RootFigures } from '../../../lib/domain/node/node-figures';
import type { Observation, UsageHistory } from '../../../lib/domain/plan/observation';
import { plan } from '../../../lib/domain/plan/plan';
import { GIB } from '../../../lib/domain/units';
import { INSTANCE, NOW_MS, VOLUME, observation, policy, rootFigures } from '../fixtures';

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

  test('names the volume, both sizes, the figures and the deciding part', () => {
    expect(decide(observation(93.4))).toEqual({
      kind: 'grow',
      volumeId: VOLUME,
      currentSizeGiB: 20,
      targetSizeGiB: 30,
      mayWait: true,
      reason:
        '/ is at 93.4 % (1.3 GiB available), inodes at 5 %, at or above the warning level of 80 %; ' +
        `grow ${VOLUME} from 20 to 30 GiB (the minimum step of 10 GiB)`,
    });
  });

  test('makes the step larger by a day of growth', () => {
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
      /disk usage of \/ is unknown: assess-node/,
    ],
    ['layers below /', { root: unknown('assess-node: cut') }, /disk below \/ is unknown/],
    ['volume', { volume: unknown('EC2 is throttled') }, /root volume is unknown: EC2 is throttled/],
    ['modifications', { modifications: unknown('denied') }, /modifications are unknown: denied/],
    ['standing', { standing: 'unknown' }, /EC2 did not describe/],
    ['node group', { nodeGroup: undefined }, /no headroom:node-group tag/],
  ])('%s: escalate', (_, missing, reason) => {
    const decided = decide(observation(90, missing));
    expect(decided.kind).toBe('escalate');
    expect(decided.reason).toMatch(reason);
  });

  test.each([Number.NaN, -1, 101])('escalates a disk usage of %d percent', (usedPercent) => {
    const root = { ...rootFigures(50), usedPercent };
    expect(decide(observation(50, {}, root)).kind).toBe('escalate');
    expect(decide(observation(50, {}, { ...rootFigures(50), inodesUsedPercent: usedPercent })).kind).toBe(
      'escalate',
    );
  });

  test('ignores unknown layers or volume if nothing has to be done', () => {
    expect(decide(observation(60, { root: unknown('?'), volume: unknown('?') })).kind).toBe('none');
  });
});

describe('limits', () => {
  test.each<[string, Observation, NodeGroupPolicy | undefined, RegExp]>([
    [
      'lost',
      observation(95, { standing: 'lost', state: 'shutting-down' }),
      policy,
      new RegExp(`${INSTANCE} is shutting-down, and no Auto Scaling group replaces it`),
    ],
    ['not ours', observation(95, { standing: 'not-ours' }), policy, /not tagged headroom:environment with/],
    [
      'stopping',
      observation(95, { state: 'stopping' }),
      policy,
      /the instance is stopping and is neither grown/,
    ],
    [
      'stopped',
      observation(95, { state: 'stopped' }),
      policy,
      /the instance is stopped and is neither grown/,
    ],
    [
      'at the cap',
      observation(95),
      { ...policy, maxSizeGiB: 20 },
      /cap \(maxSizeGiB\) is 20 GiB; to allow more, raise controlPlane\.rootVolume\.maxSizeGiB in/,
    ],
    ['no cap', observation(95), { ...policy, maxSizeGiB: Number.NaN }, /lacks a level or the cap/],
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

  test('does not grow a node of a group without a policy', () => {
    expect(plan(observation(95), undefined, noHistory, NOW_MS)).toMatchObject({
      kind: 'escalate',
      reason: 'node group control-plane has no policy, so its cap (maxSizeGiB) is unknown',
    });
  });

  test('buys up to the cap, one GiB below it', () => {
    expect(decide(observation(95), { ...policy, maxSizeGiB: 21 })).toHaveProperty('targetSizeGiB', 21);
  });
});

describe('EBS does not take a modification now', () => {
  const optimizing = { modifications: known([modification('optimizing')]) };
  const spent = { modifications: known([1, 2, 3, 4].map((hours) => modification('completed', hours))) };

  test('waits until the last one is completed', () => {
    expect(decide(observation(85, optimizing))).toMatchObject({
      kind: 'wait',
      reason: expect.stringContaining('still optimizing, 10 % done') as string,
    });
  });

  test('waits when the daily modifications are used up, and says until when', () => {
    const untilMs = NOW_MS + 20 * 3_600_000;
    expect(decide(observation(85, spent))).toMatchObject({
      kind: 'wait',
      untilMs,
      reason: expect.stringContaining(new Date(untilMs).toISOString()) as string,
    });
  });

  test('retries in an hour if EBS gives no time', () => {
    expect(decide(observation(85, optimizing))).toHaveProperty('untilMs', NOW_MS + 3_600_000);
  });

  test('escalates a nearly full node, which cannot wait', () => {
    expect(decide(observation(95, spent)).kind).toBe('escalate');
    expect(decide(observation(94.9, spent)).kind).toBe('wait');
  });

  test('escalates a node that is full before then', () => {
    const growingBy = (pointsAnHour: number) =>
      known(
        [0, 1, 2, 3, 4, 5].map((hour) => ({
          atMs: NOW_MS + (hour - 5) * 3_600_000,
          usedPercent: 85 - (5 - hour) * pointsAnHour,
        })),
      );
    // 20 hours to wait, 15 points to go.
    expect(decide(observation(85, spent), policy, growingBy(0.7)).kind).toBe('wait');
    const decided = decide(observation(85, spent), policy, growingBy(0.8));
    expect(decided.kind).toBe('escalate');
    expect(decided.reason).toMatch(/usage grows by 0\.8 % an hour, so the disk is full before then/);
  });

  test('says whether the node can wait if EBS refuses', () => {
    expect(decide(observation(94.9))).toMatchObject({ kind: 'grow', mayWait: true });
    expect(decide(observation(95))).toMatchObject({ kind: 'grow', mayWait: false });
  });

  test('does not count a failed modification', () => {
    expect(decide(observation(85, { modifications: known([modification('failed')]) })).kind).toBe('grow');
  });
});

describe('a terminating node', () => {
  test('gets nothing, and no one is notified', () => {
    expect(decide(observation(100, { standing: 'gone', state: 'shutting-down' }))).toEqual({
      kind: 'gone',
      reason: `${INSTANCE} no longer exists or is being terminated: nothing is bought for it`,
    });
  });
});

describe('buys nothing that / cannot use', () => {
  const blocked = (kind: GrowthBlock, more: Partial<RootFigures> = {}) =>
    rootFigures(92, 20, {
      growthBlocked: { kind, detail: '/dev/vda2 (swap) starts right after root' },
      ...more,
    });

  test.each(GROWTH_BLOCKS)('%s: a person is called, with what is in the way and what to do', (kind) => {
    for (const group of [policy, { ...policy, sizeGiB: 64, growExisting: true }]) {
      for (const usedPercent of [40, 92]) {
        const decided = decide(observation(usedPercent, {}, { ...blocked(kind), usedPercent }), group);
        if (group === policy && usedPercent === 40) expect(decided.kind).toBe('none');
        else {
          expect(decided.kind).toBe('escalate');
          expect(decided.reason).toMatch(
            new RegExp(
              `a larger root volume would not enlarge / \\(${kind}\\): /dev/vda2 \\(swap\\).*; .{10}`,
            ),
          );
        }
      }
    }
  });

  test('still extends / within its own partition', () => {
    const root = blocked('partition-behind', { filesystemGrowableBytes: 8 * GIB });
    expect(decide(observation(92, {}, root)).kind).toBe('extend');
    const hole = { partitionGrowableBytes: 8 * GIB, diskBytes: 40 * GIB };
    for (const kind of ['partition-behind', 'mbr-limit'] as const) {
      const forty = { volume: known({ volumeId: VOLUME, sizeGiB: 40 }) };
      expect(decide(observation(92, forty, blocked(kind, hole))).kind).toBe('extend');
    }
    expect(
      decide(observation(92, {}, { ...root, growthBlocked: { kind: 'read-only', detail: '' } })).kind,
    ).toBe('escalate');
  });

  test('does not take a volume that grew behind the block for a half-finished grow', () => {
    const grown = { volume: known({ volumeId: VOLUME, sizeGiB: 40 }) };
    expect(decide(observation(92, grown, blocked('partition-behind'))).kind).toBe('escalate');
  });

  test('buys up to the usable limit of a disk', () => {
    const limited = rootFigures(92, 20, { maxDiskBytes: 25 * GIB });
    expect(decide(observation(92, {}, limited))).toMatchObject({ kind: 'grow', targetSizeGiB: 25 });
    const declared = { ...policy, sizeGiB: 64, growExisting: true };
    expect(decide(observation(40, {}, { ...limited, usedPercent: 40 }), declared)).toMatchObject({
      targetSizeGiB: 25,
    });
    const atLimit = rootFigures(92, 20, { maxDiskBytes: 20 * GIB });
    expect(decide(observation(92, {}, atLimit))).toMatchObject({
      kind: 'escalate',
      reason: expect.stringContaining(
        'has 20 GiB, but its MBR partition table, or its ext4 without the feature 64bit, can use 20 GiB only',
      ) as string,
    });
  });

  test('ignores partitions in front of root', () => {
    const earlier = { ...modification('completed', 7), originalSizeGiB: 30, targetSizeGiB: 40 };
    const seen = {
      volume: known({ volumeId: VOLUME, sizeGiB: 40 }),
      modifications: known([earlier]),
    };
    const behindData = rootFigures(92, 25, { diskBytes: 40 * GIB });
    expect(decide(observation(92, seen, behindData)).kind).toBe('grow');
  });

  test('buys nothing if / is on another volume than the root volume', () => {
    const elsewhere = rootFigures(92, 100);
    const decided = decide(observation(92, {}, elsewhere));
    expect(decided).toMatchObject({
      kind: 'escalate',
      reason: expect.stringMatching(
        /the disk below \/dev\/nvme0n1p1 has 100 GiB, but the root volume has 20 GiB, so \/ is on another/,
      ) as string,
    });
    // EC2 may show the old size while the modification is under way.
    const modifications = known([{ ...modification('optimizing'), targetSizeGiB: 100 }]);
    expect(decide(observation(92, { modifications }, elsewhere)).kind).toBe('wait');
  });
});

describe('finishes a half-finished grow and buys nothing', () => {
  const twenty = { volume: known({ volumeId: VOLUME, sizeGiB: 40 }) };

  test('when the partition ends before the disk', () => {
    const root = rootFigures(100, 20, { diskBytes: 40 * GIB, partitionGrowableBytes: 20 * GIB });
    expect(decide(observation(100, twenty, root))).toMatchObject({
      kind: 'extend',
      targetSizeGiB: 0,
      reason: expect.stringContaining('20 GiB of the disk are bought but not used yet') as string,
    });
  });

  test('when the filesystem ends before the partition', () => {
    const root = rootFigures(100, 20, {
      diskBytes: 40 * GIB,
      partitionBytes: 40 * GIB,
      filesystemGrowableBytes: 20 * GIB,
    });
    expect(decide(observation(100, twenty, root))).toMatchObject({ kind: 'extend', targetSizeGiB: 0 });
  });

  test('waits until the kernel shows the larger disk', () => {
    expect(decide(observation(100, twenty))).toMatchObject({ kind: 'extend', targetSizeGiB: 40 });
  });

  test('while the volume is being modified and EC2 still shows the old size', () => {
    const modifications = known([{ ...modification('modifying'), targetSizeGiB: 40 }]);
    expect(decide(observation(100, { modifications }))).toMatchObject({ kind: 'extend', targetSizeGiB: 40 });
  });

  test('buys as well if the rest is not enough to get below the warning level', () => {
    const root = rootFigures(100, 20, { diskBytes: 22 * GIB, partitionGrowableBytes: 2 * GIB });
    const volume = known({ volumeId: VOLUME, sizeGiB: 22 });
    expect(decide(observation(100, { volume }, root))).toMatchObject({ kind: 'grow', targetSizeGiB: 32 });
  });

  test('extends by what is there if nothing can be bought, and says both', () => {
    const root = rootFigures(100, 20, { diskBytes: 22 * GIB, partitionGrowableBytes: 2 * GIB });
    const volume = known({ volumeId: VOLUME, sizeGiB: 22 });
    const decided = decide(observation(100, { volume }, root), { ...policy, maxSizeGiB: 22 });
    expect(decided.kind).toBe('extend');
    expect(decided.reason).toMatch(/the cap \(maxSizeGiB\) is 22 GiB/);
  });

  test('extends by what is there if EBS allows a modification later, and says when', () => {
    const root = rootFigures(90, 20, { diskBytes: 22 * GIB, partitionGrowableBytes: 2 * GIB });
    const volume = known({ volumeId: VOLUME, sizeGiB: 22 });
    const modifications = known([1, 2, 3, 4].map((hours) => modification('completed', hours)));
    expect(decide(observation(90, { volume, modifications }, root))).toMatchObject({
      kind: 'extend',
      untilMs: NOW_MS + 20 * 3_600_000,
    });
  });
});

describe('a declared size for nodes that run', () => {
  const declaring = (sizeGiB: number, more: Partial<NodeGroupPolicy> = {}): NodeGroupPolicy => ({
    ...{ ...policy, sizeGiB, growExisting: true, ...more },
  });

  test('grows a healthy node to it in one step, with the reason', () => {
    expect(decide(observation(40), declaring(64))).toEqual({
      kind: 'grow',
      volumeId: VOLUME,
      currentSizeGiB: 20,
      targetSizeGiB: 64,
      mayWait: true,
      reason:
        '/ is at 40 % (11.6 GiB available), inodes at 5 %, below the warning level of 80 %; ' +
        `${VOLUME} has 20 GiB, but 64 GiB are declared; grow it in place`,
    });
  });

  test.each([
    [19, 'none'],
    [20, 'none'],
    [21, 'grow'],
  ])('%d GiB declared for a volume of 20: %s', (sizeGiB, kind) => {
    expect(decide(observation(40), declaring(sizeGiB)).kind).toBe(kind);
  });

  test('leaves a running node alone without growExisting', () => {
    expect(decide(observation(40), declaring(64, { growExisting: false })).kind).toBe('none');
    expect(decide(observation(40), { ...policy, sizeGiB: 64 }).kind).toBe('none');
  });

  test('grows a full disk to it at least, and further if needed', () => {
    expect(decide(observation(90), declaring(64))).toMatchObject({ kind: 'grow', targetSizeGiB: 64 });
    expect(decide(observation(90), declaring(21))).toMatchObject({ kind: 'grow', targetSizeGiB: 30 });
  });

  test('the cap holds', () => {
    expect(decide(observation(40), declaring(64, { maxSizeGiB: 50.5 }))).toMatchObject({ targetSizeGiB: 50 });
  });

  test('notifies no one while EBS refuses, since the node is healthy', () => {
    const decided = decide(
      observation(40, { modifications: known([modification('optimizing')]) }),
      declaring(64),
    );
    expect(decided.kind).toBe('none');
    expect(decided.reason).toMatch(
      /20 GiB, but 64 GiB are declared; it grows when EBS .* still optimizing, 10 % done/,
    );
  });

  test('neither buys nor notifies if facts about a healthy node are unknown', () => {
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

  test('finishes a half-finished grow before it buys', () => {
    const half = rootFigures(40, 20, { filesystemGrowableBytes: 8 * GIB });
    expect(decide(observation(40, {}, half), declaring(64))).toMatchObject({
      kind: 'extend',
      targetSizeGiB: 0,
    });
    expect(decide(observation(40, {}, half), declaring(20))).toMatchObject({ kind: 'extend' });
    expect(decide(observation(40, {}, half), policy).kind).toBe('none');
  });

  test('escalates a filesystem that cannot grow, unless the volume has its size', () => {
    const root = rootFigures(40, 20, { fsType: 'btrfs' });
    expect(decide(observation(40, {}, root), declaring(64)).kind).toBe('escalate');
    expect(decide(observation(40, {}, root), declaring(20)).kind).toBe('none');
  });
});
