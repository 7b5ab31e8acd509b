import { absent, known, unknown } from '../../../lib/audit/facts';
import { rootVolumeSizeOfImage as rule } from '../../../lib/audit/rules/root-volume-size-of-image';
import { DECLARED_IN, device, nodeGroup, onlyFinding, place, verdict } from '../support/facts';

const bare = { blockDevices: absent, rootVolume: absent } as const;

test.each([
  ['a mapping without a size', nodeGroup({ root: { sizeGiB: absent } }), 'finding error'],
  [
    'a data volume alone',
    nodeGroup({ rootVolume: absent, blockDevices: known([device({ deviceName: known('/dev/sdf') })]) }),
    'finding error',
  ],
  ['a machine that is not a Kubernetes node', nodeGroup({ ...bare, role: 'unknown' }), 'finding warning'],
  ["EKS's default", nodeGroup({ ...bare, kind: 'eks-node-group' }), 'pass'],
  [
    'EKS with a launch template that declares none',
    nodeGroup({ ...bare, kind: 'eks-node-group', launchTemplate: place('T') }),
    'finding error',
  ],
  ['unknown mappings', nodeGroup({ blockDevices: unknown('x'), rootVolume: unknown('x') }), 'cannot-tell'],
  [
    'data volumes alone, on an unknown image',
    nodeGroup({
      rootVolume: unknown('x'),
      family: unknown('x'),
      blockDevices: known([device({ deviceName: known('/dev/sdf') })]),
    }),
    'finding error',
  ],
  [
    'a name of some root, on an unknown image',
    nodeGroup({ rootVolume: unknown('x'), family: unknown('x') }),
    'cannot-tell',
  ],
  [
    'a wrong root name, which another rule reports',
    nodeGroup({ rootVolume: absent, blockDevices: known([device({ deviceName: known('/dev/xvda') })]) }),
    'nothing',
  ],
])('judges %s', (_, group, expected) => {
  expect(verdict(rule, { nodeGroups: [group] })).toBe(expected);
});

test('the edit writes a size that no other rule finds too small', () => {
  const group = nodeGroup({ ...bare, place: place('A', { declaredIn: DECLARED_IN }) });
  const { fix } = onlyFinding(rule, { nodeGroups: [group] });
  expect(fix?.path).toBe('workerGroups.general.rootVolume.sizeGiB');
  expect(fix?.value).toBeGreaterThanOrEqual(20);
});
