import type { AutomationExecutionFacts } from '../../lib/domain/automation-execution';
import { deadAgentExecution, refusedExecution, step } from '../domain/executions';
import { INSTANCE } from '../domain/fixtures';
import { awsError } from './fake-sdk';
import { failed, setUp, setVariables } from './record-setup';

beforeEach(setVariables);

interface ItemInput {
  readonly OpsItemId?: string;
  readonly Title: string;
  readonly Description: string;
  readonly OperationalData: Record<string, { readonly Value: string }>;
}

/** An OpsCenter with one open OpsItem a dedup string. */
const opsCenter = () => {
  let data: ItemInput['OperationalData'] | undefined;
  const answers = {
    'ssm:CreateOpsItem': (input: ItemInput) => {
      if (data !== undefined)
        throw Object.assign(awsError('OpsItemAlreadyExistsException'), { OpsItemId: 'oi-1' });
      data = input.OperationalData;
      return { OpsItemId: 'oi-1' };
    },
    'ssm:GetOpsItem': () => ({ OpsItem: { OpsItemId: 'oi-1', OperationalData: data } }),
    'ssm:UpdateOpsItem': (input: ItemInput) => {
      data = { ...data, ...input.OperationalData };
      return {};
    },
  };
  return {
    answers,
    close: () => (data = undefined),
    spoil: (Value: string) => (data = { 'headroom-incident': { Value } }),
  };
};

const later = (execution: AutomationExecutionFacts, executionId: string): AutomationExecutionFacts => ({
  ...execution,
  executionId,
});
const call = (executionId: string) => ({ executionId, conclusion: 'failed' });

/** Each escalation in turn, in a container of its own; what was sent of the last one. */
const escalateInTurn = async (executions: readonly AutomationExecutionFacts[], center = opsCenter()) => {
  let sent: string[] = [];
  let updates: ItemInput[] = [];
  for (const execution of executions) {
    const { handler, inputs } = setUp(execution, center.answers);
    await expect(handler(call(execution.executionId))).resolves.toMatchObject({ verdict: 'escalated' });
    sent = inputs<{ Message: string }>('sns:Publish').map(({ Message }) => Message);
    updates = inputs<ItemInput>('ssm:UpdateOpsItem');
  }
  return { sent, updates };
};

const critical = refusedExecution();
const emergency = {
  ...later(critical, 'e-emergency'),
  parameters: { ...critical.parameters, Trigger: ['headroom-prod-control-plane-1-disk-emergency'] },
};

describe('one OpsItem and one message an incident', () => {
  test('the same trouble again updates the OpsItem and sends nothing', async () => {
    const second = later(emergency, 'e-2');
    const { sent, updates } = await escalateInTurn([emergency, second]);
    expect(sent).toEqual([]);
    expect(updates).toMatchObject([
      { OpsItemId: 'oi-1', Title: expect.stringContaining(INSTANCE) as string },
    ]);
    const [{ Description = '', OperationalData = {} } = {}] = updates;
    expect(Description).toContain('Escalated 2 times since');
    expect(Description).toContain('Execution: e-2');
    expect(Description).toContain(`Next: \`aws ssm start-session --target ${INSTANCE}\``);
    expect(Description).toContain('reports/');
    expect(JSON.parse(OperationalData['headroom-incident']?.Value ?? '')).toMatchObject({
      times: 2,
      told: false,
      level: 'emergency',
    });
    expect(OperationalData).not.toHaveProperty('/aws/dedup');
  });

  test('a new cause sends a message', async () => {
    const { sent } = await escalateInTurn([emergency, later(deadAgentExecution(), 'e-dead')]);
    expect(sent).toEqual([expect.stringContaining('Delivery Timed Out')]);
  });

  test('a higher level sends a message', async () => {
    // The figures say 97 % from the start; a lower one has to be made.
    const low = {
      ...deadAgentExecution(),
      parameters: { ...critical.parameters, Trigger: ['headroom-prod-control-plane-1-disk-warning'] },
    };
    const high = { ...low, executionId: 'e-high', parameters: emergency.parameters };
    expect((await escalateInTurn([low, { ...low, executionId: 'e-same' }])).sent).toEqual([]);
    expect((await escalateInTurn([low, high])).sent).toHaveLength(1);
  });

  test('after the OpsItem was closed there is a new one, and a message', async () => {
    const center = opsCenter();
    await escalateInTurn([emergency], center);
    center.close();
    const { sent, updates } = await escalateInTurn([later(emergency, 'e-3')], center);
    expect([sent.length, updates.length]).toEqual([1, 0]);
  });

  test.each(['', '{"schema":1', '{"schema":2}', 'null'])(
    'an OpsItem that remembers %j tells once too often, never once too few',
    async (memory) => {
      const center = opsCenter();
      center.spoil(memory);
      expect((await escalateInTurn([emergency], center)).sent).toHaveLength(1);
    },
  );

  test('a message that failed is sent by the next try, though the OpsItem is there', async () => {
    let broken = true;
    const { handler, another, inputs } = setUp(emergency, {
      ...opsCenter().answers,
      'sns:Publish': () => {
        if (broken) throw awsError('ThrottlingException');
        return {};
      },
    });
    await expect(handler(call(emergency.executionId))).rejects.toThrow(/message: ThrottlingException/);
    broken = false;
    await another(call(emergency.executionId));
    expect(inputs('sns:Publish')).toHaveLength(2);
    expect(inputs('ssm:CreateOpsItem')).toHaveLength(1);
  });

  test('OpsCenter that does not answer takes no message away', async () => {
    const { handler, inputs } = setUp(critical, {
      'ssm:CreateOpsItem': () => {
        throw awsError('OpsItemAlreadyExistsException');
      },
    });
    await expect(handler(failed)).rejects.toThrow(/ops-item: .*does not say which/);
    expect(inputs('sns:Publish')).toHaveLength(1);
  });

  test('a repeated call after the message was withheld does not send it', async () => {
    const center = opsCenter();
    await escalateInTurn([emergency], center);
    const second = later(emergency, 'e-2');
    const { handler, another, inputs } = setUp(second, center.answers);
    await handler(call('e-2'));
    await expect(another(call('e-2'))).resolves.toMatchObject({ repeated: true });
    expect(inputs('sns:Publish')).toEqual([]);
  });
});

test('the cause does not hang on ids and figures', async () => {
  const failure = (commandId: string) => ({
    ...later(critical, `e-${commandId}`),
    steps: [
      ...critical.steps.slice(0, 5),
      step(
        'modify',
        5,
        {},
        { status: 'Failed', failureMessage: `IncorrectModificationState: vol-0${commandId}` },
      ),
    ],
  });
  expect((await escalateInTurn([failure('1'), failure('2')])).sent).toEqual([]);
});
