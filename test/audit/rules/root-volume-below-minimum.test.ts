import { absent, known, unknown } from '../../../lib/audit/facts';
import { rootVolumeBelowMinimum as rule } from '../../../lib/audit/rules/root-volume-below-minimum';
import { DECLARED_IN, device, nodeGroup, onlyFinding, place, verdict } from '../support/facts';

const sized = (sizeGiB: number) => nodeGroup({ root: { sizeGiB: known(sizeGiB) } });

test.each([
  [19, 'finding error'],
  [20, 'pass'],
  [21, 'pass'],
])('%d GiB: %j', (sizeGiB, expected) => {
  expect(verdict(rule, { nodeGroups: [sized(sizeGiB)] })).toBe(expected);
});

test('the finding names sizes, the line to edit, and edits it', () => {
  const group = nodeGroup({ root: { sizeGiB: known(8) }, place: place('A', { declaredIn: DECLARED_IN }) });
  expect(onlyFinding(rule, { nodeGroups: [group] })).toMatchObject({
    message: '/ of general starts with 8 GiB, below the minimum of 20 GiB.',
    remediation: 'Set workerGroups.general.rootVolume.sizeGiB in environments/prod.yaml to 20 or more.',
    fix: { file: 'environments/prod.yaml', path: 'workerGroups.general.rootVolume.sizeGiB', value: 20 },
  });
});

test('a path that names the root volume itself is the same entry', () => {
  const declaredIn = { file: 'environments/prod.yaml', path: 'controlPlane.rootVolume' };
  const group = nodeGroup({ root: { sizeGiB: known(8) }, launchTemplate: place('T', { declaredIn }) });
  expect(onlyFinding(rule, { nodeGroups: [group] }).fix?.path).toBe('controlPlane.rootVolume.sizeGiB');
});

test('writes no size that the cap forbids', () => {
  const group = nodeGroup({
    root: { sizeGiB: known(8) },
    place: place('A', { declaredIn: DECLARED_IN }),
    policy: { maxSizeGiB: 16 },
  });
  expect(onlyFinding(rule, { nodeGroups: [group] })).not.toHaveProperty('fix');
});

test('a machine that is not a Kubernetes node is a warning; kubeadm in its user data makes it one', () => {
  const bastion = nodeGroup({ role: 'unknown', root: { sizeGiB: known(8) } });
  expect(verdict(rule, { nodeGroups: [bastion] })).toBe('finding warning');
  expect(verdict(rule, { nodeGroups: [{ ...bastion, userData: known('kubeadm init') }] })).toBe(
    'finding error',
  );
});

test.each([
  ['unknown size', nodeGroup({ root: { sizeGiB: unknown('a parameter') } }), 'cannot-tell'],
  ['unknown root', nodeGroup({ rootVolume: unknown('a parameter') }), 'cannot-tell'],
  ['a negative size', sized(-1), 'cannot-tell'],
  ['no size, which another rule reports', nodeGroup({ rootVolume: absent }), 'nothing'],
  ["EKS's default of 20 GiB", nodeGroup({ kind: 'eks-node-group', rootVolume: absent }), 'pass'],
  [
    'EKS with an unknown image',
    nodeGroup({ kind: 'eks-node-group', rootVolume: absent, family: unknown('a parameter') }),
    'cannot-tell',
  ],
])('judges %s', (_, group, expected) => {
  expect(verdict(rule, { nodeGroups: [group] })).toBe(expected);
});

test('Bottlerocket fills its second volume, not its root', () => {
  const small = device({ deviceName: known('/dev/xvda'), sizeGiB: known(4) });
  const bottlerocket = (dataGiB: number) => {
    const data = device({ deviceName: known('/dev/xvdb'), sizeGiB: known(dataGiB) });
    return nodeGroup({
      family: known('bottlerocket'),
      rootVolume: known(small),
      blockDevices: known([small, data]),
    });
  };
  expect(verdict(rule, { nodeGroups: [bottlerocket(20)] })).toBe('pass');
  expect(onlyFinding(rule, { nodeGroups: [bottlerocket(19)] }).message).toMatch(
    /^the data volume of general/,
  );
});
