import { withOutputs } from '../../../lib/domain/outcome/automation-execution';
import fc from 'fast-check';
import type { AutomationExecutionFacts } from '../../../lib/domain/outcome/automation-execution';
import {
  messageSubject,
  messageText,
  opsItemDedupString,
  opsItemDescription,
  opsItemTitle,
} from '../../../lib/domain/messages/heal-message';
import {
  gibReclaimed,
  healReport,
  type HealReport,
  type ReportContext,
} from '../../../lib/domain/outcome/heal-report';
import { ALLOWED } from '../../../lib/domain/plan/permission';
import {
  EXECUTION,
  deadAgentExecution,
  growPlan,
  grownExecution,
  refusedExecution,
  step,
} from '../executions';
import { INSTANCE, NOW_MS, VOLUME, assessResult, reclaimResult } from '../fixtures';

const context = (conclusion: ReportContext['conclusion'] = 'finished'): ReportContext => ({
  environment: 'prod',
  nodeGroup: 'control-plane',
  role: 'control-plane',
  conclusion,
  nowMs: NOW_MS + 120_000,
});
const URL = 's3://evidence/reports/x.json';
const healed = healReport(grownExecution(), context());
const refused = healReport(refusedExecution(), context('failed'));
const dead = healReport(deadAgentExecution(), context('failed'));
const stepNamed = (report: HealReport, name: string) => report.steps.find((each) => each.name === name);

describe('a healing by growing', () => {
  test('says why an approved purchase was not counted', () => {
    const reason = 'approved, not counted against the monthly growth limit: it cannot be read';
    const Payload = JSON.stringify({ ...ALLOWED, reason });
    const grown = grownExecution();
    const steps = [
      ...grown.steps.slice(0, 5),
      step('approvedPlanPermission', 5, { Payload }),
      ...grown.steps.slice(5),
    ];
    const report = healReport({ ...grown, steps }, context());
    expect(stepNamed(report, 'approvedPlanPermission')?.detail).toBe(reason);
  });

  test('is reported from alarm to verdict', () => {
    expect(healed).toMatchObject({
      schema: 1,
      environment: 'prod',
      instanceId: INSTANCE,
      trigger: 'headroom-prod-control-plane-1-disk-critical',
      triggeredAt: '2026-11-20T04:06:00.000Z',
      startedAt: '2026-11-20T04:06:05.000Z',
      endedAt: '2026-11-20T04:08:00.000Z',
      seconds: 120,
      verdict: 'healed',
      before: { usedPercent: 100 },
      after: { usedPercent: 48.5 },
      plan: growPlan,
      bytesReclaimed: 600_000_000,
      gibGrown: 20,
      nextCommand: null,
      evidence: { failures: [] },
    });
    expect(gibReclaimed(healed)).toBeCloseTo(0.559, 3);
  });

  test('lists the steps that ran, without the one that reports', () => {
    expect(healed.steps.map(({ name }) => name)).toEqual([
      ...[
        'assess',
        'reclaim',
        'plan',
        'decision',
        'choose',
        'modify',
        'waitForModification',
        'extend',
        'kubelet',
      ],
      'verify',
    ]);
    expect(stepNamed(healed, 'reclaim')).toEqual({
      name: 'reclaim',
      status: 'Success',
      startedAt: '2026-11-20T04:06:15.000Z',
      seconds: 10,
      bytesFreed: 600_000_000,
      detail: 'freed 572 MiB: 100 % to 97 %',
    });
    expect(stepNamed(healed, 'modify')?.detail).toBe(`${VOLUME} from 20 to 40 GiB`);
    expect(stepNamed(healed, 'extend')?.detail).toMatch(/^extended: 19.4 GiB to 38.8 GiB, now at 48.5 %$/);
    expect(stepNamed(healed, 'verify')?.detail).toBe('/ at 48.5 %, 2 checks ok');
  });
});

