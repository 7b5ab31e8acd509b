import { applies, statements } from '../src/iam/iam-policy';

const document = (statement: object) => ({
  Statement: [{ Effect: 'Allow', Action: 'ec2:ModifyVolume', Resource: '*', ...statement }],
});
const volume = 'arn:aws:ec2:eu-west-1:111122223333:volume/vol-1';

const allows = (statement: object, request = {}): boolean =>
  statements(document(statement), 'test').some((one) =>
    applies(one, {
      action: 'ec2:ModifyVolume',
      resource: volume,
      context: { 'aws:ResourceTag/env': 'dev', 'iam:PassedToService': 'ssm.amazonaws.com' },
      ...request,
    }),
  );

test.each([
  ['the action', {}, true],
  ['another action', { Action: 'ec2:DeleteVolume' }, false],
  ['a wildcard in any case', { Action: ['EC2:Modify*'] }, true],
  ['the resource by pattern', { Resource: 'arn:aws:ec2:*:111122223333:volume/*' }, true],
  ['another kind of resource', { Resource: 'arn:aws:ec2:*:*:instance/*' }, false],
  ['the tag', { Condition: { StringEquals: { 'aws:ResourceTag/env': 'dev' } } }, true],
  ['another tag', { Condition: { StringEquals: { 'aws:ResourceTag/env': 'prod' } } }, false],
  ['a tag that is not there', { Condition: { StringEquals: { 'aws:ResourceTag/other': 'dev' } } }, false],
  [
    'a tag that need not be there',
    { Condition: { StringEqualsIfExists: { 'aws:ResourceTag/other': 'dev' } } },
    true,
  ],
  ['one of two values', { Condition: { StringLike: { 'aws:ResourceTag/env': ['x', 'd?v'] } } }, true],
  [
    'PassRole to one service',
    { Condition: { StringEquals: { 'iam:PassedToService': 'ssm.amazonaws.com' } } },
    true,
  ],
  [
    'both conditions',
    {
      Condition: {
        StringEquals: { 'aws:ResourceTag/env': 'dev' },
        StringNotEquals: { 'aws:ResourceTag/env': 'dev' },
      },
    },
    false,
  ],
  ['Null of a missing key', { Condition: { Null: { 'aws:ResourceTag/other': true } } }, true],
])('%s', (_name, statement, expected) => {
  expect(allows(statement)).toBe(expected);
});

test('an operator that is not known is an error, not a denial', () => {
  expect(() => allows({ Condition: { DateGreaterThan: { 'aws:CurrentTime': '2026' } } })).toThrow(
    /unknown IAM condition operator/,
  );
});

test('NotAction is an error', () => {
  expect(() => allows({ NotAction: 'ec2:*' })).toThrow(/unknown NotAction/);
});
