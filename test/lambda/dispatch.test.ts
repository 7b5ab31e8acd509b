import type { SQSEvent, SQSRecord } from 'aws-lambda';
import { createHandler } from '../../lambda/dispatch/handler';
import { clientToken } from '../../lib/domain/outcome/incident';
import { sweepMessage } from '../../lib/domain/sweep/sweep-message';
import contributor from '../domain/events/alarm-contributor.json';
import single from '../domain/events/single-metric-alarm.json';
import { awsError, fakeSdk, recordingLog, type Answers } from './fake-sdk';
import { setBounds } from './ledger-bucket';
import { healingOutputs } from './healing-outputs';

const CONTROL_PLANE = 'i-0aa11bb22cc33dd44';
const OTHER_CONTROL_PLANE = 'i-0aa11bb22cc33dd45';
const WORKER = 'i-0ff99ee88dd77cc66';
const DOCUMENT = 'headroom-prod-HealNode';
const HEAL_QUEUE = 'https://sqs/headroom-prod-heal.fifo';
const DLQ = 'https://sqs/headroom-prod-heal-dlq.fifo';

const tagged = (role: string, environment = 'prod') => [
  { Key: 'headroom:environment', Value: environment },
  { Key: 'headroom:role', Value: role },
  { Key: 'headroom:node-group', Value: role === 'worker' ? 'general' : 'control-plane' },
];
const NODES: Record<string, object> = {
  [CONTROL_PLANE]: { State: { Name: 'running' }, Tags: tagged('control-plane') },
  [OTHER_CONTROL_PLANE]: { State: { Name: 'running' }, Tags: tagged('control-plane') },
  [WORKER]: { State: { Name: 'running' }, Tags: tagged('worker') },
};

const singleFor = (instanceId: string, at = '2026-11-20T04:05:31.919+0000'): string => {
  const event = structuredClone(single);
  const [metric] = event.detail.configuration.metrics;
  if (metric === undefined) throw new Error('the sample has a metric');
  metric.metricStat.metric.dimensions.InstanceId = instanceId;
  event.detail.state.timestamp = at;
  return JSON.stringify(event);
};
const record = (messageId: string, body: string, group = 'control-plane'): SQSRecord => ({
  messageId,
  body,
  receiptHandle: '',
  attributes: {
    ApproximateReceiveCount: '1',
    SentTimestamp: '0',
    SenderId: '',
    ApproximateFirstReceiveTimestamp: '0',
    MessageGroupId: group,
  },
  messageAttributes: {},
  md5OfBody: '',
  eventSource: 'aws:sqs',
  eventSourceARN: '',
  awsRegion: 'ap-northeast-1',
});

interface Running {
  readonly id: string;
  readonly instanceId: string;
  status?: string;
  readonly startedAtMs?: number;
  readonly document?: string;
  /** Not in the list yet. */
  readonly unlisted?: boolean;
}

