import type { AutomationExecutionFacts } from '../../../lib/domain/outcome/automation-execution';
import { healReport, type HealReport } from '../../../lib/domain/outcome/heal-report';
import { messageText, opsItemDescription } from '../../../lib/domain/messages/heal-message';
import { deadAgentExecution, growPlan, step } from '../executions';
import { NOW_MS, verifyResult } from '../fixtures';

const cordon = (action: string, node = 'ip-10-0-0-5'): Record<string, string> => ({
  Output: JSON.stringify({ headroom: 1, script: 'cordon-drain-node', ok: true, dryRun: false, action, node }),
});
const failed = { status: 'Failed', failureMessage: 'no answer' };
const before = [
  step('assess', 0, {}, { status: 'TimedOut', failureMessage: 'Delivery Timed Out' }),
  step('planOutOfBand', 1, { Payload: JSON.stringify(growPlan) }),
  step('modifyOutOfBand', 2, {}),
];
const reported = (
  conclusion: 'finished' | 'failed',
  ...steps: AutomationExecutionFacts['steps']
): HealReport =>
  healReport(
    { ...deadAgentExecution(), steps: [...before, ...steps] },
    { environment: 'prod', nodeGroup: '', role: 'worker', nowMs: NOW_MS + 600_000, conclusion },
  );
const refused = step('quorum', 4, {}, { status: 'Failed', failureMessage: 'must not be rebooted now' });
const unused = expect.stringMatching(/^vol-[0-9a-f]+ has 40 GiB now; \/ grows at/) as string;

test('reports only the unused volume after quorum refused the reboot and the node was uncordoned', () => {
  const report = reported(
    'failed',
    step('drain', 3, cordon('drained')),
    refused,
    step('takeBack', 5, cordon('uncordoned')),
  );
  expect(report.left).toEqual([unused]);
  expect(report.reason).toContain('must not be rebooted now');
});

test.each([
  ['drained', {}],
  // It was cordoned, and only the drain took too long.
  ['cordoned', failed],
] as const)('%s, and the helper answers no more: the escalation names node and command', (action, status) => {
  const report = reported(
    'failed',
    step('drain', 3, cordon(action), status),
    refused,
    step('takeBack', 5, {}, failed),
  );
  const text =
    'ip-10-0-0-5 is cordoned; to uncordon it, run on a control-plane node: sudo kubectl --kubeconfig /etc/kubernetes/admin.conf uncordon ip-10-0-0-5';
  expect(report.left).toEqual([text, unused]);
  for (const told of [messageText(report, 's3://r'), opsItemDescription(report, 's3://r')])
    expect(told).toContain(`Left to do:\n  ${text}`);
  // The failed uncordon is not why it stopped.
  expect(report.reason).toContain('must not be rebooted now');
});

test('reports that the node may be cordoned if the result of the drain is unknown', () => {
  const report = reported('failed', step('drain', 3, {}, failed), refused, step('takeBack', 5, {}, failed));
  expect(report.left[0]).toMatch(/^the node may be cordoned; .* uncordon NODE$/);
});

test('reports nothing after a skipped drain, or without one', () => {
  const reboot = step('reboot', 4, {});
  expect(reported('failed', step('drain', 3, cordon('skipped', '')), reboot).left).toEqual([]);
  expect(reported('failed', reboot).left).toEqual([]);
});

test('escalates a healthy node that stays cordoned', () => {
  const steps = (uncordon: AutomationExecutionFacts['steps'][number]) => [
    step('drain', 3, cordon('drained')),
    step('reboot', 4, {}),
    uncordon,
    step('verify', 6, { Output: JSON.stringify(verifyResult()) }),
  ];
  expect(reported('finished', ...steps(step('uncordon', 5, cordon('uncordoned')))).verdict).toBe('healed');
  expect(reported('finished', ...steps(step('uncordon', 5, {}, failed)))).toMatchObject({
    verdict: 'escalated',
    reason: expect.stringContaining('but ip-10-0-0-5 is cordoned') as string,
  });
});
