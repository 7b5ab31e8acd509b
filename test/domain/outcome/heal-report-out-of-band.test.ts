import type { AutomationExecutionFacts } from '../../../lib/domain/outcome/automation-execution';
import { healReport } from '../../../lib/domain/outcome/heal-report';
import type { PlanPayload } from '../../../lib/domain/plan/plan-payload';
import { deadAgentExecution, growPlan, step } from '../executions';
import { NOW_MS, filesystem, rootFigures, verifyResult } from '../fixtures';

const context = { environment: 'prod', nodeGroup: '', role: 'worker', nowMs: NOW_MS + 600_000 } as const;
const assess = step('assess', 0, {}, { status: 'TimedOut', failureMessage: 'Delivery Timed Out' });
const planned = (plan: PlanPayload) => step('planOutOfBand', 1, { Payload: JSON.stringify(plan) });
const script = (name: string, more: object): string =>
  JSON.stringify({ headroom: 1, script: name, ok: true, dryRun: false, ...more });
const execution = (...steps: AutomationExecutionFacts['steps']): AutomationExecutionFacts => ({
  ...deadAgentExecution(),
  steps,
});

test('reports an out-of-band healing with its facts, the purchase and the node that drained it', () => {
  const report = healReport(
    execution(
      assess,
      planned(growPlan),
      step('modifyOutOfBand', 2, {}),
      step('drain', 3, {
        Output: script('cordon-drain-node', { action: 'skipped', node: '', why: 'kubectl is not installed' }),
      }),
      step('reboot', 4, {}),
      step('verifyAfterReboot', 5, {
        Output: script('extend-root', {
          changed: false,
          layout: 'partition',
          before: filesystem(48, 40),
          after: rootFigures(48, 40),
        }),
      }),
      step('verify', 6, { Output: JSON.stringify(verifyResult()) }),
    ),
    { ...context, conclusion: 'finished' },
  );
  expect(report).toMatchObject({
    verdict: 'healed',
    gibGrown: 20,
    plan: { action: 'grow' },
    evidence: { extend: { changed: false } },
  });
  const detail = Object.fromEntries(report.steps.map((each) => [each.name, each.detail]));
  expect(detail).toMatchObject({
    planOutOfBand: 'grow: / is at 97 %; grow from 20 to 40 GiB',
    modifyOutOfBand: expect.stringContaining('from 20 to 40 GiB') as string,
    drain: 'no node skipped: kubectl is not installed',
  });
  // The agent's silence is told, and is no failure of the healing.
  expect(report.evidence.failures).toEqual([expect.stringContaining('Delivery Timed Out')]);
});

test('an escalation gives the plan’s reason, not the agent’s silence that led to it', () => {
  const reason = 'it must not be rebooted now: another control-plane node is not healthy';
  const report = healReport(execution(assess, planned({ ...growPlan, action: 'escalate', reason })), {
    ...context,
    conclusion: 'failed',
  });
  expect(report).toMatchObject({ verdict: 'escalated', reason, gibGrown: 0 });
  expect(report.nextCommand).toContain('get-console-output');
});

test('a drain that failed is not why a healing stopped', () => {
  const report = healReport(
    execution(
      assess,
      planned(growPlan),
      step('quorum', 2, {}, { status: 'Failed', failureMessage: 'must not be rebooted now' }),
      step('drain', 3, {}, { status: 'Failed', failureMessage: 'only modelled' }),
    ),
    { ...context, conclusion: 'failed' },
  );
  expect(report.reason).toContain('must not be rebooted now');
});
