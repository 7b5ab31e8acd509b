import fc from 'fast-check';
import {
  EMPTY_LEDGER,
  countedGiB,
  describeBudget,
  growthBudget,
  ledgerKeyOf,
  ledgerText,
  leftGiB,
  readLedger,
  withPurchase,
  withoutFailedPurchases,
  type GrowthBudget,
} from '../../../lib/domain/plan/growth-budget';
import type { NodeGroupPolicy } from '../../../lib/domain/plan/disk-policy';
import { known, unknown } from '../../../lib/domain/known';
import type { Observation } from '../../../lib/domain/plan/observation';
import { plan, type Plan } from '../../../lib/domain/plan/plan';
import { NOW_MS, VOLUME, observation, policy, rootFigures } from '../fixtures';

const budget = (usedGiB: number, limitGiB = 100): GrowthBudget => ({
  ...{
    usedGiB,
    limitGiB,
    reservedGiB: 0,
    line: 'healing.bounds.growthGiBPerMonth in environments/prod.yaml',
  },
  nextMonthAtMs: Date.parse('2026-12-01T00:00:00Z'),
});
const decide = (usedPercent: number, growth: Observation['growth'], more: object = {}): Plan =>
  plan(observation(usedPercent, { growth }), { ...policy, ...more }, unknown('none'), NOW_MS);

describe('what the month still allows', () => {
  test.each([
    [0, 30],
    [90, 30],
  ])('%d of 100 GiB used: a node of 20 GiB grows to %d', (usedGiB, targetSizeGiB) => {
    expect(decide(97, known(budget(usedGiB)))).toMatchObject({ kind: 'grow', targetSizeGiB });
  });

  test('a part of what is needed, if it is a step', () => {
    const large = { volume: known({ volumeId: VOLUME, sizeGiB: 100 }) };
    const decided = (usedGiB: number): Plan =>
      plan(
        observation(97, { ...large, growth: known(budget(usedGiB)) }, rootFigures(97, 100)),
        { ...policy, maxSizeGiB: 200 },
        unknown('none'),
        NOW_MS,
      );
    expect(decided(90)).toMatchObject({ kind: 'grow', targetSizeGiB: 110 });
    expect(decided(91)).toMatchObject({ kind: 'escalate' });
  });

  test.each([91, 99, 100, 140])(
    '%d of 100 GiB used: nothing is bought, and the line to change is named',
    (usedGiB) => {
      const decided = decide(97, known(budget(usedGiB)));
      expect(decided.kind).toBe('escalate');
      expect(decided.reason).toContain(
        `${VOLUME} needs 30 GiB, has 20 GiB, and nothing is bought: ${usedGiB} of the 100 GiB that healing may buy this month ` +
          'are used, and the next month begins at 2026-12-01T00:00:00.000Z; to allow more, raise ' +
          'healing.bounds.growthGiBPerMonth in environments/prod.yaml and deploy',
      );
    },
  );

  test('what was bought before is put to use all the same', () => {
    const root = rootFigures(97, 20, { partitionGrowableBytes: 1024 ** 3 });
    const decided = plan(
      observation(97, { growth: known(budget(100)) }, root),
      policy,
      unknown('none'),
      NOW_MS,
    );
    expect(decided.kind).toBe('extend');
  });

  test.each([
    [60, 'none'],
    [97, 'grow'],
  ])('at %d %% a declared size is a person’s decision: it is bought with nothing left', (usedPercent) => {
    const declared = { sizeGiB: 40, growExisting: true };
    expect(decide(usedPercent, known(budget(100)), declared)).toMatchObject({
      ...{ kind: 'grow', targetSizeGiB: 40 },
    });
  });

  test('the same of any use, budget and size: never beyond what is left, never a smaller volume', () => {
    const share = fc.integer({ min: 0, max: 200 });
    fc.assert(
      fc.property(fc.double({ min: 0, max: 100, noNaN: true }), share, share, (usedPercent, used, limit) => {
        const month = budget(used, limit);
        const decided = decide(usedPercent, known(month));
        if (decided.kind !== 'grow') return;
        expect(decided.targetSizeGiB - decided.currentSizeGiB).toBeLessThanOrEqual(leftGiB(month));
        expect(decided.targetSizeGiB).toBeGreaterThan(decided.currentSizeGiB);
      }),
    );
  });
});