/** A small Systems Manager: what is started is in flight from then on. */
const setUp = (options: { running?: Running[]; nodes?: Record<string, object>; answers?: Answers } = {}) => {
  const running: Running[] = [...(options.running ?? [])];
  /** Started here; not in the list. */
  const fresh: Running[] = [];
  const nodes = options.nodes ?? NODES;
  const time = { nowMs: 0, startedAtMs: [] as number[] };
  const sdk = fakeSdk(['ssm', 'ec2', 'sqs'], {
    'ssm:DescribeAutomationExecutions': () => ({
      AutomationExecutionMetadataList: running
        .filter(({ status = 'InProgress', unlisted }) => status === 'InProgress' && !unlisted)
        .map(({ id, document = DOCUMENT }) => ({ AutomationExecutionId: id, DocumentName: document })),
    }),
    'ssm:GetAutomationExecution': ({ AutomationExecutionId: id }: { AutomationExecutionId: string }) => {
      const found = [...running, ...fresh].find((each) => each.id === id);
      if (found === undefined) throw awsError('AutomationExecutionNotFoundException');
      return {
        AutomationExecution: {
          AutomationExecutionStatus: found.status ?? 'InProgress',
          Parameters: { InstanceId: [found.instanceId] },
          ...(found.startedAtMs !== undefined && { ExecutionStartTime: new Date(found.startedAtMs) }),
        },
      };
    },
    'ssm:StartAutomationExecution': (
      { Parameters }: { Parameters: { InstanceId: string[] } },
      count: number,
    ) => {
      time.startedAtMs.push(time.nowMs);
      const [instanceId = ''] = Parameters.InstanceId;
      fresh.push({ id: `execution-${count}`, instanceId, startedAtMs: time.nowMs });
      return { AutomationExecutionId: `execution-${count}` };
    },
    'ec2:DescribeInstances': ({ InstanceIds: [id = ''] }: { InstanceIds: string[] }) => {
      if (nodes[id] === undefined) throw awsError('InvalidInstanceID.NotFound');
      return { Reservations: [{ Instances: [nodes[id]] }] };
    },
    'sqs:ChangeMessageVisibility': () => ({}),
    'ssm:GetParameter': () => ({ Parameter: { Value: 'none' } }),
    'sqs:SendMessage': () => ({}),
    ...options.answers,
  });
  const { log, lines } = recordingLog();
  const clock = {
    now: () => time.nowMs,
    sleep: (milliseconds: number) => {
      time.nowMs += milliseconds;
      return Promise.resolve();
    },
  };
  const handler = createHandler(sdk.clients, { clock, log });
  const handle = async (...Records: SQSRecord[]): Promise<string[]> => {
    const event: SQSEvent = { Records };
    return (await handler(event)).batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
  };
  const started = (): string[] =>
    sdk
      .inputs<{ Parameters: { InstanceId: string[] } }>('ssm:StartAutomationExecution')
      .map(({ Parameters }) => Parameters.InstanceId.join());
  return { ...sdk, handle, lines, time, running, started };
};

beforeEach(() => {
  process.env['HEADROOM_ENVIRONMENT'] = 'prod';
  process.env['HEADROOM_HEAL_DOCUMENT_NAME'] = DOCUMENT;
  process.env['HEADROOM_HEAL_QUEUE_URL'] = HEAL_QUEUE;
  process.env['HEADROOM_WATCHED_GROUPS'] = '[]';
  setBounds();
  process.env['HEADROOM_DEAD_LETTER_QUEUE_URL'] = DLQ;
});

describe('a node of a group that is not only acted on', () => {
  const told = (verdict: string, until: string): Answers => ({
    'ssm:DescribeAutomationExecutions': ({ Filters }: { Filters: { Key: string; Values: string[] }[] }) => ({
      AutomationExecutionMetadataList: Filters.some(({ Key }) => Key === 'StartTimeAfter')
        ? [
            {
              ...{
                AutomationExecutionId: 'e0',
                DocumentName: DOCUMENT,
                AutomationExecutionStatus: 'Success',
              },
              ...{ ExecutionStartTime: new Date(0), ExecutionEndTime: new Date(1_000) },
              Outputs: healingOutputs('record', { verdict, instanceId: CONTROL_PLANE, until }),
            },
          ]
        : [],
    }),
  });
  const alarm = (level: string): string =>
    singleFor(CONTROL_PLANE).replaceAll('disk-critical', `disk-${level}`);

  test.each([
    ['observed', '1970-01-02T00:00:00Z', 'warning', 0],
    ['denied', '1970-01-02T00:00:00Z', 'critical', 0],
    ['denied', '1970-01-02T00:00:00Z', 'emergency', 1],
    ['denied', '1970-01-01T00:00:00Z', 'warning', 1],
    ['healed', '1970-01-02T00:00:00Z', 'warning', 1],
  ])('%s until %s, and its %s alarm fires: %d starts', async (verdict, until, level, starts) => {
    process.env['HEADROOM_WATCHED_GROUPS'] = '["control-plane"]';
    const { handle, started } = setUp({ answers: told(verdict, until) });
    expect(await handle(record('m1', alarm(level)))).toEqual([]);
    expect(started()).toHaveLength(starts);
  });
});

