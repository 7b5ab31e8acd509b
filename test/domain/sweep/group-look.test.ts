import fc from 'fast-check';
import { countedMinutes, groupNeeds, isDue, type GroupReports } from '../../../lib/domain/sweep/group-look';
import { NOW_MS, policy } from '../fixtures';

const MINUTE_MS = 60_000;
const { fromMs } = countedMinutes(NOW_MS);
/** Since the first counted minute until now, the same in each minute. */
const each = (value: number) =>
  Array.from({ length: 6 }, (_, minute) => ({ atMs: fromMs + minute * MINUTE_MS, value }));

const group = (more: Partial<GroupReports> = {}): GroupReports => ({
  maximumUsedPercent: each(79),
  reports: each(10),
  maximumInodesUsed: each(1_000),
  minimumInodesTotal: each(10_000),
  ...more,
});
const well = { bytes: false, inodes: false };

test('nothing is read of a group whose fullest node is below the warning level and whose nodes all report', () => {
  expect(groupNeeds(group(), [], 10, policy, NOW_MS)).toEqual(well);
});

test.each<[string, Partial<GroupReports>, object]>([
  ['a node is at the warning level', { maximumUsedPercent: each(80) }, { ...well, bytes: true }],
  ['a value is not a percentage', { maximumUsedPercent: each(Number.NaN) }, { ...well, bytes: true }],
  ['one of ten nodes does not report', { reports: each(9) }, { ...well, bytes: true }],
  ['nothing is reported', { reports: [] }, { ...well, bytes: true }],
  ['the inodes of some node may be used up', { minimumInodesTotal: each(1_250) }, { ...well, inodes: true }],
  ['a filesystem counts no inodes', { minimumInodesTotal: each(0) }, { ...well, inodes: true }],
  ['no inodes are reported', { maximumInodesUsed: [], minimumInodesTotal: [] }, { ...well, inodes: true }],
])('the nodes of a group are read where %s', (_, more, needs) => {
  expect(groupNeeds(group(more), [], 10, policy, NOW_MS)).toEqual(needs);
});

test('a report that fell on the other side of a minute is not taken for silence', () => {
  const reports = each(10).map(({ atMs, value }, minute) => ({
    atMs,
    value: minute === 0 ? value - 2 : value,
  }));
  expect(groupNeeds(group({ reports }), [], 10, policy, NOW_MS)).toEqual(well);
});

test('a node that is known to be silent hides no other one, and a new one hides none by its reports', () => {
  const silent: never[] = [];
  expect(groupNeeds(group({ reports: each(9) }), [silent], 9, policy, NOW_MS)).toEqual(well);
  expect(groupNeeds(group({ reports: each(8) }), [silent], 9, policy, NOW_MS)).toMatchObject({ bytes: true });
  expect(groupNeeds(group(), [each(50)], 10, policy, NOW_MS)).toMatchObject({ bytes: true });
});

test('whatever nodes report, one at the warning level or silent is never left unread', () => {
  const node = fc.record({
    used: fc.integer({ min: 0, max: 100 }),
    inodesUsed: fc.integer({ min: 0, max: 1_000 }),
    inodesTotal: fc.integer({ min: 1_000, max: 4_000 }),
    silent: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(node, { minLength: 1, maxLength: 20 }), (nodes) => {
      const heard = nodes.filter(({ silent }) => !silent);
      const of = (value: (one: (typeof nodes)[number]) => number, pick: (...all: number[]) => number) =>
        heard.length === 0 ? [] : each(pick(...heard.map(value)));
      const needs = groupNeeds(
        {
          maximumUsedPercent: of(({ used }) => used, Math.max),
          reports: heard.length === 0 ? [] : each(heard.length),
          maximumInodesUsed: of(({ inodesUsed }) => inodesUsed, Math.max),
          minimumInodesTotal: of(({ inodesTotal }) => inodesTotal, Math.min),
        },
        [],
        nodes.length,
        policy,
        NOW_MS,
      );
      const { warningPercent } = policy;
      if (heard.length < nodes.length || heard.some(({ used }) => used >= warningPercent))
        expect(needs.bytes).toBe(true);
      if (heard.some((one) => (100 * one.inodesUsed) / one.inodesTotal >= warningPercent))
        expect(needs.inodes).toBe(true);
    }),
  );
});

test('each node has its turn in half an hour, once', () => {
  const turns = Array.from({ length: 12 }, (_, sweep) => NOW_MS + sweep * 5 * MINUTE_MS).filter((nowMs) =>
    isDue('i-0aa11bb22cc33dd44', nowMs),
  );
  expect(turns.map((atMs) => atMs - (turns[0] ?? 0))).toEqual([0, 30 * MINUTE_MS]);
});
