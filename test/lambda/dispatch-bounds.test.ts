import type { SQSRecord } from 'aws-lambda';
import { createHandler } from '../../lambda/dispatch/handler';
import { DEPLOY_SOURCE, SWEEP_SOURCE, sweepMessage } from '../../lib/domain/sweep/sweep-message';
import contributor from '../domain/events/alarm-contributor.json';
import { awsError, fakeSdk, recordingLog } from './fake-sdk';
import { healingOutputs } from './healing-outputs';
import { setBounds } from './ledger-bucket';

const DOCUMENT = 'headroom-prod-HealNode';
const HOUR_MS = 3_600_000;
const NODE = 'i-0ff99ee88dd77cc66';
const NEIGHBOUR = 'i-0ff99ee88dd77cc67';
const CONTROL_PLANE = 'i-0aa11bb22cc33dd44';

interface Execution {
  readonly id: string;
  readonly instanceId: string;
  readonly startedAtMs: number;
  readonly restUntil?: string;
  /** @default an alarm's */
  readonly trigger?: string;
  readonly inFlight?: boolean;
}
interface Filter {
  readonly Key: string;
  readonly Values: readonly string[];
}

/** Systems Manager with a memory; what is started ends at once. */
const setUp = (past: readonly Execution[] = [], beganMs = 100 * HOUR_MS) => {
  const executions = [...past];
  const time = { nowMs: beganMs };
  const sdk = fakeSdk(['ssm', 'ec2', 'sqs'], {
    'ssm:GetParameter': () => ({ Parameter: { Value: 'none' } }),
    'ssm:DescribeAutomationExecutions': ({ Filters }: { Filters: Filter[] }) => {
      const after = Filters.find(({ Key }) => Key === 'StartTimeAfter')?.Values[0];
      return {
        AutomationExecutionMetadataList: executions
          .filter(({ startedAtMs, inFlight = false }) =>
            after === undefined ? inFlight : startedAtMs > Date.parse(after),
          )
          .map(({ id, instanceId, startedAtMs, inFlight = false }) => ({
            ...{ AutomationExecutionId: id, DocumentName: DOCUMENT },
            AutomationExecutionStatus: inFlight ? 'InProgress' : 'Success',
            ExecutionStartTime: new Date(startedAtMs),
            // Of every other one the outputs were cut, and name no instance.
            Outputs: healingOutputs('record', id.endsWith('0') ? '' : { verdict: 'healed', instanceId }),
          })),
      };
    },
    'ssm:GetAutomationExecution': ({ AutomationExecutionId: id }: { AutomationExecutionId: string }) => {
      const found = executions.find((each) => each.id === id);
      if (found === undefined) throw awsError('AutomationExecutionNotFoundException');
      return {
        AutomationExecution: {
          AutomationExecutionStatus: found.inFlight === true ? 'InProgress' : 'Success',
          Parameters: {
            InstanceId: [found.instanceId],
            RestUntil: [found.restUntil ?? ''],
            Trigger: [found.trigger ?? 'alarm'],
          },
          ExecutionStartTime: new Date(found.startedAtMs),
        },
      };
    },
    'ssm:StartAutomationExecution': ({ Parameters }: { Parameters: Record<string, string[]> }) => {
      const id = `e-${executions.length}`;
      const [restUntil] = Parameters['RestUntil'] ?? [];
      executions.push({
        ...{ id, instanceId: Parameters['InstanceId']?.[0] ?? '', startedAtMs: time.nowMs },
        ...(restUntil !== undefined && { restUntil }),
        trigger: Parameters['Trigger']?.[0] ?? '',
      });
      return { AutomationExecutionId: id };
    },
    'ec2:DescribeInstances': ({ InstanceIds: [id] }: { InstanceIds: string[] }) => ({
      Reservations: [
        {
          Instances: [
            {
              State: { Name: 'running' },
              Tags: [
                { Key: 'headroom:environment', Value: 'prod' },
                { Key: 'headroom:role', Value: id === CONTROL_PLANE ? 'control-plane' : 'worker' },
                { Key: 'headroom:node-group', Value: id === CONTROL_PLANE ? 'control-plane' : 'general' },
              ],
            },
          ],
        },
      ],
    }),
    'sqs:ChangeMessageVisibility': () => ({}),
  });
  const { log, lines } = recordingLog();
  const clock = {
    now: () => time.nowMs,
    sleep: (milliseconds: number) => {
      time.nowMs += milliseconds;
      return Promise.resolve();
    },
  };
  const newContainer = () => createHandler(sdk.clients, { clock, log });
  const warm = newContainer();
  const send = async (body: string, handler = warm): Promise<boolean> => {
    const record = {
      ...{ messageId: 'm', receiptHandle: 'r', body },
      attributes: { ApproximateReceiveCount: '1', MessageGroupId: 'general' },
    } as unknown as SQSRecord;
    return (await handler({ Records: [record] })).batchItemFailures.length > 0;
  };
  /** The node's alarm fires. @returns whether the message goes back to the queue */
  const alarm = async (instanceId = NODE, handler = warm, level = 'critical'): Promise<boolean> => {
    const event = structuredClone(contributor) as unknown as {
      detail: {
        alarmName: string;
        alarmContributor: { attributes: { InstanceId: string } };
        state: { timestamp: string };
      };
    };
    event.detail.alarmName = event.detail.alarmName.replace('critical', level);
    event.detail.alarmContributor.attributes.InstanceId = instanceId;
    event.detail.state.timestamp = new Date(time.nowMs).toISOString();
    return send(JSON.stringify(event), handler);
  };
  return { ...sdk, time, alarm, send, executions, lines, newContainer };
};
const started = ({ executions }: ReturnType<typeof setUp>, instanceId = NODE): Execution[] =>
  executions.filter((each) => each.instanceId === instanceId);

