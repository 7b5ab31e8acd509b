import { absent, known, unknown, type LiveNodeGroup } from '../../../lib/audit/facts';
import { growthOutrunsModifications as rule } from '../../../lib/audit/rules/growth-outruns-modifications';
import { DECLARED_IN, nodeGroup, onlyFinding, place, verdict } from '../support/facts';

const growing = (sizeGiB: number, growthGiBPerDay: number, maxSizeGiB?: number) =>
  nodeGroup({
    root: { sizeGiB: known(sizeGiB) },
    policy: { growthGiBPerDay, ...(maxSizeGiB !== undefined && { maxSizeGiB }) },
    place: place('A', { declaredIn: DECLARED_IN }),
  });

// Four least steps: 20 → 60 and 100 → 120 → 144 → 173 → 208.
test.each([
  [20, 40, 'pass'],
  [20, 40.1, 'finding error'],
  [100, 108, 'pass'],
  [100, 108.1, 'finding error'],
  [20, 0, 'pass'],
])('%d GiB that fills by %d GiB a day: %s', (sizeGiB, growth, expected) => {
  expect(verdict(rule, { nodeGroups: [growing(sizeGiB, growth)] })).toBe(expected);
});

test.each([
  [90, 'pass'],
  [89, 'finding warning'],
  [29, 'finding error'],
  [20, 'finding error'],
])('20 GiB, 10 GiB a day, capped at %d GiB: %s', (cap, expected) => {
  expect(verdict(rule, { nodeGroups: [growing(20, 10, cap)] })).toBe(expected);
});

test('the findings have the figures, and a size or cap that passes', () => {
  const fast = onlyFinding(rule, { nodeGroups: [growing(20, 200)] });
  expect(fast.message).toBe(
    '/ of general fills by 200 GiB a day (declared), and 4 growths from 20 GiB give 40 GiB a day.',
  );
  const [, wanted] = /to (\d+) or more/.exec(fast.remediation ?? '') ?? [];
  expect(verdict(rule, { nodeGroups: [growing(Number(wanted), 200)] })).toBe('pass');

  const capped = onlyFinding(rule, { nodeGroups: [growing(20, 10, 40)] });
  expect(capped.message).toBe(
    '/ of general fills by 10 GiB a day (declared), and the 20 GiB up to its cap of 40 GiB last 2 days.',
  );
  expect(capped.fix).toEqual({
    file: 'environments/prod.yaml',
    path: 'workerGroups.general.rootVolume.maxSizeGiB',
    value: 90,
  });
});

const HOUR_MS = 3_600_000;
const live = (usedPerHour: number): LiveNodeGroup[] => [
  {
    id: 'prod/general',
    volumes: [{ instanceId: 'i-1', volumeId: 'vol-1', sizeGiB: 100 }],
    samples: [0, 1, 2, 3].map((hour) => ({ atMs: hour * HOUR_MS, usedPercent: 10 + hour * usedPerHour })),
  },
];

test('what is measured counts where it is more than what is declared', () => {
  const nodeGroups = [growing(20, 1)];
  expect(verdict(rule, { nodeGroups }, { live: live(1) })).toBe('pass');
  const found = onlyFinding(rule, { nodeGroups }, { live: live(10) });
  expect(found.message).toBe(
    '/ of general fills by 240 GiB a day (measured), and 4 growths from 100 GiB give 108 GiB a day.',
  );
});

test.each([
  ['nodes of which nothing is known', nodeGroup(), 'nothing'],
  ['a healed group with no declared growth', nodeGroup({ policy: { maxSizeGiB: 200 } }), 'cannot-tell'],
  [
    'healed, of unknown size',
    nodeGroup({ policy: { maxSizeGiB: 200 }, rootVolume: unknown('x') }),
    'cannot-tell',
  ],
  [
    'declared, of the image’s size',
    nodeGroup({ policy: { growthGiBPerDay: 1 }, rootVolume: absent }),
    'cannot-tell',
  ],
])('judges %s', (_, group, expected) => {
  expect(verdict(rule, { nodeGroups: [group] })).toBe(expected);
});
