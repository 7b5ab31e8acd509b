import { known, unknown, type DeclaredPolicy } from '../../../lib/audit/facts';
import { diskLevelsOutOfOrder as rule } from '../../../lib/audit/rules/disk-levels-out-of-order';
import { alarm, nodeGroup, onlyFinding, verdicts } from '../support/facts';

const LEVELS = { targetPercent: 70, warningPercent: 80, criticalPercent: 90, emergencyPercent: 95 };
const KUBELET = { imageGcLowPercent: 70, imageGcHighPercent: 75, evictionPercent: 85 };
const group = (policy: DeclaredPolicy) => nodeGroup({ policy });

test.each<[string, DeclaredPolicy, string[]]>([
  ['in order', { diskLevels: LEVELS, kubelet: KUBELET }, ['pass']],
  [
    'target at warning',
    { diskLevels: { ...LEVELS, targetPercent: 80 }, kubelet: KUBELET },
    ['finding error'],
  ],
  [
    'warning at critical',
    { diskLevels: { ...LEVELS, criticalPercent: 80 }, kubelet: KUBELET },
    ['finding error'],
  ],
  [
    'critical above emergency',
    { diskLevels: { ...LEVELS, criticalPercent: 96 }, kubelet: KUBELET },
    ['finding error'],
  ],
  [
    'emergency never',
    { diskLevels: { ...LEVELS, emergencyPercent: 100 }, kubelet: KUBELET },
    ['finding error'],
  ],
  [
    'images collected after the warning',
    { diskLevels: LEVELS, kubelet: { ...KUBELET, imageGcHighPercent: 80 } },
    ['finding error'],
  ],
  [
    'warning at eviction',
    { diskLevels: LEVELS, kubelet: { ...KUBELET, evictionPercent: 80 } },
    ['finding error'],
  ],
  ['collection upside down', { kubelet: { ...KUBELET, imageGcLowPercent: 75 } }, ['finding error']],
  [
    'one half declared below the other half’s default',
    { kubelet: { imageGcHighPercent: 75 } },
    ['finding error'],
  ],
  ['levels against the kubelet’s default of 85', { diskLevels: LEVELS }, ['finding warning']],
  ['a warning where the default collects', { diskLevels: { ...LEVELS, warningPercent: 85 } }, ['pass']],
  [
    'a warning after default eviction',
    { diskLevels: { ...LEVELS, warningPercent: 86 } },
    ['finding warning'],
  ],
  ['nothing declared', {}, []],
])('%s', (_, policy, expected) => {
  expect(verdicts(rule, { nodeGroups: [group(policy)] })).toEqual(expected);
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
    [80, ['pass']],
    [85, ['pass']],
    [86, ['finding warning']],
  ])('a first alarm at %d %%', (threshold, expected) => {
    const alarms = [alarm({ threshold: known(threshold) }), alarm({ threshold: known(95) })];
    expect(verdicts(rule, { nodeGroups: [nodeGroup()], alarms })).toEqual(expected);
  });

  test('no Kubernetes node: nobody evicts', () => {
    const alarms = [alarm({ threshold: known(95) })];
    expect(verdicts(rule, { nodeGroups: [nodeGroup({ role: 'unknown' })], alarms })).toEqual(['pass']);
  });

  test('an unknown threshold', () => {
    expect(
      verdicts(rule, { nodeGroups: [nodeGroup()], alarms: [alarm({ threshold: unknown('x') })] }),
    ).toEqual(['cannot-tell']);
  });

  test('free space is no used percent', () => {
    const free = alarm({
      metric: known({ namespace: known('CWAgent'), name: known('disk_free'), dimensions: known({}) }),
      comparison: known('LessThanThreshold'),
      threshold: known(1_000_000),
    });
    expect(verdicts(rule, { nodeGroups: [nodeGroup()], alarms: [free] })).toEqual([]);
  });
});
