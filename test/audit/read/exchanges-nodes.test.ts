import { factsOfTemplate, removeMade } from './support';

afterAll(removeMade);

const template = (policy: string): string => `
Parameters: { Rolls: { Type: String } }
Resources:
  Group:
    Type: AWS::AutoScaling::AutoScalingGroup
    ${policy}
    Properties: { MinSize: '1', MaxSize: '4' }
`;

it.each([
  ['', { state: 'known', value: false }],
  ['UpdatePolicy: { AutoScalingRollingUpdate: { MaxBatchSize: 1 } }', { state: 'known', value: true }],
  ['UpdatePolicy: { AutoScalingReplacingUpdate: { WillReplace: true } }', { state: 'known', value: true }],
  ['UpdatePolicy: { AutoScalingReplacingUpdate: { WillReplace: false } }', { state: 'known', value: false }],
  [
    'UpdatePolicy: { AutoScalingScheduledAction: { IgnoreUnmodifiedGroupSizeProperties: true } }',
    { state: 'known', value: false },
  ],
  ['UpdatePolicy: { AutoScalingReplacingUpdate: { WillReplace: !Ref Rolls } }', { state: 'unknown' }],
])('a group with %j', (policy, expected) =>
  expect(factsOfTemplate(template(policy)).nodeGroups[0]?.exchangesNodes).toMatchObject(expected),
);
