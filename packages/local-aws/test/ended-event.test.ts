import { executionEndedEvent } from '../src/automation/ended-event';
import type { Execution } from '../src/automation/execution';

/** The example of https://docs.aws.amazon.com/systems-manager/latest/userguide/monitoring-systems-manager-event-examples.html */
test('reports an execution that ended as the example of AWS does', () => {
  const execution = {
    id: '333ba70b-2333-48db-b17e-a5e69c6f4d1c',
    status: 'Success',
    document: { name: 'runcommand1' },
    startedAt: new Date('2024-11-29T19:43:20.247Z'),
    executedBy: 'arn:aws:iam::123456789012:user/userName',
  } as unknown as Execution;
  const place = { partition: 'aws', region: 'us-east-2', account: '123456789012' };
  const event = executionEndedEvent(execution, place, new Date('2024-11-29T19:43:26.000Z'));
  expect(event).toMatchObject({
    'detail-type': 'EC2 Automation Execution Status-change Notification',
    source: 'aws.ssm',
    resources: [
      'arn:aws:ssm:us-east-2:123456789012:automation-execution/333ba70b-2333-48db-b17e-a5e69c6f4d1c',
      'arn:aws:ssm:us-east-2:123456789012:automation-definition/runcommand1:1',
    ],
    detail: {
      ExecutionId: '333ba70b-2333-48db-b17e-a5e69c6f4d1c',
      Definition: 'runcommand1',
      DefinitionVersion: 1,
      Status: 'Success',
      StartTime: 'Nov 29, 2024 7:43:20 PM',
      EndTime: 'Nov 29, 2024 7:43:26 PM',
      Time: 5753,
      ExecutedBy: 'arn:aws:iam::123456789012:user/userName',
    },
  });
});
