import { absent, known, unknown } from '../../../lib/audit/facts';
import { rootVolumeSizeOfImage as rule } from '../../../lib/audit/rules/root-volume-size-of-image';
import { DECLARED_IN, device, nodeGroup, onlyFinding, place, verdicts } from '../support/facts';

const bare = { blockDevices: absent, rootVolume: absent } as const;

test.each([
  ['no mapping', nodeGroup(bare), ['finding error']],
  ['a mapping without a size', nodeGroup({ root: { sizeGiB: absent } }), ['finding error']],
  [
    'a data volume alone',
    nodeGroup({ rootVolume: absent, blockDevices: known([device({ deviceName: known('/dev/sdf') })]) }),
    ['finding error'],
  ],
  ['no Kubernetes node', nodeGroup({ ...bare, role: 'unknown' }), ['finding warning']],
  ['a size', nodeGroup(), ['pass']],
  ["EKS's default", nodeGroup({ ...bare, kind: 'eks-node-group' }), ['pass']],
  [
    'EKS with a launch template that declares none',
    nodeGroup({ ...bare, kind: 'eks-node-group', launchTemplate: place('T') }),
    ['finding error'],
  ],
  ['unknown mappings', nodeGroup({ blockDevices: unknown('x'), rootVolume: unknown('x') }), ['cannot-tell']],
  [
    'data volumes alone, on an unknown image',
    nodeGroup({
      rootVolume: unknown('x'),
      family: unknown('x'),
      blockDevices: known([device({ deviceName: known('/dev/sdf') })]),
    }),
    ['finding error'],
  ],
  [
    'a name of some root, on an unknown image',
    nodeGroup({ rootVolume: unknown('x'), family: unknown('x') }),
    ['cannot-tell'],
  ],
  [
    'a wrong root name is another finding',
    nodeGroup({ rootVolume: absent, blockDevices: known([device({ deviceName: known('/dev/xvda') })]) }),
    [],
  ],
])('%s', (_, group, expected) => {
  expect(verdicts(rule, { nodeGroups: [group] })).toEqual(expected);
});

test('the edit writes a size that no other rule finds too small', () => {
  const group = nodeGroup({ ...bare, place: place('A', { declaredIn: DECLARED_IN }) });
  const { fix } = onlyFinding(rule, { nodeGroups: [group] });
  expect(fix?.path).toBe('workerGroups.general.rootVolume.sizeGiB');
  expect(fix?.value).toBeGreaterThanOrEqual(20);
});