describe('a healing that failed', () => {
  test('a refused purchase: the failing step and its message are the reason, nothing counts as bought', () => {
    expect(refused).toMatchObject({
      verdict: 'escalated',
      reason: 'modify: Failed: VolumeModificationRateExceeded: wait at least',
      gibGrown: 0,
      after: { usedPercent: 97 },
      nextCommand: `aws ssm start-session --target ${INSTANCE}`,
    });
  });

  test('a dead agent: nothing is known, and the command needs no agent', () => {
    expect(dead).toMatchObject({
      verdict: 'escalated',
      reason: 'assess: TimedOut: assess-node: there is no output; Delivery Timed Out',
      before: null,
      after: null,
      plan: null,
      nextCommand: `aws ec2 get-console-output --latest --output text --instance-id ${INSTANCE}`,
    });
  });

  test.each(['wait', 'escalate'] as const)('the plan chose to %s: its reason is the reason', (action) => {
    const execution = refusedExecution();
    const planned = { ...growPlan, action, reason: 'at the cap' };
    const steps = execution.steps
      .filter(({ name }) => name !== 'modify')
      .map((each) => (each.name === 'plan' ? step('plan', 2, { Payload: JSON.stringify(planned) }) : each));
    const report = healReport({ ...execution, steps }, context('failed'));
    expect(report.reason).toBe('at the cap');
    expect(report).toMatchObject(
      action === 'wait'
        ? { verdict: 'waiting', nextCommand: null }
        : { verdict: 'escalated', nextCommand: `aws ssm start-session --target ${INSTANCE}` },
    );
  });

  test('cancelled by a person: the execution says so', () => {
    const execution = { ...grownExecution(), steps: [], failureMessage: 'Cancelled by user' };
    expect(healReport(execution, context('failed')).reason).toBe('execution: Cancelled by user');
  });

  test('finished, but the plan was cut: the levels are unknown, so it is not healed', () => {
    const execution = grownExecution();
    const steps = execution.steps.map((each) =>
      each.name === 'plan' ? step('plan', 2, { Payload: '{"act' }) : each,
    );
    expect(healReport({ ...execution, steps }, context())).toMatchObject({
      verdict: 'escalated',
      plan: null,
    });
  });

  test('a failed reclaim does not stop a verified healing', () => {
    const execution = grownExecution();
    const steps = execution.steps.map((each) =>
      each.name === 'reclaim' ? step('reclaim', 1, {}, { status: 'Failed', failureMessage: 'exit 1' }) : each,
    );
    expect(healReport({ ...execution, steps }, context())).toMatchObject({
      verdict: 'healed',
      bytesReclaimed: 0,
      evidence: { failures: ['reclaim: Failed: reclaim-disk: there is no output; exit 1'] },
    });
  });
});

test('a plan payload that Automation encoded twice is read', () => {
  const execution = grownExecution();
  const twice = JSON.stringify(JSON.stringify(growPlan));
  const steps = execution.steps.map((each) =>
    each.name === 'plan' ? step('plan', 2, { Payload: twice }) : each,
  );
  expect(healReport({ ...execution, steps }, context()).plan).toEqual(growPlan);
});

test('started by hand: time counts from the start', () => {
  const report = healReport({ ...grownExecution(), parameters: { InstanceId: [INSTANCE] } }, context());
  expect(report).toMatchObject({ trigger: 'manual', triggeredAt: null, seconds: 115 });
});

test('a dry run or growing use reclaims nothing', () => {
  const withReclaim = (result: object): HealReport => {
    const execution = grownExecution();
    const steps = execution.steps.map((each) =>
      each.name === 'reclaim' ? step('reclaim', 1, { Output: JSON.stringify(result) }) : each,
    );
    return healReport({ ...execution, steps }, context());
  };
  expect(withReclaim({ ...reclaimResult(), dryRun: true }).bytesReclaimed).toBe(0);
  expect(withReclaim({ ...reclaimResult(), bytesFreed: -5 }).bytesReclaimed).toBe(0);
});

