import { known, unknown } from '../../../lib/audit/facts';
import { growthCapMissing as rule } from '../../../lib/audit/rules/growth-cap-missing';
import { DECLARED_IN, nodeGroup, onlyFinding, place, verdicts } from '../support/facts';

test.each([
  ['a cap', { maxSizeGiB: 200 }, ['pass']],
  ['healed, without a cap', { environment: 'prod' }, ['finding warning']],
  ['no healing is running', {}, ['finding note']],
  [
    'levels are declared',
    { diskLevels: { warningPercent: 80, criticalPercent: 90, emergencyPercent: 95, targetPercent: 75 } },
    ['finding warning'],
  ],
])('%s', (_, policy, expected) => {
  expect(verdicts(rule, { nodeGroups: [nodeGroup({ policy })] })).toEqual(expected);
});

test('the edit leaves room for three times the size', () => {
  const healed = { policy: { environment: 'prod' }, place: place('A', { declaredIn: DECLARED_IN }) };
  const group = nodeGroup({ ...healed, root: { sizeGiB: known(40) } });
  expect(onlyFinding(rule, { nodeGroups: [group] }).fix).toEqual({
    file: 'environments/prod.yaml',
    path: 'workerGroups.general.rootVolume.maxSizeGiB',
    value: 120,
  });
  const unsized = nodeGroup({ ...healed, rootVolume: unknown('x') });
  expect(onlyFinding(rule, { nodeGroups: [unsized] })).not.toHaveProperty('fix');
});

test('a launch template that nothing uses has no nodes to grow, unless Headroom knows it', () => {
  const kind = 'launch-template' as const;
  expect(verdicts(rule, { nodeGroups: [nodeGroup({ kind })] })).toEqual([]);
  expect(verdicts(rule, { nodeGroups: [nodeGroup({ kind, policy: { environment: 'prod' } })] })).toEqual([
    'finding warning',
  ]);
});
