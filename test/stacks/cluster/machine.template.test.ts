import { architectureOf, rootDeviceName } from '../../../lib/stacks/cluster/machine';

test.each([
  ['t4g.medium', 'arm64'],
  ['m7g.large', 'arm64'],
  ['c7gn.xlarge', 'arm64'],
  ['x2gd.2xlarge', 'arm64'],
  ['im4gn.large', 'arm64'],
  ['g5g.xlarge', 'arm64'],
  ['hpc7g.4xlarge', 'arm64'],
  ['r8gd.metal-24xl', 'arm64'],
  ['a1.large', 'arm64'],
  ['t3.medium', 'x86_64'],
  ['m7i.large', 'x86_64'],
  ['m7i-flex.large', 'x86_64'],
  ['g4dn.xlarge', 'x86_64'],
  ['g6.xlarge', 'x86_64'],
  ['gr6.4xlarge', 'x86_64'],
  ['u7i-12tb.224xlarge', 'x86_64'],
  ['x2iezn.2xlarge', 'x86_64'],
  ['r7a.large', 'x86_64'],
])('%s is %s', (instanceType, architecture) => {
  expect(architectureOf(instanceType)).toBe(architecture);
});

test('each system has the root device of its own images', () => {
  expect(rootDeviceName('ubuntu-24.04')).toBe('/dev/sda1');
  expect(rootDeviceName('amazon-linux-2023')).toBe('/dev/xvda');
});
