import { known, unknown, type DeclaredPolicy } from '../../../lib/audit/facts';
import { diskLevelsOutOfOrder as rule } from '../../../lib/audit/rules/disk-levels-out-of-order';
import { alarm, nodeGroup, onlyFinding, verdict } from '../support/facts';

const LEVELS = { targetPercent: 70, warningPercent: 80, criticalPercent: 90, emergencyPercent: 95 };
const KUBELET = { imageGcLowPercent: 70, imageGcHighPercent: 75, evictionPercent: 85 };
const group = (policy: DeclaredPolicy) => nodeGroup({ policy });

test.each<[string, DeclaredPolicy, string]>([
  ['target at warning', { diskLevels: { ...LEVELS, targetPercent: 80 }, kubelet: KUBELET }, 'finding error'],
  [
    'warning at critical',
    { diskLevels: { ...LEVELS, criticalPercent: 80 }, kubelet: KUBELET },
    'finding error',
  ],
  [
    'critical above emergency',
    { diskLevels: { ...LEVELS, criticalPercent: 96 }, kubelet: KUBELET },
    'finding error',
  ],
  [
    'an emergency level that is never reached',
    { diskLevels: { ...LEVELS, emergencyPercent: 100 }, kubelet: KUBELET },
    'finding error',
  ],
  [
    'warning at eviction',
    { diskLevels: LEVELS, kubelet: { ...KUBELET, evictionPercent: 80 } },
    'finding error',
  ],
  ['collection upside down', { kubelet: { ...KUBELET, imageGcLowPercent: 75 } }, 'finding error'],
  [
    'one half declared below the other half’s default',
    { kubelet: { imageGcHighPercent: 75 } },
    'finding error',
  ],
  ['levels against the kubelet’s default of 85', { diskLevels: LEVELS }, 'finding warning'],
  ['a warning where the default collects', { diskLevels: { ...LEVELS, warningPercent: 85 } }, 'pass'],
  ['a warning after default eviction', { diskLevels: { ...LEVELS, warningPercent: 86 } }, 'finding warning'],
  ['nothing declared', {}, 'nothing'],
])('judges %s', (_, policy, expected) => {
  expect(verdict(rule, { nodeGroups: [group(policy)] })).toBe(expected);
});

test('the finding has both figures, says whose default it is, and what to write', () => {
  const found = onlyFinding(rule, { nodeGroups: [group({ diskLevels: LEVELS })] });
  expect(found.message).toBe(
    "Levels of general are out of order: image collection high (the kubelet's default) 85 % is not below warning 80 %.",
  );
  expect(found.remediation).toContain(
    'imageGCHighThresholdPercent to 75 and imageGCLowThresholdPercent to 70',
  );
});

describe('without declared levels the alarms are', () => {
  test.each([
    [80, 'pass'],
    [85, 'pass'],
    [86, 'finding warning'],
  ])('a first alarm at %d %%', (threshold, expected) => {
    const alarms = [alarm({ threshold: known(threshold) }), alarm({ threshold: known(95) })];
    expect(verdict(rule, { nodeGroups: [nodeGroup()], alarms })).toBe(expected);
  });

  test('only Kubernetes nodes evict', () => {
    const alarms = [alarm({ threshold: known(95) })];
    expect(verdict(rule, { nodeGroups: [nodeGroup({ role: 'unknown' })], alarms })).toBe('pass');
  });

  test('cannot tell with an unknown threshold', () => {
    expect(verdict(rule, { nodeGroups: [nodeGroup()], alarms: [alarm({ threshold: unknown('x') })] })).toBe(
      'cannot-tell',
    );
  });

  test('an alarm on free space says nothing of used percent', () => {
    const free = alarm({
      metric: known({ namespace: known('CWAgent'), name: known('disk_free'), dimensions: known({}) }),
      comparison: known('LessThanThreshold'),
      threshold: known(1_000_000),
    });
    expect(verdict(rule, { nodeGroups: [nodeGroup()], alarms: [free] })).toBe('nothing');
  });
});
