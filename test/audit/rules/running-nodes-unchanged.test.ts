import { known, type NodeGroupFacts } from '../../../lib/audit/facts';
import { runningNodesUnchanged as rule } from '../../../lib/audit/rules/running-nodes-unchanged';
import { check, controlPlane, facts, nodeGroup, verdicts } from '../support/facts';

const against = (...before: NodeGroupFacts[]) => ({ base: facts({ nodeGroups: before }) });
const levels = (imageGcLowPercent: number, imageGcHighPercent: number, evictionPercent: number) => ({
  policy: { kubelet: { imageGcLowPercent, imageGcHighPercent, evictionPercent } },
});
const image = (family: 'ubuntu' | 'amazon-linux-2023') => ({ family: known(family) });

test('the same levels and the same system', () => {
  const group = nodeGroup(levels(65, 75, 85));
  expect(verdicts(rule, { nodeGroups: [group] }, against(group))).toEqual(['pass']);
});

test('other levels of the kubelet: running nodes keep theirs', () => {
  const before = nodeGroup({ ...levels(65, 75, 85), name: 'general' });
  const after = nodeGroup({ ...levels(55, 65, 85), name: 'general' });
  expect(check(rule, { nodeGroups: [after] }, against(before))).toMatchObject([
    {
      kind: 'finding',
      message:
        "Running nodes of general keep the kubelet's levels 65 / 75 / 85 % (image collection low, high, eviction); 55 / 65 / 85 % is what nodes get that are made from now on.",
    },
  ]);
});

test('another system of instances that stay: their alarms match nothing any more', () => {
  const [outcome] = check(
    rule,
    { nodeGroups: [controlPlane(image('amazon-linux-2023'))] },
    against(controlPlane(image('ubuntu'))),
  );
  expect(outcome).toMatchObject({
    kind: 'finding',
    severity: 'error',
    message: expect.stringMatching(
      /^control-plane changes from an image whose \/ is ext4 to one with xfs, while Node1 keeps running/,
    ) as unknown,
  });
});

test('instances that are replaced, and groups, get the new system', () => {
  const replaced = controlPlane(image('amazon-linux-2023'));
  const all = {
    ...replaced,
    instances: replaced.instances.map((one) => ({ ...one, replacing: { ImageId: 'another' } })),
  };
  expect(verdicts(rule, { nodeGroups: [all] }, against(controlPlane(image('ubuntu'))))).toEqual(['pass']);
  expect(
    verdicts(
      rule,
      { nodeGroups: [nodeGroup(image('amazon-linux-2023'))] },
      against(nodeGroup(image('ubuntu'))),
    ),
  ).toEqual(['pass']);
});

test('without a base there is nothing to say', () => {
  expect(verdicts(rule, { nodeGroups: [controlPlane()] })).toEqual([]);
});
