import { matchesPattern } from '../src/events/event-pattern';

const event = {
  source: 'aws.cloudwatch',
  'detail-type': 'CloudWatch Alarm State Change',
  resources: ['arn:one', 'arn:two'],
  detail: {
    alarmName: 'shop-prod-control-plane-1-disk-critical',
    state: { value: 'ALARM' },
    count: 7,
    none: null,
  },
};

test.each([
  ['an exact value', { source: ['aws.cloudwatch'] }, true],
  ['one of several values', { source: ['aws.ec2', 'aws.cloudwatch'] }, true],
  ['no such value', { source: ['aws.ec2'] }, false],
  ['an item of a list', { resources: ['arn:two'] }, true],
  ['prefix', { detail: { alarmName: [{ prefix: 'shop-prod-' }] } }, true],
  ['another prefix', { detail: { alarmName: [{ prefix: 'shop-dev-' }] } }, false],
  ['suffix', { detail: { alarmName: [{ suffix: '-disk-critical' }] } }, true],
  ['wildcard', { detail: { alarmName: [{ wildcard: 'shop-*-disk-*' }] } }, true],
  ['a wildcard is no regular expression', { detail: { alarmName: [{ wildcard: 'shop.prod*' }] } }, false],
  ['anything-but', { detail: { state: { value: [{ 'anything-but': ['OK'] }] } } }, true],
  ['anything-but the value', { detail: { state: { value: [{ 'anything-but': 'ALARM' }] } } }, false],
  ['anything-but with prefix', { detail: { alarmName: [{ 'anything-but': { prefix: 'other' } }] } }, true],
  ['exists', { detail: { state: { value: [{ exists: true }] } } }, true],
  ['exists: false of what is there', { detail: { state: { value: [{ exists: false }] } } }, false],
  ['exists: false of what is missing', { detail: { previousState: { value: [{ exists: false }] } } }, true],
  ['numeric range', { detail: { count: [{ numeric: ['>', 5, '<=', 7] }] } }, true],
  ['numeric out of range', { detail: { count: [{ numeric: ['>', 7] }] } }, false],
  ['null', { detail: { none: [null] } }, true],
  ['a missing field', { detail: { state: { colour: ['red'] } } }, false],
  ['$or', { $or: [{ source: ['aws.ec2'] }, { detail: { count: [7] } }] }, true],
])('%s', (_name, pattern, expected) => {
  expect(matchesPattern(pattern, event)).toBe(expected);
});

test('an operator that is not known is an error, not a rule that never fires', () => {
  expect(() => matchesPattern({ source: [{ cidr: '10.0.0.0/8' }] }, event)).toThrow(
    /pattern\.source: unknown operator cidr/,
  );
});
