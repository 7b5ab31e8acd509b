import fc from 'fast-check';
import { causeOf } from '../../../lib/domain/outcome/escalation-cause';
import {
  decideEscalation,
  escalationOf,
  incidentText,
  readIncident,
  type Escalation,
  type Incident,
} from '../../../lib/domain/outcome/escalation';
import { healReport, type HealReport } from '../../../lib/domain/outcome/heal-report';
import type { VerifyResult } from '../../../lib/domain/node/node-figures';
import { deadAgentExecution, growPlan, grownExecution, refusedExecution } from '../executions';
import { NOW_MS, policy, rootFigures, verifyResult } from '../fixtures';

const HOUR = 3_600_000;
const at = (hours: number): string => new Date(NOW_MS + hours * HOUR).toISOString();
const escalation = (more: Partial<Escalation> = {}): Escalation => ({
  executionId: 'e-1',
  cause: 'modify: Failed',
  level: 'critical',
  at: at(0),
  ...more,
});
const first = decideEscalation(undefined, escalation()).incident;
const again = (more: Partial<Escalation>, before: Incident = first) =>
  decideEscalation(before, escalation({ executionId: 'e-2', at: at(1), ...more }));

describe('operators are notified', () => {
  test('of the first escalation', () => {
    expect(decideEscalation(undefined, escalation())).toEqual({
      notify: true,
      why: 'the first escalation',
      incident: {
        schema: 1,
        firstAt: at(0),
        lastAt: at(0),
        times: 1,
        level: 'critical',
        causes: ['modify: Failed'],
        executionId: 'e-1',
        told: true,
        firstExecutionId: 'e-1',
      },
    });
  });

  test.each([
    [{}, false, 'no worse than at the last notification'],
    [{ level: 'warning' }, false, 'no worse than at the last notification'],
    [{ level: 'unknown' }, false, 'no worse than at the last notification'],
    [{ level: 'emergency' }, true, 'the level rose from critical to emergency'],
    [{ cause: 'assess: TimedOut' }, true, 'a new cause: assess: TimedOut'],
    [{ at: at(24) }, false, 'no worse than at the last notification'],
    [{ at: at(24.1) }, true, 'no escalation for 24 hours'],
    [{ executionId: 'e-1' }, true, 'this execution already escalated'],
  ] as const)('%j: %s', (more, notify, why) => {
    expect(again(more)).toMatchObject({ notify, why });
  });

  test('of a cause once, also when it comes back after another one', () => {
    const second = again({ cause: 'assess: TimedOut' }).incident;
    const third = again({ executionId: 'e-3', at: at(2) }, second);
    expect(third).toMatchObject({ notify: false, incident: { times: 3, firstAt: at(0), lastAt: at(2) } });
  });

  test('of a level once, also when it fell in between', () => {
    const fell = again({ level: 'warning' }).incident;
    expect(fell.level).toBe('critical');
    expect(again({ executionId: 'e-3', level: 'critical' }, fell).notify).toBe(false);
  });

  test('not again by a retry after the decision not to notify', () => {
    const quiet = again({});
    expect(again({}, quiet.incident)).toMatchObject({ notify: false, incident: { times: 2 } });
  });
});