beforeEach(() => {
  process.env['HEADROOM_ENVIRONMENT'] = 'prod';
  process.env['HEADROOM_HEAL_DOCUMENT_NAME'] = DOCUMENT;
  process.env['HEADROOM_HEAL_QUEUE_URL'] = 'q';
  process.env['HEADROOM_WATCHED_GROUPS'] = '[]';
  process.env['HEADROOM_DEAD_LETTER_QUEUE_URL'] = 'd';
  setBounds({ healingsPerNodePerDay: 3 });
});

describe.each(['the same container', 'a new container each time'])('an alarm that flaps, %s', (which) => {
  test('three healings and one message in a day, and the same again the day after', async () => {
    const all = setUp();
    const beganMs = all.time.nowMs;
    for (let minute = 0; minute < 48 * 60; minute += 10) {
      all.time.nowMs = beganMs + minute * 60_000;
      const handler = which === 'the same container' ? undefined : all.newContainer();
      expect(await all.alarm(NODE, handler)).toBe(false);
    }
    const own = started(all);
    expect(own.map(({ restUntil }) => restUntil !== undefined)).toEqual([
      ...[false, false, false, true],
      ...[false, false, false, true],
    ]);
    // When the first one is a day old.
    const [first, , , told] = own;
    expect(Date.parse(told?.restUntil ?? '')).toBe((first?.startedAtMs ?? 0) + 24 * HOUR_MS);
    expect(all.lines.filter(({ message }) => message === 'skipped').at(-1)?.fields['why']).toContain(
      'has reached its limit of healings in 24 hours, until',
    );
  });
});

test('what flapped at a lower level is healed all the same when it gets to the emergency level, once an hour', async () => {
  const all = setUp();
  for (let count = 0; count < 6; count += 1) {
    all.time.nowMs += 60_000;
    await all.alarm();
  }
  expect(started(all).map(({ restUntil }) => restUntil !== undefined)).toEqual([false, false, false, true]);
  for (let minute = 0; minute < 120; minute += 10) {
    all.time.nowMs += 600_000;
    await all.alarm(NODE, undefined, 'emergency');
  }
  expect(started(all).slice(4)).toHaveLength(2);
  expect(started(all).slice(4)).toEqual([
    expect.not.objectContaining({ restUntil: expect.anything() as unknown }),
    expect.not.objectContaining({ restUntil: expect.anything() as unknown }),
  ]);
});

