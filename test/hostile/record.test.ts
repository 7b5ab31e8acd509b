import fc from 'fast-check';
import { healMetrics } from '../../lib/domain/names/heal-metrics';
import { healReport } from '../../lib/domain/outcome/heal-report';
import type { AutomationExecutionFacts } from '../../lib/domain/outcome/automation-execution';
import { EXECUTION, grownExecution, step } from '../domain/executions';
import { NOW_MS, assessResult, verifyResult } from '../domain/fixtures';
import { setUp, setVariables } from '../lambda/record-setup';
import { HOSTILE_TEXTS, HUGE, SHELL, WRONG_TYPES, hostile, named, spoilt } from './values';

beforeEach(setVariables);

const KEY = /^(reports|evidence)\/(i-[0-9a-f]{8,17}|unknown)\/[0-9A-Za-z-]{1,64}(\.json|\/assess\.json)$/;
const texts = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

/** Without those that are shaped like an execution id: Automation does not know them, and they harm no path. */
const HOSTILE_IDS = HOSTILE_TEXTS.filter((text) => !/^[0-9A-Za-z-]{1,64}$/.test(text));

const GARBAGE: readonly unknown[] = [
  undefined,
  ...WRONG_TYPES,
  ...HOSTILE_TEXTS,
  { executionId: EXECUTION },
  { executionId: EXECUTION, conclusion: 'rm -rf /' },
  { conclusion: 'assessed' },
  { detail: null },
  { detail: { ExecutionId: 7 } },
  ...HOSTILE_IDS.map((executionId) => ({ executionId, conclusion: 'finished' })),
  ...HOSTILE_IDS.map((ExecutionId) => ({ detail: { ExecutionId, Status: 'Failed' } })),
];

test.each(named(GARBAGE))(
  'payload %s: nothing is done, the error says what and where',
  async (_, payload) => {
    const { handler, operations } = setUp();
    await expect(handler(payload)).rejects.toThrow(/^payload must be .*; [\w.]+: .*, got .{1,150}/s);
    expect(operations()).toEqual([]);
  },
);

const execution = (
  parameters: Record<string, string[]>,
  outputs: readonly string[],
): AutomationExecutionFacts => ({
  ...grownExecution(),
  parameters,
  steps: ['assess', 'reclaim', 'plan', 'extend', 'kubelet', 'verify'].map((name, index) =>
    step(name, index, { Output: outputs[index] ?? '', Payload: outputs[index] ?? '' }),
  ),
});

describe('whatever Automation kept', () => {
  const cut = JSON.stringify(verifyResult());
  const UNVERIFIED = [
    ...HOSTILE_TEXTS,
    cut.slice(0, cut.length / 2),
    `${cut.slice(0, -1)}\ufffd`,
    '\ufffd'.repeat(2_500),
  ];

  test.each(named(UNVERIFIED))('a verification of %s heals nothing, and is escalated', async (_, output) => {
    const told = {
      ...grownExecution(),
      steps: grownExecution().steps.map((each) =>
        each.name === 'verify' ? step('verify', 9, { Output: output }) : each,
      ),
    };
    const { handler, inputs, report } = setUp(told);
    await expect(handler({ executionId: EXECUTION, conclusion: 'finished' })).resolves.toMatchObject({
      verdict: 'escalated',
    });
    expect(report().reason).toMatch(/^the node was not verified: verify-node: /);
    expect(inputs('ssm:CreateOpsItem')).toHaveLength(1);
    expect(inputs('sns:Publish')).toHaveLength(1);
  });

  test('paths stay in their folders, the subject is ASCII, and the command to type has nothing that a shell reads', async () => {
    const parameter = fc.array(hostile.map(texts), { maxLength: 2 });
    const parameters = fc.record({ InstanceId: parameter, Trigger: parameter, TriggeredAt: parameter });
    const outputs = fc.array(fc.oneof(hostile, spoilt(assessResult()), spoilt(verifyResult())).map(texts), {
      minLength: 6,
      maxLength: 6,
    });
    await fc.assert(
      fc.asyncProperty(
        parameters,
        outputs,
        fc.constantFrom('assessed', 'failed'),
        async (given, said, conclusion) => {
          const { handler, objects, inputs } = setUp(execution(given, said));
          await handler({ executionId: EXECUTION, conclusion, assessOutput: said[0] });
          expect([...objects.keys()]).toEqual([expect.stringMatching(KEY)]);
          for (const { Subject, Message } of inputs<{ Subject: string; Message: string }>('sns:Publish')) {
            expect(Subject).toMatch(/^[\x20-\x7e]{1,99}$/);
            expect(Message.length).toBeLessThanOrEqual(12_000);
            const command = /Next command:\n {2}(.*)$/.exec(Message)?.[1];
            if (command !== undefined) expect(command).not.toMatch(SHELL);
          }
          for (const item of inputs<{ OperationalData: object; Description: string }>('ssm:CreateOpsItem')) {
            expect(item.Description).toMatch(/\nNext: `aws [^`]*`\n/);
            expect(JSON.stringify(item.OperationalData).length).toBeLessThan(20_480);
          }
        },
      ),
      { numRuns: 150 },
    );
  }, 60_000);

  test('what was assessed is kept as it came, whatever it was', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', minLength: 1 }), async (output) => {
        const { handler, objects } = setUp(execution({ InstanceId: ['?'] }, [output]));
        await handler({ executionId: EXECUTION, conclusion: 'assessed', assessOutput: output });
        const [body = ''] = [...objects.values()].map(({ Body }) => Body);
        // White space alone is what no step says.
        expect((JSON.parse(body) as { output: string }).output).toBe(output.trim() === '' ? null : output);
      }),
      { numRuns: 100 },
    );
  });
});

test('a tag that CloudWatch would refuse takes no other metric with it', () => {
  const named = (nodeGroup: string): string[] =>
    healMetrics(
      healReport(grownExecution(), {
        ...{ environment: 'prod', nodeGroup, role: 'worker' },
        ...{ conclusion: 'finished', nowMs: NOW_MS },
      }),
      false,
    )
      .filter(({ name }) => name === 'Heals')
      .map(({ dimensions }) => Object.keys(dimensions).join());
  expect(named('general')).toEqual(['Environment', 'Environment,NodeGroup']);
  for (const hostileTag of [' ', ':x', 'grün', '\n', '\u0000', HUGE])
    expect(named(hostileTag)).toEqual(['Environment']);
});
