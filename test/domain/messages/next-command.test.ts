import { nextCommand } from '../../../lib/domain/messages/next-command';
import { INSTANCE, assessResult } from '../fixtures';

const command = (state?: string): string | null =>
  nextCommand({
    ...{ verdict: 'escalated', instanceId: INSTANCE, executionId: 'e1', state },
    evidence: { assess: assessResult() },
  });

test('a command has the region, for a shell whose default is another one', () =>
  expect(
    nextCommand({
      ...{ verdict: 'escalated', instanceId: INSTANCE, executionId: 'e1', region: 'eu-central-1' },
      evidence: { assess: assessResult() },
    }),
  ).toBe(`aws ssm start-session --target ${INSTANCE} --region eu-central-1`));

test.each([
  ['running', `aws ssm start-session --target ${INSTANCE}`],
  [undefined, `aws ssm start-session --target ${INSTANCE}`],
  ['stopped', `aws ec2 start-instances --instance-ids ${INSTANCE}`],
  ['stopping', `aws ec2 start-instances --instance-ids ${INSTANCE}`],
  ['terminated', `aws ec2 describe-instances --instance-ids ${INSTANCE}`],
])('of a node that is %s', (state, expected) => {
  expect(command(state)).toContain(expected);
});
