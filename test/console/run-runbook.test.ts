import type { Execution } from '../../lib/aws/executions';
import { automationClient } from '../../lib/console/automation.client';
import { NO_OUTPUT_YET } from '../../lib/domain/outcome/automation-outputs';
import { outcomeOf, outcomeText } from '../../lib/console/outcome';
import { progressShower } from '../../lib/console/progress';
import { runRunbook, type RunRequest, type RunWorld } from '../../lib/console/run-runbook';
import { localAccount } from '../../packages/local-aws/test/contract/support/local-account';

const TARGET = { environmentName: 'prod', account: '111122223333', region: 'eu-central-1' };
const TOKEN = '22222222-2222-4222-8222-222222222222';

function desk(more: Partial<RunWorld> = {}) {
  const account = localAccount('headroom-prod-HealNode');
  const { world, aws } = account;
  let nowMs = 0;
  const said: string[] = [];
  const written: string[] = [];
  const stop = new AbortController();
  const run: RunWorld = {
    client: automationClient(world.clients.ssm),
    caller: () => Promise.resolve({ account: '111122223333', arn: 'arn:aws:iam::111122223333:user/alice' }),
    pace: {
      nowMs: () => nowMs,
      sleep: (milliseconds) => {
        nowMs += milliseconds;
        return world.pass(milliseconds / 1_000);
      },
    },
    out: { write: (text) => written.push(text) },
    say: (line) => said.push(line),
    confirm: undefined,
    signal: stop.signal,
    newToken: () => TOKEN,
    ...more,
  };
  const request: RunRequest = {
    ...{
      runbook: 'HealNode',
      instanceId: world.instanceId,
      settings: {},
      yes: true,
      cancelOnInterrupt: false,
    },
  };
  return { run, request, said, written, stop, aws, world };
}

const starts = ({ aws }: ReturnType<typeof desk>): number =>
  aws.apiCalls['ssm:StartAutomationExecution'] ?? 0;

test('starts a runbook and follows it to its end', async () => {
  const own = desk();
  expect(await runRunbook(TARGET, own.request, own.run)).toMatchObject({ end: 'as-expected' });
  expect(own.said[0]).toMatch(/^started headroom-prod-HealNode, execution [0-9a-f-]{36}$/);
  expect(own.written.join('')).toBe(
    'rest: InProgress\nrest: Success after 1 min\nheadroom-prod-HealNode: Success after 1 min\n',
  );
});

test('starts once when the start is throttled', async () => {
  const own = desk();
  own.aws.addFaults([{ fail: 'ssm:StartAutomationExecution', error: 'ThrottlingException', times: 2 }]);
  const end = runRunbook(TARGET, own.request, own.run);
  // The SDK's backoff is the account's time.
  for (let look = 0; look < 20; look += 1) await own.world.pass(1);
  expect(await end).toMatchObject({ end: 'as-expected' });
  expect(starts(own)).toBe(3);
});

test.each([
  ['AutomationDefinitionNotFoundException', "deploy it with `npx cdk deploy '**' -c env=prod`"],
  ['AccessDeniedException', 'Allow ssm:StartAutomationExecution'],
  ['IdempotentParameterMismatch', 'It may have been started'],
  ['ExpiredTokenException', 'Give credentials for the account of the environment'],
])('says what to do when the start fails with %s', async (error, next) => {
  const own = desk();
  own.aws.addFaults([{ fail: 'ssm:StartAutomationExecution', error, times: 9 }]);
  await expect(runRunbook(TARGET, own.request, own.run)).rejects.toThrow(next);
});

test('starts nothing with credentials of another account', async () => {
  const own = desk({ caller: () => Promise.resolve({ account: '999999999999', arn: 'arn:x' }) });
  await expect(runRunbook(TARGET, own.request, own.run)).rejects.toThrow(
    "The credentials are of account 999999999999 (arn:x), but environments/prod.yaml says account '111122223333'.",
  );
  expect(starts(own)).toBe(0);
});

test('asks before a disruptive runbook, and needs --yes without a terminal', async () => {
  const asked: string[] = [];
  const refusing = desk({
    confirm: (question) => {
      asked.push(question);
      return Promise.resolve(false);
    },
  });
  expect(await runRunbook(TARGET, { ...refusing.request, yes: false }, refusing.run)).toMatchObject({
    end: 'declined',
  });
  expect(asked[0]).toContain(`HealNode (heal a node's disk) InstanceId=${refusing.world.instanceId} in prod`);
  const blind = desk();
  await expect(runRunbook(TARGET, { ...blind.request, yes: false }, blind.run)).rejects.toThrow('add --yes');
  expect([starts(refusing), starts(blind)]).toEqual([0, 0]);
});

test('leaves the execution running on Ctrl-C, and says how to follow it', async () => {
  const own = desk();
  own.stop.abort();
  expect(await runRunbook(TARGET, own.request, own.run)).toMatchObject({ end: 'running' });
  expect(own.said.at(-1)).toMatch(
    /npx headroom run --follow \S+ --env prod\n.*stop-automation-execution .* --region eu-central-1/,
  );
  expect(own.aws.apiCalls['ssm:StopAutomationExecution']).toBeUndefined();
});

