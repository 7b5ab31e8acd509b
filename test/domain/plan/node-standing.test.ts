import { standingOf } from '../../../lib/domain/plan/node-standing';

const node = (state = 'running', more: Record<string, string> = {}) => ({
  state,
  tags: { 'headroom:environment': 'prod', 'aws:autoscaling:groupName': 'general', ...more },
});

/** Every value of LifecycleState, 2026-11. https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_AutoScalingInstanceDetails.html */
test.each([
  ['ours', 'Pending', 'Pending:Wait', 'Pending:Proceed', 'Quarantined', 'InService'],
  ['ours', 'Detaching', 'Detached', 'EnteringStandby', 'Standby'],
  ['ours', 'Warmed:Pending', 'Warmed:Pending:Wait', 'Warmed:Pending:Proceed'],
  ['ours', 'Warmed:Stopped', 'Warmed:Running', 'Warmed:Hibernated'],
  ['ours', undefined, 'SomethingNew'],
  ['gone', 'Terminating', 'Terminating:Wait', 'Terminating:Proceed', 'Terminated'],
  [
    'gone',
    'Warmed:Terminating',
    'Warmed:Terminating:Wait',
    'Warmed:Terminating:Proceed',
    'Warmed:Terminated',
  ],
])('%s: a running instance that its group calls %s', (expected, ...states) => {
  expect(states.map((state) => standingOf(node(), 'prod', state))).toEqual(states.map(() => expected));
});

test('is not ours if not tagged, whatever its group does', () => {
  expect(standingOf(node('running', { 'headroom:environment': 'dev' }), 'prod', 'Terminating')).toBe(
    'not-ours',
  );
});

test('is lost if a terminated control-plane node has no group that replaces it', () => {
  const tags = { 'headroom:environment': 'prod', 'headroom:role': 'control-plane' };
  expect(standingOf({ state: 'terminated', tags }, 'prod', undefined)).toBe('lost');
  expect(standingOf(node('terminated', { 'headroom:role': 'control-plane' }), 'prod', undefined)).toBe(
    'gone',
  );
  expect(standingOf(undefined, 'prod', undefined)).toBe('gone');
});