test.each([
  [null, 0],
  ['control-plane', 0],
  ['general', 1],
])(
  'a pause of %j: %d starts for a control-plane node, and nothing goes back to the queue',
  async (nodeGroup, starts) => {
    const pause = { nodeGroup, since: new Date(0).toISOString(), until: new Date(3_600_000).toISOString() };
    const Value = JSON.stringify({ schema: 1, pauses: [{ ...pause, why: 'w', by: 'b' }] });
    const { handle, started } = setUp({ answers: { 'ssm:GetParameter': () => ({ Parameter: { Value } }) } });
    expect(await handle(record('m1', JSON.stringify(single)))).toEqual([]);
    expect(started()).toHaveLength(starts);
  },
);

test('starts nothing and returns the message if the pauses cannot be read', async () => {
  const { handle, started } = setUp({
    answers: {
      'ssm:GetParameter': () => {
        throw awsError('ThrottlingException');
      },
    },
  });
  expect(await handle(record('m1', JSON.stringify(single)))).toEqual(['m1']);
  expect(started()).toEqual([]);
});

describe('starts', () => {
  test('one healing for an alarm, named, traceable and idempotent', async () => {
    const { handle, inputs } = setUp();
    expect(await handle(record('m1', JSON.stringify(single)))).toEqual([]);
    expect(inputs('ssm:StartAutomationExecution')).toEqual([
      {
        DocumentName: DOCUMENT,
        Parameters: {
          InstanceId: [CONTROL_PLANE],
          Trigger: ['headroom-prod-control-plane-1-disk-critical'],
          TriggeredAt: ['2026-11-20T04:05:31.919Z'],
        },
        ClientToken: clientToken({
          instanceId: CONTROL_PLANE,
          alarmName: 'headroom-prod-control-plane-1-disk-critical',
          at: '2026-11-20T04:05:31.919Z',
        }),
        Tags: [{ Key: 'headroom:environment', Value: 'prod' }],
      },
    ]);
  });

  test('both kinds of events, at most one a second, also after what another container may have started', async () => {
    const { handle, started, time } = setUp();
    await handle(record('m1', JSON.stringify(single)), record('m2', JSON.stringify(contributor), 'general'));
    expect(started()).toEqual([CONTROL_PLANE, WORKER]);
    expect(time.startedAtMs).toEqual([1_000, 2_000]);
    expect(time.nowMs).toBe(2_000);
  });

  test('the look at what is in flight and at the node is part of the second before the first start', async () => {
    const { handle, time } = setUp({
      answers: {
        'ssm:DescribeAutomationExecutions': () => {
          time.nowMs += 400;
          return { AutomationExecutionMetadataList: [] };
        },
      },
    });
    await handle(record('m1', JSON.stringify(single)));
    expect(time.startedAtMs).toEqual([1_000]);
  });

  test('what HealNode would refuse in a trigger is replaced', async () => {
    const event = structuredClone(single);
    event.detail.alarmName = `x\u00e4$(reboot)${'y'.repeat(220)}`;
    const { handle, inputs } = setUp();
    await handle(record('m1', JSON.stringify(event)));
    const [start] = inputs<{ Parameters: { Trigger: string[] } }>('ssm:StartAutomationExecution');
    expect(start?.Parameters.Trigger[0]).toMatch(/^[A-Za-z0-9 ._:/-]{200}$/);
  });

  test('a stopped node too: the healing will say so', async () => {
    const { handle, started } = setUp({
      nodes: { [WORKER]: { State: { Name: 'stopped' }, Tags: tagged('worker') } },
    });
    await handle(record('m1', JSON.stringify(contributor), 'general'));
    expect(started()).toEqual([WORKER]);
  });
});

