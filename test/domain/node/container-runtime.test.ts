import { KUBERNETES_VERSIONS } from '../../../lib/config/rules';
import { minimumContainerd } from '../../../lib/domain/node/container-runtime';

test('the last minor versions that do without the CRI’s word on cgroups take 1.7, later ones need 2.0', () => {
  expect(['1.35.0', '1.36.3', '1.37.1', '1.38.0', '1.40.2'].map(minimumContainerd)).toEqual([
    ...['1.7', '1.7', '1.7', '2.0', '2.0'],
  ]);
});

test('every version that an environment may name is one whose kubelet knows crashLoopBackOff', () => {
  for (const version of KUBERNETES_VERSIONS) expect(Number(version.split('.')[1])).toBeGreaterThanOrEqual(35);
});
