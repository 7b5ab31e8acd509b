import type { Execution } from '../../lib/aws/executions';
import { automationClient } from '../../lib/console/automation.client';
import { followExecution, type Pace } from '../../lib/console/follow-execution';
import { localAccount } from '../../packages/local-aws/test/contract/support/local-account';
import { AUTOMATION } from '../../packages/local-aws/test/contract/support/world';

const named = (name: string): Error => Object.assign(new Error(`AWS says ${name}`), { name });

/** Time that passes only when somebody sleeps. */
const heldPace = (onSleep: (milliseconds: number) => Promise<void> | void = () => undefined) => {
  let nowMs = 0;
  const sleeps: number[] = [];
  const pace: Pace = {
    nowMs: () => nowMs,
    sleep: async (milliseconds) => {
      sleeps.push(milliseconds);
      nowMs += milliseconds;
      await onSleep(milliseconds);
    },
  };
  return { pace, sleeps };
};

const execution = (status: string): Execution => ({
  ...{ executionId: 'e', documentName: 'headroom-prod-HealNode', status, steps: [], parameters: {} },
  ...{ startedAtMs: 0, endedAtMs: undefined, outputs: {}, failureMessage: undefined },
});

/** Answers in turn, the last one again and again. */
const answers = (...all: (string | Error)[]) => ({
  execution: () => {
    const next = all.length > 1 ? all.shift() : all[0];
    return next instanceof Error ? Promise.reject(next) : Promise.resolve(execution(next ?? ''));
  },
});

test('starts an execution once and follows it to its end', async () => {
  const { world } = localAccount();
  const client = automationClient(world.clients.ssm);
  const { pace } = heldPace((milliseconds) => world.pass(milliseconds / 1_000));
  const token = '22222222-2222-4222-8222-222222222222';
  const parameters = { InstanceId: [world.instanceId] };
  const id = await client.start(AUTOMATION, parameters, token);
  // Not documented: the old id, or this error. Neither starts it again.
  const again = await client.start(AUTOMATION, parameters, token).catch((error: unknown) => error);
  if (again !== id) expect(again).toMatchObject({ name: 'IdempotentParameterMismatch' });

  const seen: string[] = [];
  const followed = await followExecution({
    ...{ executionId: id, client, pace },
    onProgress: ({ steps }) => seen.push(steps.map(({ name, status }) => `${name} ${status}`).join()),
  });
  expect(followed.ended).toBe(true);
  expect(followed.execution).toMatchObject({
    status: 'Success',
    parameters: { InstanceId: [world.instanceId] },
  });
  expect(seen.at(0)).toBe('rest InProgress');
  expect(seen.at(-1)).toBe('rest Success');
});

test('waits out throttling and a lost network, each time longer', async () => {
  const lost = Object.assign(new Error('getaddrinfo'), { code: 'ENOTFOUND' });
  const { pace, sleeps } = heldPace();
  const client = answers(named('ThrottlingException'), lost, named('ThrottlingException'), 'Success');
  const followed = await followExecution({ executionId: 'e', client, pace, onProgress: () => undefined });
  expect(followed.ended).toBe(true);
  expect(sleeps).toEqual([2_000, 4_000, 8_000]);
});

test('throws an error that does not pass: expired credentials', async () => {
  const client = answers('InProgress', named('ExpiredTokenException'));
  const { pace } = heldPace();
  await expect(
    followExecution({ executionId: 'e', client, pace, onProgress: () => undefined }),
  ).rejects.toMatchObject({ name: 'ExpiredTokenException' });
});

test('gives up after minutes when AWS stays busy', async () => {
  const { pace, sleeps } = heldPace();
  const client = answers(named('ThrottlingException'));
  await expect(
    followExecution({ executionId: 'e', client, pace, onProgress: () => undefined }),
  ).rejects.toMatchObject({ name: 'ThrottlingException' });
  expect(sleeps.reduce((sum, each) => sum + each, 0)).toBeGreaterThan(120_000);
});

test('reports an unknown id after a few polls, since a new one may need a moment', async () => {
  const missing = named('AutomationExecutionNotFoundException');
  const young = answers(missing, missing, 'Success');
  const { pace } = heldPace();
  expect(
    (await followExecution({ executionId: 'e', client: young, pace, onProgress: () => undefined })).ended,
  ).toBe(true);
  await expect(
    followExecution({ executionId: 'e', client: answers(missing), pace, onProgress: () => undefined }),
  ).rejects.toThrow('There is no execution e in this account and region.');
});

test('stops following on a signal, and leaves the execution running', async () => {
  const stop = new AbortController();
  const { pace, sleeps } = heldPace(() => stop.abort());
  const followed = await followExecution({
    ...{ executionId: 'e', client: answers('InProgress'), pace, signal: stop.signal },
    onProgress: () => undefined,
  });
  expect(followed).toMatchObject({ ended: false, execution: { status: 'InProgress' } });
  expect(sleeps).toHaveLength(1);
});

test.each(['Success', 'Failed', 'TimedOut', 'Cancelled', 'CompletedWithFailure'])(
  '%s is an end',
  async (status) => {
    const { pace, sleeps } = heldPace();
    const followed = await followExecution({
      ...{ executionId: 'e', client: answers(status), pace },
      onProgress: () => undefined,
    });
    expect(followed.ended).toBe(true);
    expect(sleeps).toEqual([]);
  },
);
