import { absent, known, unknown, type ImageFamily } from '../../../lib/audit/facts';
import { rootDeviceNameMismatch as rule } from '../../../lib/audit/rules/root-device-name-mismatch';
import { device, nodeGroup, onlyFinding, verdict } from '../support/facts';

const named = (family: ImageFamily, ...names: string[]) =>
  nodeGroup({
    family: known(family),
    blockDevices: known(names.map((name) => device({ deviceName: known(name) }))),
  });

test.each<[ImageFamily, string, string]>([
  ['ubuntu', '/dev/sda1', '/dev/xvda'],
  ['windows', '/dev/sda1', '/dev/xvda'],
  ['debian', '/dev/xvda', '/dev/sda1'],
  ['amazon-linux-2', '/dev/xvda', '/dev/sda1'],
  ['amazon-linux-2023', '/dev/xvda', '/dev/sda1'],
  ['bottlerocket', '/dev/xvda', '/dev/sda1'],
])('%s: %s is root, %s is a second volume', (family, right, wrong) => {
  expect(verdict(rule, { nodeGroups: [named(family, right)] })).toBe('pass');
  const found = onlyFinding(rule, { nodeGroups: [named(family, wrong)] });
  expect(found.message).toContain(`root of its image (${family}) is ${right}`);
  expect(found.remediation).toBe(`Change the device name ${wrong} to ${right}.`);
});

test('root beside a second volume that looks like a root is fine', () => {
  expect(verdict(rule, { nodeGroups: [named('ubuntu', '/dev/xvda', '/dev/sda1')] })).toBe('pass');
});

test.each([
  ['data volumes alone', named('ubuntu', '/dev/sdf', '/dev/xvdba'), 'nothing'],
  ['no mapping', nodeGroup({ blockDevices: absent }), 'nothing'],
  ["EKS's DiskSize", nodeGroup({ blockDevices: known([device({ deviceName: absent })]) }), 'nothing'],
  ['unknown mappings', nodeGroup({ blockDevices: unknown('x') }), 'cannot-tell'],
  [
    'an unknown name',
    nodeGroup({ blockDevices: known([device({ deviceName: unknown('x') })]) }),
    'cannot-tell',
  ],
  ['an unknown image', nodeGroup({ family: unknown('x') }), 'cannot-tell'],
  ['an image of another family', named('other', '/dev/sda1'), 'cannot-tell'],
  [
    'instance store',
    nodeGroup({ blockDevices: known([device({ deviceName: known('/dev/xvda'), ebs: false })]) }),
    'nothing',
  ],
])('judges %s', (_, group, expected) => {
  expect(verdict(rule, { nodeGroups: [group] })).toBe(expected);
});
