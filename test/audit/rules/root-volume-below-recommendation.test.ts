import { absent, known, unknown } from '../../../lib/audit/facts';
import { recommendedGiB } from '../../../lib/audit/rules/support/recommendation';
import { rootVolumeBelowRecommendation as rule } from '../../../lib/audit/rules/root-volume-below-recommendation';
import { DECLARED_IN, controlPlane, nodeGroup, onlyFinding, place, verdict } from '../support/facts';

const recommended = (group = nodeGroup()): number => recommendedGiB(group) ?? NaN;

test.each([nodeGroup(), controlPlane()])('one GiB decides ($name)', (group) => {
  const sized = (sizeGiB: number) => {
    const root = { state: 'known' as const, value: sizeGiB };
    return group.role === 'worker'
      ? nodeGroup({ root: { sizeGiB: root } })
      : controlPlane({ root: { sizeGiB: root } });
  };
  expect(verdict(rule, { nodeGroups: [sized(recommended(group) - 1)] })).toBe('finding warning');
  expect(verdict(rule, { nodeGroups: [sized(recommended(group))] })).toBe('pass');
});

test('the finding says what the role needs, and edits it', () => {
  const group = nodeGroup({ root: { sizeGiB: known(40) }, place: place('A', { declaredIn: DECLARED_IN }) });
  const found = onlyFinding(rule, { nodeGroups: [group] });
  expect(found.message).toContain('starts with 40 GiB, below the');
  expect(found.fix).toEqual({
    file: 'environments/prod.yaml',
    path: 'workerGroups.general.rootVolume.sizeGiB',
    value: recommended(group),
  });
});

test.each([
  [
    'a size below the minimum, which another rule reports',
    nodeGroup({ root: { sizeGiB: known(8) } }),
    'nothing',
  ],
  ['no size, which another rule reports', nodeGroup({ rootVolume: absent }), 'nothing'],
  ['unknown size', nodeGroup({ rootVolume: unknown('a parameter') }), 'cannot-tell'],
  [
    'a machine that is not a Kubernetes node',
    nodeGroup({ role: 'unknown', root: { sizeGiB: known(30) } }),
    'nothing',
  ],
  [
    'a Kubernetes node of unknown role',
    nodeGroup({ role: 'unknown', tags: { 'kubernetes.io/cluster/prod': 'owned' } }),
    'cannot-tell',
  ],
  // Windows itself takes most of EKS's 50 GiB, and the model knows nothing of its images.
  ['a Windows node', nodeGroup({ family: known('windows'), root: { sizeGiB: known(500) } }), 'cannot-tell'],
])('judges %s', (_, group, expected) => {
  expect(verdict(rule, { nodeGroups: [group] })).toBe(expected);
});
