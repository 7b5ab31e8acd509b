import type { VolumeModification } from '../../../lib/domain/plan/ebs-budget';
import { askText } from '../../../lib/domain/messages/ask-message';
import { chatReport } from '../../../lib/domain/messages/chat-message';
import { messageText, opsItemDescription } from '../../../lib/domain/messages/heal-message';
import { healReport, type HealReport } from '../../../lib/domain/outcome/heal-report';
import { known, unknown } from '../../../lib/domain/known';
import { describePlan } from '../../../lib/domain/plan/owner-decision';
import type { PlanPayload } from '../../../lib/domain/plan/plan-payload';
import { snapshotFirst, type TakenSnapshot } from '../../../lib/domain/plan/snapshot-first';
import { EXECUTION, grownExecution, growPlan, step } from '../executions';
import { INSTANCE, NOW_MS, VOLUME } from '../fixtures';

const SNAPSHOT = 'snap-0a1b2c3d4e5f60718';
const FIRST = `the first growth of ${VOLUME}`;

const modification = (more: Partial<VolumeModification>): VolumeModification => ({
  ...{
    state: 'completed',
    startedAtMs: NOW_MS,
    originalSizeGiB: 20,
    targetSizeGiB: 30,
    progressPercent: 100,
  },
  ...more,
});
const decide = (
  modifications: readonly VolumeModification[] = [],
  taken: Parameters<typeof snapshotFirst>[2] = known([]),
) => snapshotFirst(VOLUME, modifications, taken);
const snapshot = (state: string): readonly TakenSnapshot[] => [{ snapshotId: SNAPSHOT, state }];

describe('whether one is taken', () => {
  test('before the first growth', () => {
    expect(decide()).toEqual({ take: true, why: FIRST });
  });

  test.each(['pending', 'completed', 'recovering', 'unknown'])('not if one is %s', (state) => {
    expect(decide([], known(snapshot(state)))).toEqual({ take: false, why: `${SNAPSHOT} already exists` });
  });

  test('if the only one failed', () => {
    expect(decide([], known(snapshot('error')))).toMatchObject({ take: true });
  });

  test('not if the volume was already grown, by anyone', () => {
    expect(decide([modification({})])).toEqual({
      take: false,
      why: `none: ${VOLUME} was already grown, to 30 GiB`,
    });
  });

  test.each<[string, Partial<VolumeModification>]>([
    ['its performance was modified', { targetSizeGiB: 20 }],
    ['a growth failed', { state: 'failed' }],
    ['EC2 does not tell the sizes of a modification', { originalSizeGiB: undefined }],
  ])('but where only %s', (_, more) => {
    expect(decide([modification(more)])).toMatchObject({ take: true });
  });

  test('if it is unknown whether there is one', () => {
    expect(decide([], unknown('RequestLimitExceeded'))).toEqual({
      take: true,
      why: `${FIRST}; its snapshots are unknown: RequestLimitExceeded`,
    });
  });
});

const planned = (take: boolean, why: string): PlanPayload => ({ ...growPlan, snapshotFirst: { take, why } });

const reported = (plan: PlanPayload, ...more: ReturnType<typeof step>[]): HealReport => {
  const execution = grownExecution();
  return healReport(
    {
      ...execution,
      steps: [
        ...more,
        ...execution.steps.filter(({ name }) => name !== 'plan'),
        step('plan', 2, { Payload: JSON.stringify(plan) }),
      ],
    },
    {
      ...{ environment: 'prod', nodeGroup: 'control-plane', role: 'control-plane' },
      ...{ conclusion: 'finished', nowMs: NOW_MS + 120_000 },
    },
  );
};

describe('what the report says', () => {
  test.each(['snapshot', 'snapshotOutOfBand'])('its id, where the step %s took one', (name) => {
    const report = reported(planned(true, FIRST), step(name, 5, { SnapshotId: SNAPSHOT }));
    const said = `${SNAPSHOT}, taken before ${FIRST}`;
    expect(report.snapshot).toEqual({ snapshotId: SNAPSHOT, text: said });
    expect(report.steps).toContainEqual(expect.objectContaining({ name, detail: SNAPSHOT }));
    for (const text of [
      messageText(report, 's3://r'),
      opsItemDescription(report, 's3://r'),
      chatReport(report, 's3://r', 't').content.description.replaceAll('`', ''),
    ])
      expect(text).toContain(`Snapshot: ${said}`);
  });

  test('why there is none if EC2 refused; the node is still healed', () => {
    const failureMessage =
      'An error occurred (SnapshotCreationPerVolumeRateExceeded) when calling CreateSnapshot';
    const report = reported(
      planned(true, FIRST),
      step('snapshot', 5, {}, { status: 'Failed', failureMessage }),
    );
    expect(report.verdict).toBe('healed');
    expect(report.snapshot).toEqual({
      snapshotId: null,
      text: `none: CreateSnapshot failed before ${FIRST}: ${failureMessage}`,
    });
    expect(report.evidence.failures).toEqual([`snapshot: Failed: ${failureMessage}`]);
  });

  test('that there is none if the answer has no id', () => {
    expect(reported(planned(true, FIRST), step('snapshot', 5, {})).snapshot).toEqual({
      snapshotId: null,
      text: `none: CreateSnapshot failed before ${FIRST}: Success`,
    });
  });

  test('why none was needed', () => {
    const why = `${SNAPSHOT} already exists`;
    expect(reported(planned(false, why)).snapshot).toEqual({ snapshotId: null, text: why });
  });

  test('that the healing ended before', () => {
    expect(reported({ ...planned(true, FIRST), mode: 'observe' }).snapshot).toEqual({
      snapshotId: null,
      text: `none: the healing ended before ${FIRST}`,
    });
  });

  test('nothing if the environment wants none', () => {
    const report = reported(growPlan);
    expect(report.snapshot).toBeNull();
    expect(messageText(report, 's3://r')).not.toContain('napshot');
  });

  test('a question and an observed plan say that one would be taken, and that it costs', () => {
    const plan = { ...planned(true, FIRST), usdPerMonth: 1.9 };
    const text = 'take a snapshot of the volume (billed until you delete it), then grow';
    expect(describePlan(plan)).toContain(text);
    expect(
      askText({
        ...{ environment: 'prod', instanceId: INSTANCE, nodeGroup: 'general', plan },
        ...{ executionId: EXECUTION, until: '2026-11-20T05:00:00.000Z' },
      }),
    ).toContain(`Plan:     ${text}`);
    expect(describePlan(planned(false, 'already exists'))).not.toContain('napshot');
  });
});