describe('findings of the sweep', () => {
  const message = (nowMs: number): string =>
    JSON.stringify(
      sweepMessage(
        {
          instanceId: WORKER,
          nodeGroup: 'general',
          finding: 'over-level',
          reason: '/ is at 91 %',
          usedPercent: 91,
        },
        nowMs,
      ).body,
    );

  test('start a healing like an alarm, told by their kind', async () => {
    const { handle, inputs } = setUp();
    expect(await handle(record('m1', message(0), 'general'))).toEqual([]);
    expect(inputs('ssm:StartAutomationExecution')).toMatchObject([
      {
        Parameters: {
          InstanceId: [WORKER],
          Trigger: ['sweep:over-level'],
          TriggeredAt: ['1970-01-01T00:00:00.000Z'],
        },
      },
    ]);
  });

  test('are dropped when they have waited too long: the next sweep knows better', async () => {
    const { handle, started, time, lines } = setUp();
    time.nowMs = 15 * 60_000 + 1;
    expect(await handle(record('m1', message(0), 'general'))).toEqual([]);
    expect(started()).toEqual([]);
    expect(lines).toMatchObject([{ message: 'skipped', fields: { why: 'the finding is out of date' } }]);
  });
});

describe('does nothing, without failing', () => {
  test('for an OK transition', async () => {
    const event = structuredClone(single);
    event.detail.state.value = 'OK';
    const { handle, operations } = setUp();
    expect(await handle(record('m1', JSON.stringify(event)))).toEqual([]);
    expect(operations()).toEqual([]);
  });

  test.each<[string, Record<string, object>]>([
    ['that EC2 does not know', {}],
    ['that is terminated', { [WORKER]: { State: { Name: 'terminated' }, Tags: tagged('worker') } }],
    ['of another environment', { [WORKER]: { State: { Name: 'running' }, Tags: tagged('worker', 'dev') } }],
    ['without tags', { [WORKER]: { State: { Name: 'running' } } }],
  ])('for a node %s, and says why', async (_, nodes) => {
    const { handle, started, lines } = setUp({ nodes });
    expect(await handle(record('m1', JSON.stringify(contributor), 'general'))).toEqual([]);
    expect(started()).toEqual([]);
    expect(lines).toMatchObject([{ level: 'warn', message: 'skipped', fields: { instanceId: WORKER } }]);
  });

  test.each([
    ['30 minutes ago', 30, 'silent', []],
    ['an hour ago', 60, 'silent', [CONTROL_PLANE]],
    ['in the future, by a clock or a hand that is wrong', -30, 'silent', [CONTROL_PLANE]],
    ['30 minutes ago, when its disk is full', 30, 'disk-critical', [CONTROL_PLANE]],
  ])('for the silence of a node that was attached, unless: %s', async (_, minutes, alarm, expected) => {
    const nowMs = 100 * 3_600_000;
    const at = { Key: 'headroom:attached-at', Value: new Date(nowMs - minutes * 60_000).toISOString() };
    const { handle, started, time } = setUp({
      nodes: { [CONTROL_PLANE]: { State: { Name: 'running' }, Tags: [...tagged('control-plane'), at] } },
    });
    time.nowMs = nowMs;
    expect(await handle(record('m1', JSON.stringify(single).replaceAll('disk-critical', alarm)))).toEqual([]);
    expect(started()).toEqual(expected);
  });

  test('for a node that is being healed already', async () => {
    const { handle, started } = setUp({ running: [{ id: 'e1', instanceId: CONTROL_PLANE }] });
    expect(await handle(record('m1', JSON.stringify(single)))).toEqual([]);
    expect(started()).toEqual([]);
  });

  test('for the copies and the further levels of one node in a batch', async () => {
    const { handle, started } = setUp();
    const later = singleFor(CONTROL_PLANE, '2026-11-20T04:06:00.000+0000');
    const copy = JSON.stringify(single);
    expect(await handle(record('m1', copy), record('m2', copy), record('m3', later))).toEqual([]);
    expect(started()).toEqual([CONTROL_PLANE]);
  });

  test('when SSM has seen the token', async () => {
    const { handle, lines } = setUp({
      answers: {
        'ssm:StartAutomationExecution': () => {
          throw awsError('IdempotentParameterMismatch');
        },
      },
    });
    expect(await handle(record('m1', JSON.stringify(single)))).toEqual([]);
    expect(lines).toMatchObject([{ level: 'info', message: 'skipped' }]);
  });

  test('for a node that this container just started and the list does not show yet', async () => {
    const { handle, started, running } = setUp();
    await handle(record('m1', JSON.stringify(single)));
    running.push({ id: 'execution-1', instanceId: CONTROL_PLANE, unlisted: true });
    await handle(record('m2', singleFor(CONTROL_PLANE, '2026-11-20T04:06:00Z')));
    expect(started()).toEqual([CONTROL_PLANE]);
  });
});