describe('properties', () => {
  const arbitrary = fc.record({
    executionId: fc.uuid(),
    cause: fc.constantFrom('a', 'b', 'c'),
    level: fc.constantFrom('unknown', 'below', 'warning', 'critical', 'emergency'),
    minutes: fc.integer({ min: 1, max: 60 }),
  });
  const run = (events: readonly { executionId: string; cause: string; level: string; minutes: number }[]) => {
    let incident: Incident | undefined;
    let nowMs = NOW_MS;
    return events.map(({ minutes, ...event }) => {
      nowMs += minutes * 60_000;
      const decided = decideEscalation(incident, {
        ...(event as Escalation),
        at: new Date(nowMs).toISOString(),
      });
      incident = readIncident(incidentText(decided.incident));
      return decided;
    });
  };

  test('notifies the first time, and sends at most one message per cause and level', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(arbitrary, { selector: ({ executionId }) => executionId, minLength: 1 }),
        (events) => {
          const decisions = run(events);
          expect(decisions[0]?.notify).toBe(true);
          expect(decisions.filter(({ notify }) => notify).length).toBeLessThanOrEqual(3 + 5 - 1);
          expect(decisions.at(-1)?.incident.times).toBe(events.length);
        },
      ),
    );
  });

  test('notifies of every cause and the highest level', () => {
    fc.assert(
      fc.property(fc.uniqueArray(arbitrary, { selector: ({ executionId }) => executionId }), (events) => {
        const told = run(events).flatMap(({ notify }, index) => (notify ? [events[index]?.cause] : []));
        expect(new Set(told)).toEqual(new Set(events.map(({ cause }) => cause)));
      }),
    );
  });

  test('reads any text without an error, and accepts only its own', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        expect(readIncident(text)).toBeUndefined();
      }),
    );
    expect(readIncident(undefined)).toBeUndefined();
    expect(readIncident(incidentText(first))).toEqual(first);
  });

  test('what is remembered fits into OperationalData however long it lasts', () => {
    let incident = first;
    for (let index = 0; index < 200; index += 1)
      incident = again(
        { executionId: `e-${index + 2}`, cause: `${index}`.padEnd(200, 'x') },
        incident,
      ).incident;
    expect(incidentText(incident).length).toBeLessThan(10_000);
  });
});

describe('the cause and the level of a report', () => {
  const report = (execution = refusedExecution(), conclusion: 'failed' | 'finished' = 'failed'): HealReport =>
    healReport(execution, {
      environment: 'prod',
      nodeGroup: 'control-plane',
      role: 'control-plane',
      conclusion,
      nowMs: NOW_MS,
    });
  const planned = (action: 'wait' | 'escalate', reason: string): HealReport => {
    const plain = report(grownExecution());
    return { ...plain, plan: { ...growPlan, action, reason }, evidence: { ...plain.evidence, verify: null } };
  };

  test.each([
    ['a step and its error code', report(), 'modify: Failed: VolumeModificationRateExceeded'],
    ['a step without one', report(deadAgentExecution()), 'assess: TimedOut'],
    [
      'the plan’s reason, whatever its figures',
      planned('escalate', '/ is at 97.3 %; vol-0123456789abcdef0 is at its cap of 100 GiB'),
      'plan: escalate: / is at # %; # is at its cap of # GiB',
    ],
  ])('%s', (_, told, cause) => {
    expect(causeOf(told)).toBe(cause);
  });

  test('the checks that failed, in one order', () => {
    const verify: VerifyResult = {
      ...verifyResult(rootFigures(60)),
      checks: [
        { name: 'node-ready', ok: false, detail: 'x' },
        { name: 'disk', ok: true, detail: '' },
        { name: 'kubelet', ok: false, detail: 'y' },
      ],
    };
    const plain = report(grownExecution(), 'finished');
    expect(causeOf({ ...plain, evidence: { ...plain.evidence, verify } })).toBe(
      'verify: kubelet, node-ready',
    );
  });

  test('does not name failed evidence or cleaning as the cause', () => {
    const grown = grownExecution();
    const steps = grown.steps.map((each) => (each.name === 'reclaim' ? { ...each, status: 'Failed' } : each));
    expect(causeOf(report({ ...grown, steps }, 'finished'))).not.toContain('reclaim');
  });

  test('the level is the higher of the alarm’s and the measured one', () => {
    expect(escalationOf(report(), policy).level).toBe('emergency');
    const dead = report(deadAgentExecution());
    expect(escalationOf(dead, policy).level).toBe('critical');
    expect(escalationOf({ ...dead, trigger: 'sweep:silent' }, policy).level).toBe('unknown');
    expect(escalationOf({ ...dead, trigger: 'x-disk-warning', before: rootFigures(91) }, policy).level).toBe(
      'critical',
    );
    const inodes = { ...rootFigures(10), inodesUsedPercent: 96 };
    expect(escalationOf({ ...dead, after: inodes }, policy).level).toBe('emergency');
  });
});