describe('what the month has used is unknown', () => {
  const lost = unknown('ledger/growth/2026-11.json cannot be read: AccessDenied');

  test('below the emergency level a person is told', () => {
    const decided = decide(90, lost);
    expect(decided).toMatchObject({ kind: 'escalate' });
    expect(decided.reason).toContain('what healing bought this month is unknown: ledger/growth/2026-11.json');
  });

  test('at the emergency level it buys, and says that it was not counted', () => {
    const decided = decide(95, lost);
    expect(decided).toMatchObject({ kind: 'grow', targetSizeGiB: 30 });
    expect(decided.reason).toContain('not counted against the monthly growth limit'.replace('’', "'"));
  });
});

describe('what is reserved for the control plane', () => {
  const bounds = { growthGiB: 100, growthKey: 'growthGiBPerMonth', controlPlaneGiB: 20 } as const;
  const entry = (gib: number, nodeGroup?: string) => ({
    ...{ volumeId: `vol-${nodeGroup}`, targetSizeGiB: 1_000, gib, at: '2026-11-20T04:00:00.000Z' },
    ...(nodeGroup !== undefined && { nodeGroup }),
  });
  const left = (nodeGroup: string, ...purchases: ReturnType<typeof entry>[]): number =>
    leftGiB(growthBudget({ schema: 1, purchases }, bounds, 'prod', NOW_MS, nodeGroup));

  test.each([
    ['nothing bought', [], 80, 100],
    ['workers bought all of theirs', [entry(80, 'general')], 0, 20],
    ['so did two groups', [entry(50, 'general'), entry(30, 'build')], 0, 20],
    ['before it was entered who bought', [entry(80)], 0, 20],
    ['the control plane bought of what is kept', [entry(15, 'control-plane')], 80, 85],
    ['the control plane bought more than that', [entry(30, 'control-plane')], 70, 70],
    ['both', [entry(60, 'general'), entry(15, 'control-plane')], 20, 25],
    ['the limit was lowered since', [entry(140, 'general')], 0, 0],
  ])('%s', (_, purchases, workers, controlPlane) => {
    expect(left('general', ...purchases)).toBe(workers);
    expect(left('control-plane', ...purchases)).toBe(controlPlane);
  });

  test('a worker that is refused is told what is kept, a control-plane node is not', () => {
    const month = withPurchase(EMPTY_LEDGER, entry(80, 'general'));
    const said = (nodeGroup: string): string =>
      describeBudget(growthBudget(month, bounds, 'prod', NOW_MS, nodeGroup));
    expect(said('general')).toContain(
      '80 of the 100 GiB that healing may buy this month are used, the other 20 GiB are reserved for the control plane, and the next month',
    );
    expect(said('control-plane')).toContain(
      '80 of the 100 GiB that healing may buy this month are used, and',
    );
  });

  test('whoever buys, in whatever order: workers leave the control plane its share, and all keep to the limit', () => {
    const asks = fc.array(
      fc.record({
        nodeGroup: fc.constantFrom('general', 'build', 'control-plane', undefined),
        usedPercent: fc.constantFrom(85, 97, 100),
        sizeGiB: fc.integer({ min: 20, max: 400 }),
      }),
      { maxLength: 40 },
    );
    const limit = fc.integer({ min: 0, max: 400 });
    fc.assert(
      fc.property(asks, limit, fc.integer({ min: 0, max: 200 }), (all, growthGiB, kept) => {
        const own = { ...bounds, growthGiB, controlPlaneGiB: Math.min(kept, Math.floor(growthGiB / 2)) };
        let month = EMPTY_LEDGER;
        for (const [index, { nodeGroup, usedPercent, sizeGiB }] of all.entries()) {
          const budgeted = growthBudget(month, own, 'prod', NOW_MS, nodeGroup);
          const volume = known({ volumeId: `vol-${index}`, sizeGiB });
          const decided = plan(
            observation(usedPercent, { volume, growth: known(budgeted) }, rootFigures(usedPercent, sizeGiB)),
            { ...policy, maxSizeGiB: 2_000 },
            unknown('none'),
            NOW_MS,
          );
          if (decided.kind === 'grow')
            month = withPurchase(month, {
              ...entry(decided.targetSizeGiB - decided.currentSizeGiB, nodeGroup),
              volumeId: `vol-${index}`,
            });
          const sum = (controlPlane: boolean): number =>
            month.purchases
              .filter((each) => (each.nodeGroup === 'control-plane') === controlPlane)
              .reduce((total, { gib }) => total + gib, 0);
          expect(sum(true) + sum(false)).toBeLessThanOrEqual(growthGiB);
          expect(sum(false)).toBeLessThanOrEqual(growthGiB - own.controlPlaneGiB);
          expect(leftGiB(growthBudget(month, own, 'prod', NOW_MS, 'control-plane'))).toBeGreaterThanOrEqual(
            own.controlPlaneGiB - sum(true),
          );
        }
      }),
    );
  });
});

