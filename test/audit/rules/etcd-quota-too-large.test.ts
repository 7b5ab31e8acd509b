import { absent, known, unknown } from '../../../lib/audit/facts';
import { etcdQuotaTooLarge as rule } from '../../../lib/audit/rules/etcd-quota-too-large';
import { controlPlane, nodeGroup, onlyFinding, place, verdict } from '../support/facts';

const of = (sizeGiB: number, etcdQuotaGiB: number) =>
  controlPlane({
    root: { sizeGiB: known(sizeGiB) },
    policy: { etcdQuotaGiB },
    place: place('N', { declaredIn: { file: 'environments/prod.yaml', path: 'controlPlane' } }),
  });

// (3 × quota + 10) GiB below a warning at 80 %.
test.each([
  [20, 2, 'pass'],
  [19, 2, 'finding error'],
  [43, 8, 'pass'],
  [42, 8, 'finding error'],
  [500, 8, 'pass'],
  [500, 8.1, 'finding error'],
])('%d GiB with a quota of %d GiB: %s', (sizeGiB, quota, expected) => {
  expect(verdict(rule, { nodeGroups: [of(sizeGiB, quota)] })).toBe(expected);
});

test('the finding has the figures and the size that is enough', () => {
  expect(onlyFinding(rule, { nodeGroups: [of(30, 8)] })).toMatchObject({
    message:
      "etcd's quota of 8 GiB needs 34 GiB with defragmentation, a snapshot and the system, and / of control-plane has 24 GiB below its warning at 80 %.",
    fix: { path: 'controlPlane.rootVolume.sizeGiB', value: 43 },
  });
});

test.each([
  '--quota-backend-bytes=8589934592',
  'quota-backend-bytes: "8589934592"',
  'extraArgs:\n- name: quota-backend-bytes\n  value: "8589934592"',
])('user data says it: %s', (userData) => {
  const group = controlPlane({ root: { sizeGiB: known(30) }, userData: known(userData) });
  expect(onlyFinding(rule, { nodeGroups: [group] }).message).toContain('quota of 8 GiB');
});

test.each([
  ['the default, on 20 GiB', controlPlane({ root: { sizeGiB: known(20) } }), 'pass'],
  ['the default, on 8 GiB', controlPlane({ root: { sizeGiB: known(8) } }), 'finding error'],
  ['user data that cannot be read', controlPlane({ userData: unknown('x') }), 'cannot-tell'],
  [
    'declared, whatever the user data',
    controlPlane({ userData: unknown('x'), policy: { etcdQuotaGiB: 2 } }),
    'pass',
  ],
  ['unknown size', controlPlane({ rootVolume: unknown('x') }), 'cannot-tell'],
  ['the image’s size: another rule', controlPlane({ rootVolume: absent }), 'nothing'],
  ['a worker', nodeGroup(), 'nothing'],
  [
    'a node of no role with a quota',
    nodeGroup({ role: 'unknown', policy: { etcdQuotaGiB: 9 } }),
    'finding error',
  ],
])('judges %s', (_, group, expected) => {
  expect(verdict(rule, { nodeGroups: [group] })).toBe(expected);
});
