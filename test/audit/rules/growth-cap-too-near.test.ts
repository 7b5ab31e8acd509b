import { absent, known, unknown } from '../../../lib/audit/facts';
import { growthCapTooNear as rule } from '../../../lib/audit/rules/growth-cap-too-near';
import { DECLARED_IN, nodeGroup, onlyFinding, place, verdict } from '../support/facts';

const capped = (sizeGiB: number, maxSizeGiB: number) =>
  nodeGroup({
    root: { sizeGiB: known(sizeGiB) },
    policy: { maxSizeGiB },
    place: place('A', { declaredIn: DECLARED_IN }),
  });

// Two steps: 20 → 30 → 40, and 100 → 120 → 144.
test.each([
  [20, 39, 'finding warning'],
  [20, 40, 'pass'],
  [100, 143, 'finding warning'],
  [100, 144, 'pass'],
])('initially %d, capped at %d GiB', (sizeGiB, cap, expected) => {
  expect(verdict(rule, { nodeGroups: [capped(sizeGiB, cap)] })).toBe(expected);
});

test.each([
  [25, 'room for 5 GiB'],
  [20, 'no room at all'],
  [10, 'less than it has'],
])('a cap of %d GiB leaves %s', (cap, words) => {
  const found = onlyFinding(rule, { nodeGroups: [capped(20, cap)] });
  expect(found.message).toBe(
    `The cap of ${cap} GiB leaves / of general, initially 20 GiB, ${words}; two growths need 40 GiB.`,
  );
  expect(found.fix).toMatchObject({ path: 'workerGroups.general.rootVolume.maxSizeGiB', value: 40 });
});

test('what is already grown counts', () => {
  const group = capped(20, 60);
  const live = [
    { id: group.id, volumes: [{ instanceId: 'i-1', volumeId: 'v-1', sizeGiB: 50 }], samples: [] },
  ];
  expect(verdict(rule, { nodeGroups: [group] })).toBe('pass');
  expect(onlyFinding(rule, { nodeGroups: [group] }, { live }).message).toContain(
    'already 50 GiB, room for 10 GiB',
  );
});

test.each([
  ['no cap', nodeGroup(), 'nothing'],
  ['unknown size', nodeGroup({ policy: { maxSizeGiB: 60 }, rootVolume: unknown('x') }), 'cannot-tell'],
  ['the image’s size', nodeGroup({ policy: { maxSizeGiB: 60 }, rootVolume: absent }), 'cannot-tell'],
])('judges %s', (_, group, expected) => {
  expect(verdict(rule, { nodeGroups: [group] })).toBe(expected);
});
