import { absent, known, unknown, type NodeGroupFacts } from '../../../lib/audit/facts';
import { instanceMetadataV1 as rule } from '../../../lib/audit/rules/instance-metadata-v1';
import { nodeGroup, onlyFinding, place, verdict } from '../support/facts';

test.each<[string, NodeGroupFacts, string]>([
  ['not set', nodeGroup({ imdsV2Required: absent }), 'finding error'],
  [
    'not set, on an image that demands it',
    nodeGroup({ imdsV2Required: absent, family: known('amazon-linux-2023') }),
    'pass',
  ],
  [
    'optional, on that image',
    nodeGroup({ imdsV2Required: known(false), family: known('amazon-linux-2023') }),
    'finding error',
  ],
  ['unknown', nodeGroup({ imdsV2Required: unknown('x') }), 'cannot-tell'],
  ['EKS’s own launch template', nodeGroup({ imdsV2Required: absent, kind: 'eks-node-group' }), 'cannot-tell'],
  [
    'EKS with a launch template',
    nodeGroup({ imdsV2Required: absent, kind: 'eks-node-group', launchTemplate: place('T') }),
    'finding error',
  ],
])('judges %s', (_, group, expected) => {
  expect(verdict(rule, { nodeGroups: [group] })).toBe(expected);
});

test('the finding says whether it was set', () => {
  const { message } = onlyFinding(rule, { nodeGroups: [nodeGroup({ imdsV2Required: absent })] });
  expect(message).toMatch(/^general does not set HttpTokens/);
});