test('cancels the execution with --cancel-on-interrupt, and waits for its end', async () => {
  const own = desk();
  own.stop.abort();
  expect(await runRunbook(TARGET, { ...own.request, cancelOnInterrupt: true }, own.run)).toMatchObject({
    end: 'not-as-expected',
  });
  expect(own.written.join('')).toContain('headroom-prod-HealNode: Cancelled');
});

test('does not take a lost connection for the end of the execution', async () => {
  const own = desk();
  own.aws.addFaults([{ fail: 'ssm:GetAutomationExecution', error: 'ExpiredTokenException', times: 9 }]);
  expect(await runRunbook(TARGET, own.request, own.run)).toMatchObject({ end: 'running' });
  expect(own.said.at(-1)).toContain('The execution may still be running.');
});

const step = (
  name: string,
  status: string,
  startedAtMs?: number,
  endedAtMs?: number,
  failureMessage?: string,
) => ({
  ...{ name, status, startedAtMs, endedAtMs, failureMessage, outputs: {} },
});
const ended = (more: Partial<Execution>): Execution => ({
  ...{ executionId: 'e-1', documentName: 'headroom-prod-X', status: 'Success', parameters: {}, outputs: {} },
  ...{ startedAtMs: 0, endedAtMs: 90_000, failureMessage: undefined, steps: [] },
  ...more,
});

test('does not count an escalation as a success, whatever Automation calls it', () => {
  const payload = JSON.stringify({ verdict: 'escalated', reason: 'full', instanceId: 'i-1' });
  const outcome = outcomeOf(
    ended({ outputs: { 'escalate.Payload': [payload], 'record.Payload': [''] } }),
    'r',
  );
  expect(outcome.ok).toBe(false);
  expect(outcome.headline).toBe('headroom-prod-X: Success after 1 min 30 s, but a person must check');
  expect(outcomeText(outcome)).toContain('"reason": "full"');
});

test.each([
  ['healed', {}, ''],
  ['gone', {}, ', the node is terminating'],
  ['waiting', { until: null }, ', the node waits'],
  ['waiting', { until: '2026-11-20T10:00:00.000Z' }, ', the node waits until 2026-11-20T10:00:00.000Z'],
])('counts %s %j as a success', (verdict, more, end) => {
  const outputs = {
    'record.Payload': [JSON.stringify({ verdict, instanceId: 'i-1', ...more })],
    'escalate.Payload': [NO_OUTPUT_YET],
  };
  const outcome = outcomeOf(ended({ outputs }), 'r');
  expect(outcome.ok).toBe(true);
  expect(outcome.headline).toBe(`headroom-prod-X: Success after 1 min 30 s${end}`);
  expect(outcomeText(outcome)).not.toContain('escalate');
});

test('names the failed step, its message and the next command', () => {
  const steps = [
    step('ok', 'Success', 0, 1),
    step('drain', 'Failed', 1, 2, 'pdb says no'),
    step('last', 'Pending'),
  ];
  const outcome = outcomeOf(
    ended({ status: 'Failed', steps, failureMessage: 'Step drain failed' }),
    'eu-central-1',
  );
  expect(outcomeText(outcome)).toBe(
    [
      'headroom-prod-X: Failed after 1 min 30 s',
      '  step drain: pdb says no',
      'next: aws ssm get-automation-execution --automation-execution-id e-1 --region eu-central-1',
    ].join('\n'),
  );
});

test('shows each next command of the findings once', () => {
  const findings = [{ next: 'swapoff -a' }, { next: 'swapoff -a' }, { name: 'x' }];
  const outputs = { 'diagnosis.Payload': [JSON.stringify({ ok: true, findings, next: 'look' })] };
  expect(outcomeOf(ended({ outputs }), 'r').next).toEqual(['look', 'swapoff -a']);
});

test('redraws one block on a terminal, no wider than the terminal', () => {
  const written: string[] = [];
  const show = progressShower({ write: (text) => written.push(text), isTTY: true, columns: 30 });
  const steps = [
    step('assess', 'Success', 0, 4_000),
    step('reclaim', 'InProgress', 4_000),
    step('x', 'Pending'),
  ];
  show(ended({ status: 'InProgress', steps }), 9_000);
  show(ended({ status: 'InProgress', steps }), 11_000);
  expect(written[0]).toBe('  ✔ assess   Success    4 s\n  ▸ reclaim  InProgress 5 s\n  · at most 1 more\n');
  expect(written[1]).toMatch(/^\u001b\[3A\u001b\[J {2}✔ assess/);
  expect(written[1]).toContain('7 s');
  expect(
    written
      .join('')
      .split('\n')
      .filter((line) => line.length > 40),
  ).toEqual([]);
});
