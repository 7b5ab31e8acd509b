import { rendered } from '../runbooks/every-document';
import { createHandler } from '../../lambda/game-day/handler';
import { fakeSdk, recordingLog, type Answers } from './fake-sdk';
import { healingOutputs } from './healing-outputs';

const NODE = 'i-0aa11bb22cc33dd44';
const GAME_DAY = '11111111-1111-4111-8111-111111111111';
const HEALING = '22222222-2222-4222-8222-222222222222';
const START = Date.parse('2026-11-03T10:00:00Z');
const stepTimeoutMs = (base: 'GameDay', name: string): number =>
  (rendered(base).mainSteps.find((candidate) => candidate.name === name)?.timeoutSeconds ?? NaN) * 1000;

const instances = (...ids: string[]) => ({
  Reservations: [
    {
      Instances: ids.map((InstanceId) => ({
        InstanceId,
        LaunchTime: new Date(START),
        Tags: [{ Key: 'headroom:node-group', Value: 'general' }],
      })),
    },
  ],
});
const step = (StepName: string, StepStatus: string, more = {}) => ({
  StepName,
  StepStatus,
  ExecutionStartTime: new Date(START),
  ...more,
});
const healing = (verdict: string | undefined, AutomationExecutionStatus = 'Success') => ({
  list: {
    AutomationExecutionMetadataList: [
      {
        AutomationExecutionId: HEALING,
        DocumentName: 'headroom-prod-HealNode',
        AutomationExecutionStatus,
        ExecutionStartTime: new Date(START + 60_000),
        ...(AutomationExecutionStatus === 'Success' && { ExecutionEndTime: new Date(START + 300_000) }),
        Outputs: healingOutputs(
          verdict === undefined ? undefined : verdict === 'escalated' ? 'escalate' : 'record',
          { verdict, instanceId: NODE },
        ),
      },
    ],
  },
  execution: {
    AutomationExecution: {
      Parameters: { InstanceId: [NODE] },
      AutomationExecutionStatus,
      StepExecutions: [
        step(verdict === 'escalated' ? 'escalate' : 'record', 'Success', {
          Outputs: { Payload: [JSON.stringify({ verdict })] },
        }),
      ],
    },
  },
});

const setUp = (steps: object[], heal: ReturnType<typeof healing> | undefined, more: Answers = {}) => {
  let now = START + 400_000;
  const slept: number[] = [];
  const sdk = fakeSdk(['ec2', 'ssm', 'sns'], {
    'ec2:DescribeInstances': () => instances(NODE),
    'ssm:DescribeAutomationExecutions': () => heal?.list ?? {},
    'ssm:GetAutomationExecution': ({ AutomationExecutionId }: { AutomationExecutionId: string }) =>
      AutomationExecutionId === GAME_DAY
        ? { AutomationExecution: { StepExecutions: steps } }
        : heal?.execution,
    'sns:Publish': () => ({}),
    ...more,
  });
  const clock = {
    now: () => now,
    sleep: (milliseconds: number) => {
      slept.push(milliseconds);
      now += milliseconds;
      return Promise.resolve();
    },
  };
  return { handler: createHandler(sdk.clients, { clock, log: recordingLog().log }), slept, ...sdk };
};

beforeEach(() => {
  process.env['HEADROOM_ENVIRONMENT'] = 'prod';
  process.env['HEADROOM_HEAL_DOCUMENT_NAME'] = 'headroom-prod-HealNode';
  process.env['HEADROOM_TOPIC_ARN'] = 'arn:aws:sns:eu-central-1:111122223333:people';
});

test('chooses a node of the environment while no healing runs', async () => {
  const { handler, inputs } = setUp([], undefined);
  expect(await handler({ step: 'choose', instanceId: '', nodeGroup: 'general' })).toEqual({
    allowed: true,
    instanceId: NODE,
  });
  expect(inputs('ec2:DescribeInstances')).toEqual([
    {
      Filters: [
        { Name: 'tag:headroom:environment', Values: ['prod'] },
        { Name: 'instance-state-name', Values: ['running'] },
      ],
      MaxResults: 1_000,
    },
  ]);
});

test('choose refuses with the reason', async () => {
  const { handler } = setUp([], healing(undefined, 'InProgress'));
  expect(await handler({ step: 'choose', instanceId: NODE, nodeGroup: '' })).toEqual({
    allowed: false,
    reason: 'no game day: 1 healing is under way; try again when no healing is',
  });
});

test('look waits longer than its step, whose timeout makes Automation try again', async () => {
  const { handler, slept } = setUp([step('fill', 'Success')], healing(undefined, 'InProgress'));
  await expect(handler({ step: 'look', instanceId: NODE, executionId: GAME_DAY })).rejects.toThrow(
    `no healing of ${NODE} has ended yet`,
  );
  expect(slept.reduce((sum, each) => sum + each, 0)).toBeGreaterThanOrEqual(
    stepTimeoutMs('GameDay', 'waitForHealing'),
  );
});

test('stops waiting when the healing has ended', async () => {
  const { handler, slept } = setUp([step('fill', 'Success')], healing('healed'));
  expect(await handler({ step: 'look', instanceId: NODE, executionId: GAME_DAY })).toEqual({
    allowed: true,
    instanceId: NODE,
  });
  expect(slept).toEqual([]);
});

test('notifies no one of a game day that passed', async () => {
  const { handler, operations } = setUp(
    [step('fill', 'Success'), step('release', 'Success')],
    healing('healed'),
  );
  expect(await handler({ step: 'report', instanceId: NODE, executionId: GAME_DAY })).toEqual({
    allowed: true,
    instanceId: NODE,
    outcome: 'passed',
    verdict: 'healed',
    executionId: HEALING,
    seconds: 300,
    reason: 'healed; it started 60 s after the fill',
  });
  expect(operations()).not.toContain('sns:Publish');
});

test.each([
  [
    'escalated',
    [step('fill', 'Success'), step('release', 'Success')],
    'escalated',
    /the healing ended with the verdict escalated/,
  ],
  [
    'refused by the node',
    [step('fill', 'Failed', { Outputs: { Output: ['{"ok":false,"error":"a drill is on already"}'] } })],
    undefined,
    /was not filled: a drill is on already/,
  ],
])('notifies operators and fails the game day: %s', async (_, steps, verdict, reason) => {
  const { handler, inputs } = setUp(steps, healing(verdict));
  expect(await handler({ step: 'report', instanceId: NODE, executionId: GAME_DAY })).toMatchObject({
    allowed: false,
    reason: expect.stringMatching(reason) as unknown,
  });
  expect(inputs<{ Subject: string; Message: string }>('sns:Publish')).toEqual([
    {
      TopicArn: process.env['HEADROOM_TOPIC_ARN'],
      Subject: `Headroom prod: the game day on ${NODE} failed`,
      Message: expect.stringMatching(reason) as unknown,
    },
  ]);
});

test.each([
  [{}],
  [{ step: 'choose', instanceId: 'i-$(id)', nodeGroup: '' }],
  [{ step: 'look', instanceId: NODE, executionId: '../x' }],
  ['text'],
])('refuses %j and calls nothing', async (event) => {
  const { handler, calls } = setUp([], undefined);
  await expect(handler(event)).rejects.toThrow(/^the event is invalid: /);
  expect(calls).toEqual([]);
});
