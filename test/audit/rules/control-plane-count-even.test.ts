import { absent, known, unknown, type Fact } from '../../../lib/audit/facts';
import { controlPlaneCountEven as rule } from '../../../lib/audit/rules/control-plane-count-even';
import { controlPlane, nodeGroup, onlyFinding, place, verdict } from '../support/facts';

const counted = (desired: Fact<number>, min: Fact<number> = known(1)) =>
  controlPlane({ nodes: { min, desired, max: known(9) } });

test.each([
  [0, 'pass'],
  [1, 'pass'],
  [2, 'finding error'],
  [3, 'pass'],
  [4, 'finding error'],
  [5, 'pass'],
])('%d nodes: %s', (count, expected) => {
  expect(verdict(rule, { nodeGroups: [counted(known(count))] })).toBe(expected);
});

test('the finding says what an even member is worth, and adds one', () => {
  const group = controlPlane({
    nodes: { min: known(4), desired: known(4), max: known(4) },
    place: place('N', { declaredIn: { file: 'environments/prod.yaml', path: 'controlPlane' } }),
  });
  expect(onlyFinding(rule, { nodeGroups: [group] })).toMatchObject({
    message: 'control-plane has 4 nodes: etcd survives the loss of 1, as with 3, and one more node can fail.',
    fix: { path: 'controlPlane.count', value: 5 },
  });
});

test('the desired number counts, or else the minimum', () => {
  expect(verdict(rule, { nodeGroups: [counted(absent, known(2))] })).toBe('finding error');
  expect(verdict(rule, { nodeGroups: [counted(unknown('x'), known(2))] })).toBe('cannot-tell');
  expect(verdict(rule, { nodeGroups: [counted(absent, unknown('x'))] })).toBe('cannot-tell');
});

test('workers may be as many as they like', () => {
  expect(
    verdict(rule, {
      nodeGroups: [nodeGroup({ nodes: { min: known(2), desired: known(2), max: known(2) } })],
    }),
  ).toBe('nothing');
});
