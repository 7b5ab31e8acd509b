import type { AutomationExecutionFacts } from '../../../lib/domain/outcome/automation-execution';
import { healReport, type HealReport, type ReportContext } from '../../../lib/domain/outcome/heal-report';
import { messageText } from '../../../lib/domain/messages/heal-message';
import type { PlanPayload } from '../../../lib/domain/plan/plan-payload';
import { grownExecution, growPlan, refusedExecution, step } from '../executions';
import { INSTANCE, NOW_MS, VOLUME, assessResult, rootFigures, verifyResult } from '../fixtures';

const HOUR_MS = 3_600_000;
const report = (execution: AutomationExecutionFacts, more: Partial<ReportContext> = {}): HealReport =>
  healReport(execution, {
    ...{ environment: 'prod', nodeGroup: 'general', role: 'worker', conclusion: 'finished', nowMs: NOW_MS },
    ...more,
  });

/** The execution with some of its steps replaced, and those that follow `until` left out. */
const withSteps = (
  execution: AutomationExecutionFacts,
  replaced: readonly AutomationExecutionFacts['steps'][number][],
): AutomationExecutionFacts => ({
  ...execution,
  steps: [
    ...execution.steps.filter(({ name }) => !replaced.some((other) => other.name === name)),
    ...replaced,
  ],
});
const planned = (plan: Partial<PlanPayload>) =>
  step('plan', 2, { Payload: JSON.stringify({ ...growPlan, ...plan }) });
const stopped = (plan: Partial<PlanPayload>, more: AutomationExecutionFacts['steps'] = []) => ({
  ...grownExecution(),
  steps: [...grownExecution().steps.slice(0, 2), planned(plan), ...more],
});

describe('waiting', () => {
  const until = new Date(NOW_MS + 5 * HOUR_MS).toISOString();
  const kubelet = (status: string) =>
    step('kubeletMeanwhile', 5, {}, { status, failureMessage: 'healthz refused' });

  test('the plan waits: until then, and no one types anything', () => {
    expect(report(stopped({ action: 'wait', until }, [kubelet('Success')]))).toMatchObject({
      ...{ verdict: 'waiting', until, nextCommand: null, gibGrown: 0 },
      reason: growPlan.reason,
    });
  });

  test('escalates if the kubelet does not come back', () => {
    expect(report(stopped({ action: 'wait', until }, [kubelet('Failed')]))).toMatchObject({
      ...{ verdict: 'escalated', until: null },
      reason: expect.stringContaining('kubeletMeanwhile: Failed: ') as string,
    });
  });

  test('waits if EBS refuses for now and the node can survive until a later attempt', () => {
    const waiting = withSteps(refusedExecution(), [planned({ mayWait: true })]);
    expect(report(waiting)).toMatchObject({
      verdict: 'waiting',
      until: new Date(NOW_MS + HOUR_MS).toISOString(),
      reason: expect.stringContaining(
        'EBS refuses the modification for now (VolumeModificationRateExceeded)',
      ) as string,
    });
    expect(report(refusedExecution(), { conclusion: 'failed' })).toMatchObject({
      verdict: 'escalated',
      until: null,
    });
  });

  test('escalates an error that a retry cannot fix', () => {
    const denied = step(
      'modify',
      5,
      {},
      { status: 'Failed', failureMessage: 'UnauthorizedOperation: not yours' },
    );
    expect(report(withSteps(refusedExecution(), [planned({ mayWait: true }), denied]))).toMatchObject({
      verdict: 'escalated',
      reason: expect.stringContaining('modify: Failed: UnauthorizedOperation') as string,
    });
  });

  test('what was half-grown is root’s, which is not enough, and more is sold later', () => {
    const over = (name: string) => ({
      ...verifyResult(rootFigures(85, 20)),
      ...{ ok: false, error: 'not well', checks: [{ name, ok: false, detail: 'used 85 %' }] },
    });
    const verified = (name: string) =>
      withSteps(grownExecution(), [
        planned({ action: 'extend', until }),
        step('verify', 9, { Output: JSON.stringify(over(name)) }, { status: 'Failed' }),
      ]);
    expect(report(verified('disk-below-ceiling'), { conclusion: 'failed' })).toMatchObject({
      verdict: 'waiting',
      until,
    });
    expect(report(verified('node-ready'), { conclusion: 'failed' })).toMatchObject({ verdict: 'escalated' });
  });
});

describe('gone', () => {
  const ending = { standing: { standing: 'gone', state: 'shutting-down' } } as const;

  test('the plan saw it', () => {
    expect(report(stopped({ action: 'gone', reason: 'it is shutting-down' }))).toMatchObject({
      ...{ verdict: 'gone', reason: 'it is shutting-down', nextCommand: null },
    });
  });

  test('it ended while it was healed', () => {
    const failed = withSteps(grownExecution(), [step('extend', 7, {}, { status: 'TimedOut' })]);
    expect(report(failed, { ...ending, conclusion: 'failed' })).toMatchObject({
      verdict: 'gone',
      reason: expect.stringContaining(INSTANCE) as string,
    });
  });

  test('after it was healed: it was healed', () => {
    expect(report(grownExecution(), ending).verdict).toBe('healed');
  });

  test('escalates a lost control-plane node that no group replaces, with the reason', () => {
    const failed = withSteps(grownExecution(), [step('extend', 7, {}, { status: 'TimedOut' })]);
    const lost = { standing: { standing: 'lost', state: 'terminated' }, conclusion: 'failed' } as const;
    expect(report(failed, lost)).toMatchObject({
      verdict: 'escalated',
      reason: expect.stringMatching(
        /is terminated, and no Auto Scaling group replaces it.*; extend: TimedOut/,
      ) as string,
    });
  });
});