describe('a token that was used before, where Systems Manager answers with the execution of that time', () => {
  const HOUR_MS = 3_600_000;
  const setUpOld = (old: Partial<Running>) => {
    const world = setUp({
      running: [{ id: 'old', instanceId: CONTROL_PLANE, startedAtMs: 0, unlisted: true, ...old }],
      answers: { 'ssm:StartAutomationExecution': () => ({ AutomationExecutionId: 'old' }) },
    });
    world.time.nowMs = HOUR_MS;
    return world;
  };
  const at = (ms: number): string => new Date(ms).toISOString();

  test('it has ended: what the node says later is not taken for answered by it', async () => {
    const { handle, started, lines } = setUpOld({ status: 'Success' });
    await handle(record('m1', singleFor(CONTROL_PLANE, at(0))));
    expect(lines).toContainEqual(
      expect.objectContaining({
        message: 'skipped',
        fields: expect.objectContaining({
          why: 'this alarm transition already started an execution',
        }) as object,
      }),
    );
    await handle(record('m2', singleFor(CONTROL_PLANE, at(HOUR_MS / 2))));
    expect(started()).toEqual([CONTROL_PLANE, CONTROL_PLANE]);
  });

  test('it still runs: the next control-plane node waits, in this batch and in the next', async () => {
    const { handle, started } = setUpOld({});
    const other = singleFor(OTHER_CONTROL_PLANE, at(HOUR_MS));
    expect(await handle(record('m1', singleFor(CONTROL_PLANE)), record('m2', other))).toEqual(['m2']);
    expect(await handle(record('m2', other))).toEqual(['m2']);
    expect(started()).toEqual([CONTROL_PLANE]);
  });
});

test('a token that is refused: its execution may be in flight and not listed yet, so the next control-plane node waits', async () => {
  const { handle, started, time } = setUp({
    answers: {
      'ssm:StartAutomationExecution': ({ Parameters }: { Parameters: { InstanceId: string[] } }) => {
        if (Parameters.InstanceId[0] === CONTROL_PLANE) throw awsError('IdempotentParameterMismatch');
        return { AutomationExecutionId: 'new' };
      },
    },
  });
  const other = singleFor(OTHER_CONTROL_PLANE);
  expect(await handle(record('m1', singleFor(CONTROL_PLANE)), record('m2', other))).toEqual(['m2']);
  expect(await handle(record('m2', other))).toEqual(['m2']);
  time.nowMs += 61_000;
  expect(await handle(record('m2', other))).toEqual([]);
  expect(started()).toEqual([CONTROL_PLANE, OTHER_CONTROL_PLANE]);
});

test('a start of which Systems Manager knows nothing yet counts as in flight', async () => {
  const { handle } = setUp({
    answers: {
      'ssm:GetAutomationExecution': () => {
        throw awsError('AutomationExecutionNotFoundException');
      },
    },
  });
  const other = record('m2', singleFor(OTHER_CONTROL_PLANE));
  expect(await handle(record('m1', singleFor(CONTROL_PLANE)), other)).toEqual(['m2']);
});

test('an alarm that is older than the last healing of its node has been answered by it', async () => {
  const { handle, started, running, time, operations } = setUp();
  time.nowMs = Date.parse('2026-11-20T05:00:00Z');
  await handle(record('m1', singleFor(CONTROL_PLANE, '2026-11-20T04:00:00Z')));
  running.push({ id: 'execution-1', instanceId: CONTROL_PLANE, status: 'Success' });
  const before = operations().length;
  expect(await handle(record('m2', singleFor(CONTROL_PLANE, '2026-11-20T04:00:10Z')))).toEqual([]);
  expect(operations()).toHaveLength(before);
  await handle(record('m3', singleFor(CONTROL_PLANE, '2026-11-20T05:00:10Z')));
  expect(started()).toEqual([CONTROL_PLANE, CONTROL_PLANE]);
});

