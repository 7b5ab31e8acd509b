import { askText } from '../../lib/domain/messages/ask-message';
import { readCommandLine } from '../../lib/drill/aws-command-line';

describe('a command line of the AWS CLI', () => {
  it.each(['Approve', 'Reject'])('of a question is the call that answers it: %s', (type) => {
    const question = askText({
      ...{
        environment: 'prod',
        region: 'eu-central-1',
        instanceId: 'i-0123456789abcdef0',
        nodeGroup: 'general',
      },
      ...{ executionId: '11111111-1111-4111-8111-111111111111', plan: null, until: '2026-11-30T03:00:00Z' },
    });
    const line = question.split('\n').find((each) => each.endsWith(`${type} --region eu-central-1`)) ?? '';
    expect(readCommandLine(line)).toEqual({
      ...{ service: 'ssm', operation: 'SendAutomationSignal' },
      input: { AutomationExecutionId: '11111111-1111-4111-8111-111111111111', SignalType: type },
    });
  });

  it.each([
    'ssm send-command',
    'aws ssm',
    'aws ssm send-automation-signal --signal-type',
    'aws ssm send-automation-signal --signal-type Approve; rm -rf /',
    'aws ssm send-automation-signal --signal-type "Approve"',
    'aws ssm send-automation-signal Approve --signal-type',
  ])('is refused: %s', (line) => {
    expect(() => readCommandLine(line)).toThrow(line);
  });
});