describe('bytes that arrived', () => {
  const verified = (root = rootFigures(48, 20)) =>
    step('verify', 9, { Output: JSON.stringify(verifyResult(root)) });

  test('escalates if twenty GiB were bought and / did not grow', () => {
    expect(report(withSteps(grownExecution(), [verified()]))).toMatchObject({
      verdict: 'escalated',
      reason: expect.stringMatching(
        /20 GiB were bought, but \/ did not grow: it had 19\.4 GiB and has 19\.4 GiB/,
      ) as string,
    });
  });

  test('out of band nothing was measured before: what lies outside of root tells', () => {
    const blind = (root: ReturnType<typeof rootFigures>) => ({
      ...grownExecution(),
      steps: [
        step('assess', 0, {}, { status: 'TimedOut' }),
        step('planOutOfBand', 2, { Payload: JSON.stringify(growPlan) }),
        step('modifyOutOfBand', 5, {}),
        verified(root),
      ],
    });
    const diskBytes = 40 * 1024 ** 3;
    const growthBlocked = { kind: 'partition-behind', detail: '/dev/vda2 (swap)' } as const;
    expect(report(blind(rootFigures(48, 20, { diskBytes, growthBlocked }))).verdict).toBe('escalated');
    expect(report(blind(rootFigures(48, 40))).verdict).toBe('healed');
    // A data partition in front of root.
    expect(report(blind(rootFigures(48, 20, { diskBytes }))).verdict).toBe('healed');
  });

  test('where the first look cannot be read, the one after reclaim is what was before', () => {
    const looked = (sizeGiB: number) => [
      step('assess', 0, { Output: '' }),
      step('assessAfterReclaim', 1, { Output: JSON.stringify(assessResult(rootFigures(92, sizeGiB))) }),
      verified(rootFigures(48, 20)),
    ];
    expect(report(withSteps(grownExecution(), looked(20))).verdict).toBe('escalated');
    expect(report(withSteps(grownExecution(), looked(12))).verdict).toBe('healed');
  });
});

describe('what an operator reads at night', () => {
  test('reports a function that failed inside a successful step', () => {
    const thrown = JSON.stringify({ errorType: 'AccessDenied', errorMessage: 'no bucket' });
    const told = report(withSteps(grownExecution(), [step('evidence', 1, { Payload: thrown })]), {
      evidenceUrl: 's3://there',
    });
    expect(told.evidence).toMatchObject({
      keptAt: null,
      failures: ['evidence: FunctionError: AccessDenied: no bucket'],
    });
  });

  test('the error of a plan function that threw, not a missing key', () => {
    const failureMessage =
      'Step fails when it is running the script. Failure: Traceback (most recent call last):\n  File "script.py", line 12\n' +
      'Exception: the plan function failed: ThrottlingException: Rate exceeded';
    const execution = {
      ...grownExecution(),
      steps: [
        ...grownExecution().steps.slice(0, 2),
        step('plan', 2, { Payload: '{"errorType":"ThrottlingException","errorMessage":"Rate exceeded"}' }),
        step('decision', 3, {}, { status: 'Failed', failureMessage }),
      ],
    };
    const told = report(execution, { conclusion: 'failed' });
    expect(told.reason).toMatch(
      /^decision: Failed: .*the plan function failed: ThrottlingException: Rate exceeded/s,
    );
    expect(messageText(told, 's3://x')).toContain('plan: FunctionError: ThrottlingException: Rate exceeded');
  });

  test('the cause in a long answer, and what an empty one means', () => {
    const long = `${'vacuumed one more journal. '.repeat(90)}\nwrite /var/x: no space left on device\n${'done. '.repeat(60)}`;
    const execution = withSteps(grownExecution(), [
      step(
        'reclaim',
        1,
        {},
        { status: 'Failed', failureMessage: `{Status=[Failed], ResponseCode=[1], Output=[]}` },
      ),
      step('extend', 7, {}, { status: 'Failed', failureMessage: long }),
    ]);
    const told = report(execution, { conclusion: 'failed' });
    expect(told.reason).toContain('write /var/x: no space left on device');
    expect(told.reason.length).toBeLessThan(800);
    expect(messageText(told, 's3://x')).toMatch(/reclaim: Failed: the agent returned Failed without output/);
  });

  test('the look after reclaim is what was left, where reclaim said nothing', () => {
    const look = JSON.stringify(assessResult(rootFigures(64.8)));
    const told = report({
      ...grownExecution(),
      steps: [
        step('assess', 0, { Output: JSON.stringify(assessResult()) }),
        step('reclaim', 1, { Output: '' }),
        step('assessAfterReclaim', 2, { Output: look }),
        planned({ action: 'escalate', volumeId: VOLUME }),
      ],
    });
    expect(told).toMatchObject({ before: { usedPercent: 100 }, after: { usedPercent: 64.8 } });
  });
});