test('a node whose healing has ended is healed again', async () => {
  const { handle, started, running } = setUp();
  await handle(record('m1', JSON.stringify(single)));
  running.push({ id: 'execution-1', instanceId: CONTROL_PLANE, status: 'Failed' });
  await handle(record('m2', singleFor(CONTROL_PLANE, '2026-11-20T04:06:00Z')));
  expect(started()).toEqual([CONTROL_PLANE, CONTROL_PLANE]);
});

describe('quorum', () => {
  test('a second control-plane node goes back to the queue while the first is being healed', async () => {
    const { handle, started, lines } = setUp({ running: [{ id: 'e1', instanceId: OTHER_CONTROL_PLANE }] });
    expect(await handle(record('m1', JSON.stringify(single)))).toEqual(['m1']);
    expect(started()).toEqual([]);
    expect(lines).toMatchObject([
      { fields: { why: expect.stringContaining(OTHER_CONTROL_PLANE) as string } },
    ]);
  });

  test('also within one batch', async () => {
    const { handle, started } = setUp();
    expect(
      await handle(record('m1', JSON.stringify(single)), record('m2', singleFor(OTHER_CONTROL_PLANE))),
    ).toEqual(['m2']);
    expect(started()).toEqual([CONTROL_PLANE]);
  });

  test('a worker does not wait for it, and does not hold it up', async () => {
    const busyMaster = setUp({ running: [{ id: 'e1', instanceId: CONTROL_PLANE }] });
    expect(await busyMaster.handle(record('m1', JSON.stringify(contributor), 'general'))).toEqual([]);
    expect(busyMaster.started()).toEqual([WORKER]);
    const busyWorker = setUp({ running: [{ id: 'e1', instanceId: WORKER }] });
    expect(await busyWorker.handle(record('m1', JSON.stringify(single)))).toEqual([]);
    expect(busyWorker.started()).toEqual([CONTROL_PLANE]);
  });

  test('a node of ours without a role counts as control plane', async () => {
    const untold = { State: { Name: 'running' }, Tags: tagged('worker').slice(0, 1) };
    const { handle, started } = setUp({
      nodes: { ...NODES, [WORKER]: untold },
      running: [{ id: 'e1', instanceId: WORKER }],
    });
    expect(await handle(record('m1', JSON.stringify(single)))).toEqual(['m1']);
    expect(started()).toEqual([]);
  });

  test("another document's execution whose name begins alike is no healing", async () => {
    const { handle, started } = setUp({
      running: [{ id: 'e1', instanceId: OTHER_CONTROL_PLANE, document: `${DOCUMENT}Later` }],
    });
    expect(await handle(record('m1', JSON.stringify(single)))).toEqual([]);
    expect(started()).toEqual([CONTROL_PLANE]);
  });
});

describe('what goes back to the queue', () => {
  const received = (messageId: string, instanceId: string, count: number): SQSRecord => {
    const one = record(messageId, singleFor(instanceId));
    const attributes = { ...one.attributes, ApproximateReceiveCount: String(count) };
    return { ...one, attributes, receiptHandle: `handle of ${messageId}` };
  };

  test('comes again in a minute, with all of its group: a control-plane node waits for another one, not for the queue', async () => {
    const { handle, inputs } = setUp({ running: [{ id: 'e1', instanceId: OTHER_CONTROL_PLANE }] });
    const batch = [received('m1', CONTROL_PLANE, 1), received('m2', CONTROL_PLANE, 10)];
    expect(await handle(...batch)).toEqual(['m1', 'm2']);
    expect(inputs('sqs:ChangeMessageVisibility')).toEqual([
      { QueueUrl: HEAL_QUEUE, ReceiptHandle: 'handle of m1', VisibilityTimeout: 60 },
      { QueueUrl: HEAL_QUEUE, ReceiptHandle: 'handle of m2', VisibilityTimeout: 60 },
    ]);
  });

  test('after ten receives it waits as long as the queue has it: they are numbered', async () => {
    const { handle, operations } = setUp({ running: [{ id: 'e1', instanceId: OTHER_CONTROL_PLANE }] });
    expect(await handle(received('m1', CONTROL_PLANE, 11))).toEqual(['m1']);
    expect(operations()).not.toContain('sqs:ChangeMessageVisibility');
  });

  test('goes back all the same when SQS refuses to show it soon', async () => {
    const { handle, lines } = setUp({
      running: [{ id: 'e1', instanceId: OTHER_CONTROL_PLANE }],
      answers: {
        'sqs:ChangeMessageVisibility': () => {
          throw awsError('ReceiptHandleIsInvalid');
        },
      },
    });
    expect(await handle(received('m1', CONTROL_PLANE, 1))).toEqual(['m1']);
    expect(lines.at(-1)).toMatchObject({ fields: { messageId: 'm1' } });
  });
});