test('a script that says why it failed is not drowned in Automation’s repetition of its output', () => {
  const error = 'kubelet is not healthy 120 s after its restart: unknown flag: --node-labls';
  const kubelet = { headroom: 1, script: 'restart-kubelet', ok: false, dryRun: false, error };
  const Output = JSON.stringify({ ...kubelet, action: 'restarted', healthz: false });
  const failureMessage = `Command c1 returns unexpected invocation result: {Output=[${Output}]}`;
  const execution = grownExecution();
  const steps = execution.steps
    .filter(({ name }) => name !== 'verify')
    .map((each) =>
      each.name === 'kubelet' ? step('kubelet', 8, { Output }, { status: 'Failed', failureMessage }) : each,
    );
  const report = healReport({ ...execution, steps }, context('failed'));
  expect(report.evidence.failures).toEqual([`kubelet: Failed: ${error}`]);
  expect(report.reason).toBe(`kubelet: Failed: ${error}`);
  // What the OpsItem has room for: who eats the disk, and who holds deleted files.
  const assess = { ...assessResult(), mostFiles: [['/srv/sessions', 220_000]] as const };
  const told = { ...report, evidence: { ...report.evidence, assess } };
  for (const text of [messageText(told, URL), opsItemDescription(told, URL)]) {
    expect(text).toContain('  220000 files in /srv/sessions');
    expect(text).toContain('  1 GiB in deleted files held open by java (pid 812)');
  }
});

describe('the message', () => {
  test('says the verdict first, then what is wrong, what was tried, the evidence, what to type', () => {
    const text = messageText(refused, URL);
    expect(text.split('\n')[0]).toBe(
      'ACTION REQUIRED: modify: Failed: VolumeModificationRateExceeded: wait at least',
    );
    const order = [
      'Trigger:  headroom-prod-control-plane-1-disk-critical at 2026-11-20T04:06:00.000Z',
      'Disk /:   100 % of 19.4 GiB (0 MiB available) before, 97 % of 19.4 GiB (596 MiB available) after',
      'Took:     2 min',
      'What was tried:',
      '  reclaim (Success, 10 s): freed 572 MiB: 100 % to 97 %',
      'What failed:',
      'Evidence from the node:',
      '  3 GiB in /var/lib/etcd',
      '  1 GiB in deleted files held open by java (pid 812)',
      '  kubelet: no space left on device',
      `Full report: ${URL}`,
      `  aws ssm start-session --target ${INSTANCE}`,
    ].map((line) => text.indexOf(line));
    expect(order).not.toContain(-1);
    expect(order).toEqual([...order].sort((a, b) => a - b));
  });

  test.each([
    [healed, '[prod] HEALED: i-0aa11bb22cc33dd44 disk, / at 48.5 %'],
    [refused, '[prod] ACTION REQUIRED: i-0aa11bb22cc33dd44 disk, / at 97 %'],
    [dead, '[prod] ACTION REQUIRED: i-0aa11bb22cc33dd44 disk, usage unknown'],
  ])('subject', (report, subject) => {
    expect(messageSubject(report)).toBe(subject);
  });

  test('of a healed node asks for nothing', () => {
    expect(messageText(healed, URL)).not.toMatch(/Next command|What failed/);
  });
});

