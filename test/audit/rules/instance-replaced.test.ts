import type { NodeGroupFacts } from '../../../lib/audit/facts';
import { instanceReplaced as rule } from '../../../lib/audit/rules/instance-replaced';
import { check, controlPlane, facts, nodeGroup, verdict } from '../support/facts';

const against = (...before: NodeGroupFacts[]) => ({ base: facts({ nodeGroups: before }) });

/** The same group with other properties of its second instance. */
const withSecond = (group: NodeGroupFacts, replacing: Record<string, string>): NodeGroupFacts => ({
  ...group,
  instances: group.instances.map((one, index) => (index === 1 ? { ...one, replacing } : one)),
});

test('nothing changes', () => {
  expect(verdict(rule, { nodeGroups: [controlPlane()] }, against(controlPlane()))).toBe('pass, pass, pass');
});

test('a changed property names the instance, the property and its values', () => {
  const after = withSecond(controlPlane(), { LaunchTemplate: '{"version":"1"}', ImageId: 'ami-2' });
  const [, second] = check(rule, { nodeGroups: [after] }, against(controlPlane()));
  expect(second).toMatchObject({
    kind: 'finding',
    severity: 'error',
    message: 'Node2 of control-plane is replaced: ImageId (ami-1 → ami-2) changes.',
    subject: { name: 'control-plane (Node2)', place: { logicalId: 'Node2' } },
  });
});

test('long values are named, not shown; a property that comes or goes counts', () => {
  const after = withSecond(controlPlane(), { LaunchTemplate: 'x'.repeat(500), UserData: 'abc' });
  const [, second] = check(rule, { nodeGroups: [after] }, against(controlPlane()));
  expect(second).toMatchObject({
    message:
      'Node2 of control-plane is replaced: ImageId (ami-1 → absent), LaunchTemplate and UserData (absent → abc) change.',
  });
});

test('an instance that vanishes is terminated; a new one is not a finding', () => {
  const all = controlPlane();
  const two = { ...all, instances: all.instances.slice(0, 2) };
  expect(verdict(rule, { nodeGroups: [two] }, against(all))).toBe('pass, pass, finding error');
  expect(verdict(rule, { nodeGroups: [all] }, against(two))).toBe('pass, pass');
  expect(check(rule, { nodeGroups: [] }, against(all))).toHaveLength(3);
});

test.each([
  ['control-plane', 'finding error'],
  ['unknown', 'finding error'],
  ['worker', 'finding warning'],
] as const)('role %s: %s', (role, expected) => {
  const after = withSecond(controlPlane({ role }), {});
  expect(verdict(rule, { nodeGroups: [after] }, against(controlPlane({ role })))).toContain(expected);
});

test('a group may have another id: instances are paired by stack and logical id', () => {
  const renamed = controlPlane({ id: 'another', name: 'masters' });
  expect(verdict(rule, { nodeGroups: [renamed] }, against(controlPlane()))).toBe('pass, pass, pass');
});

test('Auto Scaling groups have no single instances, and without a base there is nothing to say', () => {
  expect(verdict(rule, { nodeGroups: [nodeGroup()] }, against(nodeGroup()))).toBe('nothing');
  expect(verdict(rule, { nodeGroups: [controlPlane()] })).toBe('nothing');
});
