import { askText } from '../../lib/domain/messages/ask-message';
import type { LocalCloud } from '../../lib/drill/cloud/local-cloud';
import { Operators } from '../../lib/drill/operators';
import type { Timeline } from '../../lib/drill/timeline';

const EXECUTION = '11111111-1111-4111-8111-111111111111';

const setUp = (region: string | undefined) => {
  const calls: unknown[][] = [];
  const message = askText({
    environment: 'prod',
    region,
    instanceId: 'i-0123456789abcdef0',
    nodeGroup: 'general',
    executionId: EXECUTION,
    plan: null,
    until: '2026-11-30T03:00:00Z',
  });
  const cloud: Pick<LocalCloud, 'messages' | 'call'> = {
    messages: () => [{ at: new Date(0), topicArn: 't', subject: 'APPROVAL NEEDED', message }],
    call: (...call) => Promise.resolve(void calls.push(call)).then(() => ({})),
  };
  const operators = new Operators({
    cloud: cloud as LocalCloud,
    environmentName: 'prod',
    timeline: { add: () => undefined, seconds: () => 1 } as unknown as Timeline,
    now: () => new Date(),
    pass: () => Promise.resolve(),
    pauseCommand: () => Promise.resolve(''),
  });
  return { operators, calls };
};

describe.each([['eu-central-1'], [undefined]])(
  'an operator who reads a message with the region %s',
  (region) => {
    test.each([
      ['approve', 'Approve'],
      ['reject', 'Reject'],
    ] as const)('types its command to %s', async (answer, SignalType) => {
      const { operators, calls } = setUp(region);
      await operators.answer(EXECUTION, answer);
      expect(calls).toEqual([
        ['ssm', 'SendAutomationSignal', { AutomationExecutionId: EXECUTION, SignalType }],
      ]);
      expect(operators.answers).toMatchObject([{ answer, question: 'APPROVAL NEEDED' }]);
    });
  },
);

test('an operator without a message about the execution has nothing to type', async () => {
  const { operators } = setUp('eu-central-1');
  await expect(operators.answer('22222222', 'approve')).rejects.toThrow(
    'no message of 22222222 has a command to approve',
  );
});