describe('the ledger', () => {
  const bought = (volumeId: string, targetSizeGiB: number, gib = 10) => ({
    ...{ volumeId, targetSizeGiB, gib, at: '2026-11-20T04:00:00.000Z' },
  });

  test.each([
    ['2026-11-30T23:59:59.999Z', 'ledger/growth/2026-11.json', '2026-12-01T00:00:00.000Z'],
    ['2026-12-31T23:59:59.999Z', 'ledger/growth/2026-12.json', '2027-01-01T00:00:00.000Z'],
  ])('%s belongs to %s, and it begins anew at %s', (now, key, anew) => {
    const nowMs = Date.parse(now);
    expect(ledgerKeyOf(nowMs)).toBe(key);
    const { nextMonthAtMs } = growthBudget(
      EMPTY_LEDGER,
      { growthGiB: 1, growthKey: 'growthGiBPerMonth', controlPlaneGiB: 0 },
      'x',
      nowMs,
      'general',
    );
    expect(new Date(nextMonthAtMs).toISOString()).toBe(anew);
  });

  test('an entry that never arrived makes room for the next one of its volume, and for no other’s', () => {
    const month = [bought('vol-a', 30), bought('vol-a', 40), bought('vol-b', 30)].reduce(
      withPurchase,
      EMPTY_LEDGER,
    );
    expect(withoutFailedPurchases(month, 'vol-a', 30).purchases).toEqual([
      bought('vol-a', 30),
      bought('vol-b', 30),
    ]);
  });

  test.each([
    [20, 30, undefined, 10],
    [20, 30, 25, 5],
    [20, 30, 30, 0],
    [20, 30, 40, 0],
    [40, 50, 30, 10],
  ])('from %d to %d GiB where %p are declared: %d count', (size, target, declared, gib) => {
    const owned: NodeGroupPolicy = { ...policy, ...(declared && { sizeGiB: declared, growExisting: true }) };
    expect(countedGiB(size, target, owned)).toBe(gib);
  });

  test('is read as it was written', () => {
    const month = withPurchase(EMPTY_LEDGER, bought('vol-a', 30));
    expect(readLedger(ledgerText(month))).toEqual(month);
    const named = withPurchase(month, { ...bought('vol-b', 30), nodeGroup: 'control-plane' });
    expect(readLedger(ledgerText(named))).toEqual(named);
  });

  test.each(['', '{', '[]', '{"schema":2,"purchases":[]}', '{"schema":1,"purchases":[{"gib":-5}]}'])(
    '%p is no ledger',
    (text) => {
      expect(() => readLedger(text)).toThrow('not a growth ledger');
    },
  );
});