describe('unreadable messages', () => {
  test.each([
    ['no JSON', 'half a {"line'],
    ['another event', '{"source":"aws.ec2"}'],
    ['a hostile instance id', singleFor('i-0aa11bb22cc33dd44; rm -rf /')],
    ['a megabyte', `"${'x'.repeat(1_000_000)}"`],
  ])('%s: whole to the dead-letter queue, one clear error line, counted as handled', async (_, body) => {
    const { handle, inputs, lines, operations } = setUp();
    expect(await handle(record('m1', body))).toEqual([]);
    expect(operations()).toEqual(['sqs:SendMessage']);
    expect(inputs('sqs:SendMessage')).toEqual([
      { QueueUrl: DLQ, MessageBody: body, MessageGroupId: 'unreadable', MessageDeduplicationId: 'm1' },
    ]);
    expect(lines).toMatchObject([
      { level: 'error', fields: { messageId: 'm1', why: expect.any(String) as string } },
    ]);
  });

  test('does not stop the next of its group', async () => {
    const { handle, started } = setUp();
    expect(await handle(record('m1', '?'), record('m2', JSON.stringify(single)))).toEqual([]);
    expect(started()).toEqual([CONTROL_PLANE]);
  });

  test('goes back to the queue when the dead-letter queue refuses it: nothing is lost', async () => {
    const { handle } = setUp({
      answers: {
        'sqs:SendMessage': () => {
          throw awsError('ThrottlingException');
        },
      },
    });
    expect(await handle(record('m1', '?'))).toEqual(['m1']);
  });
});

describe('what cannot be served now goes back to the queue', () => {
  test.each(['ThrottlingException', 'AutomationExecutionLimitExceededException', 'TimeoutError'])(
    '%s at every start, waited out in vain: this one and all later ones of its group, not of others',
    async (name) => {
      const { handle, started, time } = setUp({
        answers: {
          'ssm:StartAutomationExecution': ({ Parameters }: { Parameters: { InstanceId: string[] } }) => {
            if (Parameters.InstanceId.includes(CONTROL_PLANE)) throw awsError(name);
            return { AutomationExecutionId: 'e2' };
          },
        },
      });
      const failures = await handle(
        record('m1', JSON.stringify(single)),
        record('m2', '?'),
        record('m3', JSON.stringify(contributor), 'general'),
        record('m4', singleFor(OTHER_CONTROL_PLANE)),
      );
      expect(failures).toEqual(['m1', 'm2', 'm4']);
      expect(started()).toEqual([CONTROL_PLANE, CONTROL_PLANE, CONTROL_PLANE, WORKER]);
      expect(time.nowMs).toBe(8_000);
    },
  );

  test('a refusal that is over in seconds does not send the group back', async () => {
    const { handle, started, time } = setUp({
      answers: {
        'ssm:StartAutomationExecution': (_: never, count: number) => {
          if (count === 1) throw awsError('ThrottlingException');
          return { AutomationExecutionId: `execution-${count}` };
        },
      },
    });
    const records = [
      record('m1', JSON.stringify(single)),
      record('m2', JSON.stringify(contributor), 'general'),
    ];
    expect(await handle(...records)).toEqual([]);
    expect(started()).toEqual([CONTROL_PLANE, CONTROL_PLANE, WORKER]);
    expect(time.nowMs).toBe(4_000);
  });

  test('a batch that is refused as a whole waits 20 seconds at most', async () => {
    const { handle, time } = setUp({
      answers: {
        'ec2:DescribeInstances': () => {
          throw awsError('RequestLimitExceeded');
        },
      },
    });
    const records = Array.from({ length: 10 }, (_, index) =>
      record(`m${index}`, JSON.stringify(contributor), `group-${index}`),
    );
    expect(await handle(...records)).toHaveLength(10);
    expect(time.nowMs).toBe(20_000);
  });

  test.each(['ssm:DescribeAutomationExecutions', 'ssm:GetAutomationExecution', 'ec2:DescribeInstances'])(
    'a failing %s: what is in flight or ours is unknown, so nothing starts',
    async (operation) => {
      const { handle, started } = setUp({
        running: [{ id: 'e1', instanceId: WORKER }],
        answers: {
          [operation]: () => {
            throw awsError('ThrottlingException');
          },
        },
      });
      expect(await handle(record('m1', JSON.stringify(single)))).toEqual(['m1']);
      expect(started()).toEqual([]);
    },
  );
});

