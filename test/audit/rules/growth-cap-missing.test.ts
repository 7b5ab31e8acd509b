import { known, unknown } from '../../../lib/audit/facts';
import { growthCapMissing as rule } from '../../../lib/audit/rules/growth-cap-missing';
import { DECLARED_IN, nodeGroup, onlyFinding, place, verdict } from '../support/facts';

test.each([
  ['no healing is running', {}, 'finding note'],
  [
    'levels are declared',
    { diskLevels: { warningPercent: 80, criticalPercent: 90, emergencyPercent: 95, targetPercent: 75 } },
    'finding warning',
  ],
])('judges %s', (_, policy, expected) => {
  expect(verdict(rule, { nodeGroups: [nodeGroup({ policy })] })).toBe(expected);
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
  expect(verdict(rule, { nodeGroups: [nodeGroup({ kind })] })).toBe('nothing');
  expect(verdict(rule, { nodeGroups: [nodeGroup({ kind, policy: { environment: 'prod' } })] })).toBe(
    'finding warning',
  );
});
