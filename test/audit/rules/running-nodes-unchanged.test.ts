import { known, type NodeGroupFacts } from '../../../lib/audit/facts';
import { runningNodesUnchanged as rule } from '../../../lib/audit/rules/running-nodes-unchanged';
import { check, controlPlane, facts, nodeGroup, verdict } from '../support/facts';

const against = (...before: NodeGroupFacts[]) => ({ base: facts({ nodeGroups: before }) });
const levels = (imageGcLowPercent: number, imageGcHighPercent: number, evictionPercent: number) => ({
  policy: { kubelet: { imageGcLowPercent, imageGcHighPercent, evictionPercent } },
});
const image = (family: 'ubuntu' | 'amazon-linux-2023') => ({ family: known(family) });

test('running nodes keep the levels of their kubelet', () => {
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

test('alarms of instances that stay match nothing once the system changes', () => {
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
  expect(verdict(rule, { nodeGroups: [all] }, against(controlPlane(image('ubuntu'))))).toBe('pass');
  expect(
    verdict(
      rule,
      { nodeGroups: [nodeGroup(image('amazon-linux-2023'))] },
      against(nodeGroup(image('ubuntu'))),
    ),
  ).toBe('pass');
});
