import type { AutomationExecutionFacts } from '../../lib/domain/outcome/automation-execution';
import type { WebhookMessage } from '../../lib/domain/messages/webhook-message';
import { deadAgentExecution, refusedExecution, step } from '../domain/executions';
import { INSTANCE } from '../domain/fixtures';
import { awsError, type Answers } from './fake-sdk';
import { failed, setUp, setVariables, type MetricsInput } from './record-setup';

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
  test('updates the OpsItem and sends nothing for the same cause', async () => {
    const second = later(emergency, 'e-2');
    const { sent, updates } = await escalateInTurn([emergency, second]);
    expect(sent).toEqual([]);
    expect(updates).toMatchObject([
      { OpsItemId: 'oi-1', Title: expect.stringContaining(INSTANCE) as string },
    ]);
    const [{ Description = '', OperationalData = {} } = {}] = updates;
    expect(Description).toContain('Escalated 2 times since');
    expect(Description).toContain('Execution: e-2');
    expect(Description).toContain(
      `Next: \`aws ssm start-session --target ${INSTANCE} --region ap-northeast-1\``,
    );
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

  test('sends the message even if OpsCenter does not answer', async () => {
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

test('gives the same cause for other ids and figures', async () => {
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

describe('a webhook', () => {
  const CHAT_TOPIC = 'arn:aws:sns:ap-northeast-1:111122223333:headroom-prod-chat';
  beforeEach(() => {
    process.env['HEADROOM_WEBHOOK_BUS_NAME'] = 'headroom-prod';
    process.env['HEADROOM_CHAT_TOPIC_ARN'] = CHAT_TOPIC;
  });
  afterEach(() => (process.env['HEADROOM_WEBHOOK_BUS_NAME'] = 'none'));

  const TAKEN = { FailedEntryCount: 0, Entries: [{ EventId: 'e' }] };
  interface PutInput {
    readonly Entries: readonly { readonly Detail: string }[];
  }
  const told = (inputs: ReturnType<typeof setUp>['inputs']) =>
    inputs<PutInput>('events:PutEvents').map(
      ({ Entries: [entry] }) => JSON.parse(entry?.Detail ?? '') as WebhookMessage,
    );

  test('gets the notifications that operators get, under the id of the incident, and no others', async () => {
    const center = opsCenter();
    const ids: string[] = [];
    for (const execution of [emergency, later(emergency, 'e-same'), later(deadAgentExecution(), 'e-dead')]) {
      const { handler, inputs } = setUp(execution, { ...center.answers, 'events:PutEvents': () => TAKEN });
      await handler(call(execution.executionId));
      ids.push(...told(inputs).map(({ incidentId }) => incidentId));
      expect(inputs('sns:Publish')).toHaveLength(2 * told(inputs).length);
    }
    expect(ids).toEqual(Array.from({ length: 2 }, () => `headroom/prod/${INSTANCE}/e-emergency`));
  });

  test('gets an event of its own bus', async () => {
    const { handler, inputs } = setUp(critical, { 'events:PutEvents': () => TAKEN });
    await handler(failed);
    expect(inputs('events:PutEvents')).toMatchObject([
      {
        Entries: [{ EventBusName: 'headroom-prod', Source: 'headroom', DetailType: 'Headroom Notification' }],
      },
    ]);
    expect(told(inputs)).toMatchObject([{ version: 1, kind: 'escalated', instanceId: INSTANCE }]);
  });

  const REFUSALS: readonly [string, () => unknown, string][] = [
    [
      'its entry failed',
      () => ({ FailedEntryCount: 1, Entries: [{ ErrorCode: 'ThrottlingException', ErrorMessage: 'slow' }] }),
      'ThrottlingException: slow',
    ],
    ['no entry is answered', () => ({}), 'UnknownError'],
    [
      'the call fails',
      () => {
        throw awsError('AccessDeniedException');
      },
      'AccessDeniedException',
    ],
  ];

  test.each(REFUSALS)(
    'where %s: the others are told, it is counted, and the next call tells it alone',
    async (_, refuse, why) => {
      let refused = true;
      const { handler, another, inputs, lines } = setUp(critical, {
        ...opsCenter().answers,
        'events:PutEvents': () => (refused ? refuse() : TAKEN),
      });
      await expect(handler(failed)).rejects.toThrow(`webhook: ${why}`);
      expect(inputs('sns:Publish')).toHaveLength(2);
      expect(inputs<MetricsInput>('cloudwatch:PutMetricData').at(-1)).toMatchObject({
        MetricData: [
          { MetricName: 'WebhookUnsent', Value: 1, Dimensions: [{ Name: 'Environment', Value: 'prod' }] },
        ],
      });
      expect(lines).toContainEqual(
        expect.objectContaining({
          level: 'error',
          fields: expect.objectContaining({ what: 'webhook' }) as object,
        }),
      );
      refused = false;
      await another(failed);
      expect(inputs('sns:Publish')).toHaveLength(2);
      expect(inputs('events:PutEvents')).toHaveLength(2);
    },
  );

  test.each(REFUSALS)(
    'where %s: a question goes the other ways, and that it did not is logged and counted',
    async (_, refuse, why) => {
      const { handler, inputs, lines } = setUp(critical, { 'events:PutEvents': refuse });
      const asks = { executionId: critical.executionId, conclusion: 'asks' };
      expect(await handler(asks)).toMatchObject({ allowed: true });
      expect(inputs('sns:Publish')).toHaveLength(2);
      expect(JSON.stringify(inputs('cloudwatch:PutMetricData'))).toContain('WebhookUnsent');
      expect(lines).toContainEqual(
        expect.objectContaining({
          message: 'a request for approval was not sent',
          fields: {
            executionId: critical.executionId,
            what: 'webhook',
            why: expect.stringContaining(why) as string,
          },
        }),
      );
    },
  );

  test('is asked even if neither e-mail nor chat works', async () => {
    const { handler, inputs } = setUp(critical, {
      'events:PutEvents': () => TAKEN,
      'sns:Publish': () => {
        throw awsError('InternalError');
      },
    });
    await handler({ executionId: critical.executionId, conclusion: 'asks' });
    const [{ kind, incidentId, answers } = {} as WebhookMessage] = told(inputs);
    expect({ kind, incidentId }).toEqual({
      kind: 'ask',
      incidentId: `headroom/prod/${INSTANCE}/${critical.executionId}`,
    });
    expect(answers?.yes).toContain('--signal-type Approve');
  });

  test('logs a failure that cannot be counted, and still sends the question', async () => {
    const { handler, lines } = setUp(critical, {
      'events:PutEvents': () => ({}),
      'cloudwatch:PutMetricData': () => {
        throw awsError('InternalFailure');
      },
    });
    await handler({ executionId: critical.executionId, conclusion: 'asks' });
    expect(JSON.stringify(lines)).toContain('InternalFailure');
  });
});

describe('a chat', () => {
  const CHAT_TOPIC = 'arn:aws:sns:ap-northeast-1:111122223333:headroom-prod-chat';
  interface Published {
    readonly TopicArn: string;
    readonly Message: string;
  }
  beforeEach(() => (process.env['HEADROOM_CHAT_TOPIC_ARN'] = CHAT_TOPIC));

  const told = (inputs: ReturnType<typeof setUp>['inputs']): { readonly metadata: { threadId: string } }[] =>
    inputs<Published>('sns:Publish')
      .filter(({ TopicArn }) => TopicArn === CHAT_TOPIC)
      .map(({ Message }) => JSON.parse(Message) as { metadata: { threadId: string } });

  test('gets the notifications that operators get, in a thread of the incident, which outlives its first execution', async () => {
    const center = opsCenter();
    const threads: string[] = [];
    for (const execution of [emergency, later(emergency, 'e-same'), later(deadAgentExecution(), 'e-dead')]) {
      const { handler, inputs } = setUp(execution, center.answers);
      await handler(call(execution.executionId));
      const chat = told(inputs);
      expect(inputs('sns:Publish')).toHaveLength(2 * chat.length);
      threads.push(...chat.map(({ metadata }) => metadata.threadId));
    }
    // The second one got no worse: told by the OpsItem alone.
    expect(threads).toEqual(Array.from({ length: 2 }, () => `headroom/prod/${INSTANCE}/e-emergency`));
  });

  test('that cannot be reached is notified by the next call, and no one else twice', async () => {
    let refused = true;
    const { handler, another, inputs } = setUp(critical, {
      ...opsCenter().answers,
      'sns:Publish': ({ TopicArn }: Published) => {
        if (TopicArn === CHAT_TOPIC && refused) throw awsError('InternalError');
        return {};
      },
    });
    await expect(handler(failed)).rejects.toThrow('chat: InternalError');
    refused = false;
    await another(failed);
    const topics = inputs<Published>('sns:Publish').map(({ TopicArn }) => TopicArn === CHAT_TOPIC);
    expect(topics.filter((isChat) => !isChat)).toHaveLength(1);
    expect(topics.at(-1)).toBe(true);
  });

  describe('that could not be reached at first is notified later in the incident’s thread, not in the execution’s', () => {
    const second = later(deadAgentExecution(), 'e-2');
    /** The first try of the second execution of an incident fails on its way to the chat; then it is asked for again. */
    const retried = async (more: Answers, which: 'handler' | 'another') => {
      const center = opsCenter();
      await escalateInTurn([emergency], center);
      let refused = true;
      const setup = setUp(second, {
        ...center.answers,
        'sns:Publish': ({ TopicArn }: Published) => {
          if (TopicArn === CHAT_TOPIC && refused) throw awsError('InternalError');
          return {};
        },
        ...more,
      });
      await expect(setup.handler(call('e-2'))).rejects.toThrow('chat: InternalError');
      refused = false;
      await setup[which](call('e-2')).catch(() => undefined);
      return told(setup.inputs).map(({ metadata }) => metadata.threadId);
    };
    const both = Array.from({ length: 2 }, () => `headroom/prod/${INSTANCE}/e-emergency`);

    test('in another container, from the report’s metadata', async () =>
      expect(await retried({}, 'another')).toEqual(both));

    test('in the same container, where S3 keeps nothing', async () =>
      expect(
        await retried(
          {
            's3:PutObject': () => {
              throw awsError('SlowDown');
            },
          },
          'handler',
        ),
      ).toEqual(both));
  });

  test('is notified in the incident’s thread even if the OpsItem could not be updated', async () => {
    const center = opsCenter();
    await escalateInTurn([emergency], center);
    const { handler, inputs } = setUp(later(deadAgentExecution(), 'e-2'), {
      ...center.answers,
      'ssm:UpdateOpsItem': () => {
        throw awsError('InternalServerError');
      },
    });
    await expect(handler(call('e-2'))).rejects.toThrow('ops-item: InternalServerError');
    expect(told(inputs).map(({ metadata }) => metadata.threadId)).toEqual([
      `headroom/prod/${INSTANCE}/e-emergency`,
    ]);
  });

  test.each([
    ['the chat', (topic: string) => topic === CHAT_TOPIC, true],
    ['e-mail', (topic: string) => topic !== CHAT_TOPIC, true],
    ['either', () => true, false],
  ])('a question that does not go out by %s: the other way is enough', async (_, fails, asked) => {
    const { handler } = setUp(critical, {
      ...opsCenter().answers,
      'sns:Publish': ({ TopicArn }: Published) => {
        if (fails(TopicArn)) throw awsError('InternalError');
        return {};
      },
    });
    const answer = handler({ executionId: critical.executionId, conclusion: 'asks' });
    if (asked) expect(await answer).toMatchObject({ allowed: true });
    else await expect(answer).rejects.toThrow('InternalError');
  });

  test('is asked too, in the execution’s own thread', async () => {
    const { handler, inputs } = setUp(critical);
    await handler({ executionId: critical.executionId, conclusion: 'asks' });
    expect(told(inputs)).toMatchObject([
      {
        metadata: {
          ...{ threadId: `headroom/prod/${INSTANCE}/${critical.executionId}`, eventType: 'headroom-asks' },
        },
      },
    ]);
  });

  test('gets nothing that operators do not get', async () => {
    process.env['HEADROOM_CHAT_TOPIC_ARN'] = 'none';
    const { handler, inputs } = setUp(critical, opsCenter().answers);
    await handler(failed);
    expect(inputs('sns:Publish')).toHaveLength(1);
  });
});