describe('asks sparingly', () => {
  test('lists executions once a batch, through all pages, and each execution once a container', async () => {
    const { handle, inputs, started } = setUp({
      running: [{ id: 'e9', instanceId: WORKER }],
      answers: {
        'ssm:DescribeAutomationExecutions': ({ NextToken }: { NextToken?: string }) =>
          NextToken === undefined
            ? { NextToken: 'more', AutomationExecutionMetadataList: [] }
            : { AutomationExecutionMetadataList: [{ AutomationExecutionId: 'e9', DocumentName: DOCUMENT }] },
      },
    });
    const worker = JSON.stringify(contributor);
    await handle(record('m1', worker, 'general'), record('m2', worker, 'general'));
    await handle(record('m3', worker, 'general'));
    expect(started()).toEqual([]);
    expect(inputs('ssm:DescribeAutomationExecutions')).toHaveLength(4);
    expect(inputs('ssm:GetAutomationExecution')).toHaveLength(1);
    expect(inputs('ssm:DescribeAutomationExecutions')[0]).toEqual({
      Filters: [
        { Key: 'DocumentNamePrefix', Values: [DOCUMENT] },
        {
          Key: 'ExecutionStatus',
          Values: ['Pending', 'InProgress', 'Waiting', 'PendingApproval', 'Cancelling'],
        },
      ],
      MaxResults: 50,
    });
  });
});

describe('a cold start in a storm', () => {
  const storm = Array.from({ length: 4_000 }, (_, index) => ({
    id: `e${index}`,
    instanceId: `i-${index.toString(16).padStart(17, '0')}`,
  }));
  /** A look takes a tenth of a second, and ten are under way at a time. */
  const slowly = () => {
    const world = setUp({ running: storm });
    const send = world.clients.ssm.send.bind(world.clients.ssm);
    let asked = 0;
    world.clients.ssm.send = async (command) => {
      if (command.constructor.name === 'GetAutomationExecutionCommand' && (asked += 1) % 10 === 0)
        world.time.nowMs += 100;
      return send(command);
    };
    return world;
  };

  test('ends within the time that the function has, keeps what it has read, and gets through with the next batch', async () => {
    const { handle, time, inputs, started } = slowly();
    const message = record('m1', singleFor(WORKER), 'general');
    expect(await handle(message)).toEqual(['m1']);
    expect(time.nowMs).toBeLessThan(45_000);
    const read = inputs('ssm:GetAutomationExecution').length;
    expect(read).toBeGreaterThan(2_000);
    expect(await handle(message)).toEqual([]);
    expect(started()).toEqual([WORKER]);
    // Each of the storm once, and the start.
    expect(inputs('ssm:GetAutomationExecution')).toHaveLength(storm.length + 1);
  });
});

test('a missing environment variable is an error that names it', async () => {
  delete process.env['HEADROOM_DEAD_LETTER_QUEUE_URL'];
  await expect(setUp().handle(record('m1', '?'))).rejects.toThrow(/HEADROOM_DEAD_LETTER_QUEUE_URL/);
});