test.each(['', 'manual', 'deploy:below-declared-size'])(
  'healings that %p started are not counted',
  async (trigger) => {
    const past = Array.from({ length: 9 }, (_, index) => ({
      ...{ id: `past-${index}`, instanceId: NODE, startedAtMs: 99 * HOUR_MS - index, trigger },
    }));
    const all = setUp(past);
    await all.alarm();
    expect(started(all).at(-1)).toMatchObject({ id: 'e-9' });
    expect(started(all).at(-1)?.restUntil).toBeUndefined();
  },
);

test('starts a deployed size at once, without counting it against the limit', async () => {
  const all = setUp();
  for (let count = 0; count < 6; count += 1) {
    all.time.nowMs += 60_000;
    await all.alarm();
  }
  const finding = { instanceId: NODE, nodeGroup: 'general', reason: '', usedPercent: null };
  for (const source of [SWEEP_SOURCE, DEPLOY_SOURCE] as const) {
    all.time.nowMs += 60_000;
    const message = sweepMessage({ ...finding, finding: 'below-declared-size' }, all.time.nowMs, source);
    await all.send(JSON.stringify(message.body));
  }
  expect(started(all).map(({ restUntil }) => restUntil !== undefined)).toEqual([
    ...[false, false, false, true],
    false,
  ]);
});

test('still heals another node', async () => {
  const all = setUp();
  for (let count = 0; count < 6; count += 1) {
    all.time.nowMs += 60_000;
    await all.alarm();
  }
  await all.alarm(NEIGHBOUR);
  expect(started(all)).toHaveLength(4);
  expect(started(all, NEIGHBOUR)).toHaveLength(1);
});

test('a day that others filled is listed once, then what is new', async () => {
  const past = Array.from({ length: 3 }, (_, index) => ({
    ...{ id: `past-${index}`, instanceId: NODE, startedAtMs: 99 * HOUR_MS - index },
  }));
  const all = setUp(past);
  await all.alarm();
  all.time.nowMs += 60_000;
  await all.alarm(NEIGHBOUR);
  expect(started(all).at(-1)?.restUntil).toBeDefined();
  const listed = all
    .inputs<{ Filters: Filter[] }>('ssm:DescribeAutomationExecutions')
    .flatMap(({ Filters }) => Filters.filter(({ Key }) => Key === 'StartTimeAfter'));
  expect(
    listed.map(({ Values: [after] }) => (all.time.nowMs - Date.parse(after ?? '')) / HOUR_MS > 23),
  ).toEqual([true, false]);
});

test('starts nothing and returns the message if today’s starts cannot be listed', async () => {
  const all = setUp();
  const failing = createHandler(
    {
      ...all.clients,
      ssm: {
        send: (command: object) =>
          JSON.stringify(command).includes('StartTimeAfter')
            ? Promise.reject(awsError('ThrottlingException'))
            : all.clients.ssm.send(command),
      },
    },
    { clock: { now: () => all.time.nowMs, sleep: () => Promise.resolve() }, log: recordingLog().log },
  );
  expect(await all.alarm(NODE, failing)).toBe(true);
  expect(started(all)).toEqual([]);
});

describe('two nodes at once', () => {
  const busy = (count: number) =>
    setUp(
      Array.from({ length: count }, (_, index) => ({
        ...{ id: `busy-${index}`, instanceId: `i-0000000000000000${index}`, inFlight: true },
        startedAtMs: 99 * HOUR_MS,
      })),
    );
  beforeEach(() => setBounds({ nodesAtOnce: 2 }));

  test.each([
    [0, NODE, false],
    [1, NODE, false],
    [2, NODE, true],
    [3, NODE, true],
  ])('%d are healed: %s goes back to the queue: %p', async (count, instanceId, waits) => {
    const all = busy(count);
    expect(await all.alarm(instanceId)).toBe(waits);
    expect(started(all, instanceId)).toHaveLength(waits ? 0 : 1);
  });

  test('at the emergency level a worker waits for none', async () => {
    const all = busy(2);
    expect(await all.alarm(NODE, undefined, 'emergency')).toBe(false);
    expect(started(all)).toHaveLength(1);
  });

  test('a control-plane node waits for no worker', async () => {
    const all = busy(2);
    expect(await all.alarm(CONTROL_PLANE)).toBe(false);
    expect(started(all, CONTROL_PLANE)).toHaveLength(1);
  });
});
