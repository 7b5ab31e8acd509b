import fc from 'fast-check';
import type { ClusterFactsResult, ClusterMember } from '../../../lib/domain/operate/operate-figures';
import { judgeUpgrade, parseVersion, planUpgrade } from '../../../lib/domain/operate/upgrade';

const member = (name: string, version = '1.36.2', more: Partial<ClusterMember> = {}): ClusterMember => ({
  ...{ name, version, ready: true, unwell: '' },
  ...more,
});
const WORKER = { name: 'w', version: '1.36.2', ready: true, cordoned: false, controlPlane: false };
const facts = (more: Partial<ClusterFactsResult> = {}): ClusterFactsResult => ({
  ...{ headroom: 1, script: 'cluster-facts', ok: true, dryRun: false, nodes: 4, conditions: [] },
  ...{ apiServerVersion: '1.36.2', clusterVersion: '1.36.2', node: WORKER },
  members: [member('a'), member('b'), member('c')],
  ...more,
});
const first = { ...WORKER, name: 'a', controlPlane: true };
const upgraded = ['a', 'b', 'c'].map((name) => member(name, '1.36.3'));

test.each<[string, Partial<ClusterFactsResult>, string, string]>([
  ['the first control-plane node to get there', { node: first }, '1.36.3', 'apply'],
  ['the next minor version', { node: first }, '1.37.0', 'apply'],
  ['one that kubeadm has been through already', { node: first, clusterVersion: '1.36.3' }, '1.36.3', 'node'],
  ['kubeadm does not say: the API server does', { node: first, clusterVersion: '' }, '1.36.3', 'apply'],
  [
    'a worker when all of the control plane is there',
    { members: upgraded, apiServerVersion: '1.36.3' },
    '1.36.3',
    'node',
  ],
  [
    'a second time, for what was left half done',
    { members: upgraded, apiServerVersion: '1.36.3', node: { ...WORKER, version: '1.36.3' } },
    '1.36.3',
    'node',
  ],
])('%s', (_, more, target, mode) => {
  expect(planUpgrade(facts(more), target)).toMatchObject({ ok: true, plan: { mode, to: target } });
});

test.each<[string, Partial<ClusterFactsResult>, string, RegExp]>([
  ['no version', {}, '1.36', /not a version/],
  ['no such node', { node: null }, '1.36.3', /no node for this instance/],
  [
    'a member that is not Ready',
    { node: first, members: [member('a'), member('b', '1.36.2', { ready: false })] },
    '1.36.3',
    /b is not Ready/,
  ],
  [
    'a member without etcd',
    { node: first, members: [member('a'), member('b', '1.36.2', { unwell: 'etcd' })] },
    '1.36.3',
    /b has no ready etcd/,
  ],
  ['no member', { node: first, members: [] }, '1.36.3', /no control-plane node/],
  ['the way back', { node: first }, '1.36.1', /does not support downgrades/],
  ['the way back by a minor', { node: first }, '1.35.9', /does not support downgrades/],
  ['a skipped minor', { node: first }, '1.38.0', /would skip a minor version/],
  ['a worker first', {}, '1.36.3', /a is still at 1\.36\.2: upgrade the control plane first/],
  [
    'a worker before the last member',
    { members: [...upgraded.slice(1), member('z')], apiServerVersion: '1.36.3' },
    '1.36.3',
    /z is still/,
  ],
  ['a worker before the API server', { members: upgraded }, '1.36.3', /the API server is still at 1\.36\.2/],
  ['a version nobody can read', { node: { ...first, version: '1.36.2-eks' } }, '1.36.3', /cannot be planned/],
])('refuses %s, with the next step', (_, more, target, why) => {
  expect(planUpgrade(facts(more), target)).toEqual({
    ok: false,
    why: expect.stringMatching(why) as string,
    next: expect.stringMatching(/./) as string,
  });
});

const after = { node: { ...first, version: '1.36.3' }, members: upgraded };
test.each<[string, Partial<ClusterFactsResult>, RegExp | undefined]>([
  ['all is well', after, undefined],
  ['gone', { ...after, node: null }, /no longer has the node/],
  ['still at the old version', { ...after, node: first }, /is at 1\.36\.2, not 1\.36\.3/],
  ['not Ready', { ...after, node: { ...after.node, ready: false } }, /is not Ready/],
  ['still cordoned', { ...after, node: { ...after.node, cordoned: true } }, /still cordoned/],
  [
    'another member fell',
    { ...after, members: [member('b', '1.36.3', { unwell: 'kube-apiserver' })] },
    /b has no ready kube-apiserver/,
  ],
])('afterwards, %s', (_, more, why) => {
  const judged = judgeUpgrade(facts(more), '1.36.3');
  expect(judged).toMatchObject(
    why === undefined ? { ok: true } : { ok: false, why: expect.stringMatching(why) as string },
  );
});

test('never downgrades, skips a minor version, or starts while a member is unhealthy', () => {
  const version = fc
    .tuple(fc.integer({ min: 34, max: 38 }), fc.integer({ min: 0, max: 4 }))
    .map(([a, b]) => `1.${a}.${b}`);
  const members = fc.array(
    fc.record({
      name: fc.constant('m'),
      version,
      ready: fc.boolean(),
      unwell: fc.constantFrom('', '', 'etcd'),
    }),
    { maxLength: 3 },
  );
  const node = fc.record({
    name: fc.constant('n'),
    version,
    ready: fc.boolean(),
    cordoned: fc.boolean(),
    controlPlane: fc.boolean(),
  });
  fc.assert(
    fc.property(node, members, version, version, version, (own, all, server, declared, target) => {
      const given = facts({ node: own, members: all, apiServerVersion: server, clusterVersion: declared });
      const choice = planUpgrade(given, target);
      if (!choice.ok) return;
      const [from, to] = [parseVersion(own.version)!, parseVersion(target)!];
      expect(to[0] - from[0]).toBeGreaterThanOrEqual(0);
      expect(to[0] - from[0]).toBeLessThanOrEqual(1);
      expect(all.every(({ ready, unwell }) => ready && unwell === '')).toBe(true);
      if (!own.controlPlane) expect(choice.plan.mode).toBe('node');
    }),
    { numRuns: 500 },
  );
});
