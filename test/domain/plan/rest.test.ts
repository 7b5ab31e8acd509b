import fc from 'fast-check';
import type { AutomationExecutionFacts } from '../../../lib/domain/outcome/automation-execution';
import { healReport, type HealReport } from '../../../lib/domain/outcome/heal-report';
import {
  ALLOWED,
  modePermission,
  pausedPermission,
  refused,
  type StepPermission,
} from '../../../lib/domain/plan/permission';
import { PLAN_STRENGTH, type Plan } from '../../../lib/domain/plan/plan';
import type { PlanPayload } from '../../../lib/domain/plan/plan-payload';
import {
  describeRest,
  restOf,
  restingPermission,
  restingPlan,
  type Rest,
} from '../../../lib/domain/plan/rest';
import { grownExecution, growPlan, step } from '../executions';
import { NOW_MS } from '../fixtures';

const HOUR_MS = 3_600_000;
const BOUND = { healingsPerNodePerDay: 3 };
const rest: Rest = { until: new Date(NOW_MS + 5 * HOUR_MS).toISOString(), reason: 'healed 3 times' };

test('names the limit, the time and the line to change', () => {
  expect(describeRest('2026-11-30T12:00:00.000Z', BOUND, 'prod')).toBe(
    'the node was healed 3 times in 24 hours, which is the limit: now only its disk is cleaned, and no further healing starts before ' +
      '2026-11-30T12:00:00.000Z. A flapping metric or alarm can cause this. To allow more, raise ' +
      'healing.bounds.healingsPerNodePerDay in environments/prod.yaml and deploy',
  );
});

test.each([
  [-25, false],
  [-5, false],
  [-4, true],
  [-1, true],
  [24, true],
  [25, false],
])('a rest until %d hours from now is one: %p', (hours, is) => {
  const until = new Date(NOW_MS + hours * HOUR_MS).toISOString();
  expect(restOf(until, BOUND, 'prod', NOW_MS) !== undefined).toBe(is);
});

test('neither buys nor reboots at the limit, and names the plan that it replaces', () => {
  const kinds = Object.keys(PLAN_STRENGTH) as Plan['kind'][];
  fc.assert(
    fc.property(fc.constantFrom(...kinds), fc.string(), (kind, reason) => {
      const resting = restingPlan({ kind, reason }, rest);
      expect(resting.kind).toBe(kind === 'gone' ? 'gone' : 'rest');
      expect(resting.reason).toContain(kind === 'gone' ? reason : `the plan would be ${kind}: ${reason}`);
    }),
  );
});

test.each([
  ['act', ALLOWED],
  ['ask', modePermission('ask', 'cleaning the disk')],
  ['observe', modePermission('observe', 'cleaning the disk')],
  ['refused', refused('no modes are known')],
])('cleans a node at the limit as its mode says: %s', (decision, permission) => {
  expect(restingPermission(permission, rest)).toMatchObject({
    ...{ decision, allowed: permission.allowed, until: rest.until },
    reason: expect.stringContaining(rest.reason) as string,
  });
});

describe('the report', () => {
  const permission = (answer: StepPermission) =>
    step('reclaimPermission', 1, { Payload: JSON.stringify(restingPermission(answer, rest)) });
  const planned = (more: Partial<PlanPayload> = {}) =>
    step('plan', 2, {
      Payload: JSON.stringify({ ...growPlan, action: 'rest', targetSizeGiB: 0, ...rest, ...more }),
    });
  const report = (
    steps: AutomationExecutionFacts['steps'],
    more: Partial<AutomationExecutionFacts> = {},
  ): HealReport =>
    healReport(
      { ...grownExecution(), ...more, steps: [...grownExecution().steps.slice(0, 2), ...steps] },
      { environment: 'prod', nodeGroup: 'general', role: 'worker', conclusion: 'finished', nowMs: NOW_MS },
    );

  test('escalates with the limit and its end when the disk is cleaned and the kubelet is back', () => {
    expect(report([permission(ALLOWED), planned(), step('kubeletMeanwhile', 3, {})])).toMatchObject({
      ...{ verdict: 'escalated', until: rest.until, reason: rest.reason },
    });
  });

  test('also reports a kubelet that does not come back', () => {
    const failed = step('kubeletMeanwhile', 3, {}, { status: 'Failed', failureMessage: 'healthz refused' });
    expect(report([permission(ALLOWED), planned(), failed])).toMatchObject({
      ...{ verdict: 'escalated', until: rest.until },
      reason: expect.stringMatching(/^healed 3 times; kubeletMeanwhile: Failed: /) as string,
    });
  });

  test('escalates even if nothing may be done to the node', () => {
    expect(
      report([permission(modePermission('observe', 'cleaning')), planned({ mode: 'observe' })]),
    ).toMatchObject({
      ...{ verdict: 'escalated', until: rest.until },
    });
  });

  test('cleaning was asked about and not approved: the bound is told, and the answer', () => {
    const denied = step('approveReclaim', 3, {}, { status: 'Failed' });
    expect(report([permission(modePermission('ask', 'cleaning')), denied])).toMatchObject({
      ...{ verdict: 'escalated', until: rest.until },
      reason: expect.stringMatching(/^healed 3 times.*not approved/) as string,
    });
  });

  const pause = pausedPermission({
    ...{ nodeGroup: null, why: 'etcd is restored', by: 'arn:aws:iam::111122223333:role/oncall' },
    ...{ since: new Date(NOW_MS).toISOString(), until: new Date(NOW_MS + HOUR_MS).toISOString() },
  });
  const pausedPlan = planned({ action: 'paused', reason: pause.reason, until: pause.until });

  test.each<[string, AutomationExecutionFacts['steps']]>([
    ['before it was cleaned', [step('reclaimPermission', 1, { Payload: JSON.stringify(pause) })]],
    ['out of band', [{ ...pausedPlan, name: 'planOutOfBand' }]],
    ['after it was cleaned', [permission(ALLOWED), pausedPlan]],
  ])('reports the limit even when paused %s', (_, steps) => {
    const parameters = { ...grownExecution().parameters, RestUntil: [rest.until] };
    const told = report(steps, { parameters });
    expect(told).toMatchObject({ verdict: 'escalated', until: rest.until });
    expect(told.reason).toMatch(/^(the node .*limit|healed 3 times).*etcd is restored/);
  });

  test('a node that its group ends is no one’s concern', () => {
    expect(report([permission(ALLOWED), planned({ action: 'gone', until: null })]).verdict).toBe('gone');
  });
});
