import { explainAgent } from '../../../lib/domain/node/agent-answer';
import { step } from '../executions';

const failed = (failureMessage: string, outputs: Record<string, string> = {}, status = 'Failed') =>
  explainAgent(step('reclaim', 1, outputs, { status, failureMessage }));
const EMPTY =
  'Command c-1 returns unexpected invocation result: {Status=[Failed], ResponseCode=[1], Output=[]}';

test('explains a Failed status without output: the agent could not write', () => {
  expect(failed(EMPTY)).toMatch(/could not write its own files/);
  expect(failed(EMPTY, { Output: '' })).toMatch(/could not write its own files/);
});

test.each(['document process failed unexpectedly', 'ipc messaging received timeout signal'])(
  '%s: the answer is lost, and perhaps not the work',
  (words) => {
    expect(failed(`Output=[${words}, check [ssm-document-worker] log for crash reason]`)).toMatch(
      /may still have finished/,
    );
    expect(failed('Failed', { Output: words })).toMatch(/lost its worker/);
  },
);

test.each([
  ['the script spoke', failed(EMPTY, { Output: '{"headroom":1}' })],
  ['it was not delivered', failed('Delivery Timed Out', {}, 'TimedOut')],
  ['it was not sent', failed('ThrottlingException')],
])('explains nothing for %s', (_, explained) => {
  expect(explained).toBeUndefined();
});
