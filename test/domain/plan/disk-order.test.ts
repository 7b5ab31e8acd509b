import fc from 'fast-check';
import { kubeletConfiguration } from '../../../lib/stacks/cluster/bootstrap/kubelet';
import { controlPlaneGroup, workerGroups } from '../../../lib/config/node-groups';
import { diskOrder, kubeletDiskPolicy, logsPercent, outOfOrder } from '../../../lib/domain/plan/disk-order';
import { ENVIRONMENTS } from '../../app/environments';

const levels = (warningPercent: number) => ({
  targetPercent: warningPercent - 1,
  warningPercent,
  criticalPercent: warningPercent + 1,
  emergencyPercent: warningPercent + 2,
});

const groups = ENVIRONMENTS.flatMap(({ name, environment }) =>
  [controlPlaneGroup(environment), ...workerGroups(environment)].map(
    (group) => [`${name} ${group.name}`, group, environment.diskLevels] as const,
  ),
);

test.each(groups)('%s: journal and logs < image collection < warning < eviction', (_, group, diskLevels) => {
  const order = diskOrder({ role: group.role, sizeGiB: group.rootVolume.sizeGiB }, diskLevels);
  expect(order.map(({ name }) => name)).toEqual([
    'journal and log limits',
    'image collection low',
    'image collection high',
    'warning',
    'eviction',
  ]);
  expect(outOfOrder(order)).toEqual([]);
});

test.each(groups)('%s: the kubelet’s file says what the order counts on', (_, _group, diskLevels) => {
  const { imageGcLowPercent, imageGcHighPercent, evictionPercent } = kubeletDiskPolicy(diskLevels);
  expect(kubeletConfiguration(diskLevels)).toMatchObject({
    imageGCLowThresholdPercent: imageGcLowPercent,
    imageGCHighThresholdPercent: imageGcHighPercent,
    evictionHard: { 'imagefs.available': `${100 - evictionPercent}%` },
    mergeDefaultEvictionSettings: true,
  });
});

test('makes the kubelet collect before the warning and evict after it, for every warning the schema allows', () => {
  fc.assert(
    fc.property(fc.integer({ min: 11, max: 97 }), (warningPercent) => {
      const { imageGcLowPercent, imageGcHighPercent, evictionPercent } = kubeletDiskPolicy(
        levels(warningPercent),
      );
      expect(imageGcLowPercent).toBeLessThan(imageGcHighPercent);
      expect(imageGcHighPercent).toBeLessThan(warningPercent);
      expect(warningPercent).toBeLessThan(evictionPercent);
      expect(evictionPercent).toBeLessThan(100);
    }),
  );
});

test.each([
  [80, { imageGcLowPercent: 65, imageGcHighPercent: 75, evictionPercent: 85 }],
  [82, { imageGcLowPercent: 67, imageGcHighPercent: 77, evictionPercent: 87 }],
  [97, { imageGcLowPercent: 82, imageGcHighPercent: 92, evictionPercent: 98 }],
  [11, { imageGcLowPercent: 5, imageGcHighPercent: 6, evictionPercent: 85 }],
])('a warning at %d %%', (warningPercent, expected) => {
  expect(kubeletDiskPolicy(levels(warningPercent))).toEqual(expected);
});

test('reports logs that may fill the disk up to image collection', () => {
  expect(logsPercent('worker', 20)).toBeCloseTo(31.5, 1);
  const order = diskOrder({ role: 'worker', sizeGiB: 9 }, levels(80));
  expect(outOfOrder(order).map(({ low, high }) => [low.name, high.name])).toEqual([
    ['journal and log limits', 'image collection low'],
  ]);
});

test.each([
  [80, 80, false, 1],
  [79, 80, false, 0],
  [80, 80, true, 0],
  [81, 80, true, 1],
])('%d then %d, by default %s: %d out of order', (low, high, isDefault, count) => {
  const points = [
    { name: 'low', percent: low, isDefault },
    { name: 'high', percent: high },
  ];
  expect(outOfOrder(points)).toHaveLength(count);
});