describe('limits of SNS and OpsCenter hold for any text', () => {
  const huge = (text: string): HealReport => ({
    ...refused,
    environment: text,
    reason: text,
    evidence: { ...refused.evidence, failures: [text, text] },
  });

  test('subject: ASCII, under 100 characters; OpsItem: title 1,024, description 2,048', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 5_000, size: 'max' }), (text) => {
        const report = huge(text);
        expect(messageSubject(report)).toMatch(/^[\x20-\x7e]{1,99}$/);
        expect(opsItemTitle(report).length).toBeLessThanOrEqual(1_024);
        expect(opsItemDescription(report, URL).length).toBeLessThanOrEqual(2_048);
        expect(messageText(report, URL).length).toBeLessThanOrEqual(12_000);
      }),
      { numRuns: 50 },
    );
  });

  test('the command comes before what may be cut off', () => {
    const description = opsItemDescription(
      { ...refused, evidence: { ...refused.evidence, failures: ['x'.repeat(9_000)] } },
      URL,
    );
    expect(description).toContain(`Next: \`aws ssm start-session --target ${INSTANCE}\``);
    expect(description).toContain(URL);
  });

  test('opens one OpsItem per node and environment', () => {
    expect(opsItemDedupString(refused)).toBe(`headroom/prod/${INSTANCE}/disk`);
    expect(opsItemTitle(refused)).toContain(INSTANCE);
  });

  test.each([
    ['escalated', 'was not healed'],
    ['observed', 'needs space; mode observe, nothing was changed'],
    ['denied', 'was not healed: no one approved it'],
  ] as const)('the title of an OpsItem of a node that is %s says that it %s', (verdict, said) => {
    expect(opsItemTitle({ ...refused, verdict })).toMatch(new RegExp(`${INSTANCE} ${said}$`));
  });
});

test('never throws, whatever Automation kept', () => {
  const outputs = fc.dictionary(
    fc.constantFrom('Output', 'Payload'),
    fc.array(fc.string(), { maxLength: 2 }),
  );
  const executions: fc.Arbitrary<AutomationExecutionFacts> = fc.record({
    executionId: fc.constant(EXECUTION),
    documentName: fc.string(),
    status: fc.string(),
    startedAtMs: fc.option(fc.integer({ min: 0, max: 4e12 }), { nil: undefined }),
    parameters: fc.dictionary(fc.constantFrom('InstanceId', 'Trigger', 'TriggeredAt'), fc.array(fc.string())),
    failureMessage: fc.option(fc.string(), { nil: undefined }),
    steps: fc.array(
      fc.record({
        name: fc.constantFrom('assess', 'reclaim', 'plan', 'modify', 'verify', 'other', 'toString'),
        status: fc.constantFrom('Success', 'Failed', 'Pending', ''),
        startedAtMs: fc.option(fc.integer({ min: 0, max: 4e12 }), { nil: undefined }),
        endedAtMs: fc.option(fc.integer({ min: 0, max: 4e12 }), { nil: undefined }),
        outputs,
        failureMessage: fc.option(fc.string(), { nil: undefined }),
      }),
    ),
  });
  fc.assert(
    fc.property(
      executions,
      fc.constantFrom('finished' as const, 'failed' as const),
      (execution, conclusion) => {
        const report = healReport(execution, context(conclusion));
        expect(report.verdict).toBe('escalated');
        expect(report.reason).not.toBe('');
        expect(messageText(report, URL)).not.toMatch(/undefined|NaN/);
      },
    ),
  );
});

describe('outputs that the document hands over whole', () => {
  const execution = {
    executionId: 'e',
    documentName: 'd',
    status: 'InProgress',
    startedAtMs: 0,
    parameters: {},
    failureMessage: undefined,
    steps: [
      {
        name: 'verify',
        status: 'Success',
        startedAtMs: 1,
        endedAtMs: 2,
        failureMessage: undefined,
        outputs: { Output: ['{"headroom":1,"scr'], Status: ['Success'] },
      },
    ],
  };
  const verifyOutput = (text: string) =>
    withOutputs(execution, [{ step: 'verify', output: 'Output', text }]).steps[0]?.outputs;

  it('stand in for what Automation cut', () => {
    expect(verifyOutput('{"headroom":1,"script":"verify-node"}')).toEqual({
      Output: ['{"headroom":1,"script":"verify-node"}'],
      Status: ['Success'],
    });
  });

  it('do not stand in for what is longer', () => {
    expect(verifyOutput('{{ x }}')?.['Output']).toEqual(['{"headroom":1,"scr']);
  });
});
