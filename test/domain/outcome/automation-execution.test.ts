import {
  outputOf,
  stepOf,
  withOutputs,
  type AutomationExecutionFacts,
} from '../../../lib/domain/outcome/automation-execution';
import { NO_OUTPUT_YET } from '../../../lib/domain/outcome/automation-outputs';

const executed = (text: string): AutomationExecutionFacts => ({
  ...{ executionId: 'e-1', documentName: 'd', status: 'InProgress', startedAtMs: 0, parameters: {} },
  failureMessage: undefined,
  steps: [
    {
      ...{ name: 'plan', status: 'Success', startedAtMs: 0, endedAtMs: 1, failureMessage: undefined },
      outputs: { Payload: [text] },
    },
  ],
});
const handed = (text: string) => [{ step: 'plan', output: 'Payload', text }];
const read = (execution: AutomationExecutionFacts) => outputOf(stepOf(execution, 'plan'), 'Payload');

test('what the document handed over counts where it says more than Automation kept', () => {
  expect(read(withOutputs(executed('{"action"'), handed('{"action":"none"}')))).toBe('{"action":"none"}');
  expect(read(withOutputs(executed('{"action":"none"}'), handed('{}')))).toBe('{"action":"none"}');
  expect(read(withOutputs(executed(NO_OUTPUT_YET), handed('{}')))).toBe('{}');
});

test.each(['{{ plan.Payload }}', NO_OUTPUT_YET])('%s is no output, wherever it stands', (text) => {
  expect(read(executed(text))).toBeUndefined();
  expect(read(withOutputs(executed('{}'), handed(text)))).toBe('{}');
  expect(read(withOutputs(executed(''), handed(text)))).toBeUndefined();
});
