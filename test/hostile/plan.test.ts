import fc from 'fast-check';
import { createHandler } from '../../lambda/plan/handler';
import type { PlanPayload } from '../../lib/domain/plan/plan-payload';
import { INSTANCE, NOW_MS, assessResult, reclaimResult } from '../domain/fixtures';
import { fakeSdk, recordingLog } from '../lambda/fake-sdk';
import { ledgerBucket } from '../lambda/ledger-bucket';
import { setPlanEnvironment, workerAnswers } from '../lambda/plan-setup';
import { HOSTILE_TEXTS, HUGE, WRONG_TYPES, hostile, named, spoilt } from './values';

const POLICY = {
  ...{ warningPercent: 80, criticalPercent: 90, emergencyPercent: 95, targetPercent: 75 },
  ...{ maxSizeGiB: 100, sizeGiB: 20 },
};

beforeEach(() => {
  setPlanEnvironment({ general: POLICY });
});

const setUp = (nodeGroup = 'general') => {
  const sdk = fakeSdk(['ec2', 'autoscaling', 'cloudwatch', 'ssm', 's3'], {
    ...workerAnswers(nodeGroup),
    ...ledgerBucket().answers,
  });
  const { log } = recordingLog();
  const handler = createHandler(sdk.clients, {
    clock: { now: () => NOW_MS, sleep: () => Promise.resolve() },
    log,
  });
  return { handler: handler as (event: unknown) => Promise<PlanPayload>, operations: sdk.operations };
};
const assess = JSON.stringify(assessResult());
const reclaim = JSON.stringify(reclaimResult());
const event = (assessOutput: unknown, reclaimOutput: unknown) => ({
  ...{ instanceId: INSTANCE, executionId: 'e1' },
  ...{ assessOutput, reclaimOutput },
});

describe('a payload that is none', () => {
  test.each(named([undefined, ...WRONG_TYPES, ...HOSTILE_TEXTS]))(
    '%s: nothing is asked',
    async (_, payload) => {
      const { handler, operations } = setUp();
      await expect(handler(payload)).rejects.toThrow(/^plan's payload is invalid: .*got /s);
      expect(operations()).toEqual([]);
    },
  );

  test.each(named([undefined, ...WRONG_TYPES, ...HOSTILE_TEXTS]))(
    'the instance id %s: nothing is asked, the error names it, shortly',
    async (_, instanceId) => {
      const { handler, operations } = setUp();
      const refused = handler({ ...event(assess, reclaim), instanceId });
      await expect(refused).rejects.toThrow(/^plan's payload is invalid: instanceId: .{1,300}$/s);
      expect(operations()).toEqual([]);
    },
  );
});

describe('outputs that say nothing', () => {
  const cuts = [
    assess.slice(0, assess.length / 2),
    `${assess}`.slice(1),
    assess.replace('"usedPercent"', '"usedPercen"'),
  ];

  test.each(named([undefined, ...WRONG_TYPES, ...HOSTILE_TEXTS, ...cuts, '\ufffd'.repeat(2_500)]))(
    '%s: nothing is bought, and the plan says why',
    async (_, output) => {
      const payload = await setUp().handler(event(output, output));
      expect(['grow', 'extend', 'none']).not.toContain(payload.action);
      expect(payload.reason).toMatch(/assess-node|reclaim-disk|unknown|not known/);
      expect(payload.usedPercent).toBeNull();
    },
  );

  test('whatever they are, the plan has a reason, and never more than the cap', async () => {
    const output = fc.oneof(
      hostile,
      spoilt(assessResult()),
      spoilt(reclaimResult()).map((value) => JSON.stringify(value)),
    );
    await fc.assert(
      fc.asyncProperty(output, output, async (one, other) => {
        const payload = await setUp().handler(event(one, other));
        expect(payload.reason).not.toBe('');
        expect(payload.targetSizeGiB).toBeLessThanOrEqual(POLICY.maxSizeGiB);
      }),
      { numRuns: 300 },
    );
  });
});

test.each(named(['__proto__', 'constructor', 'toString', '', HUGE, '$(id)']))(
  'a node group named %s has no policy, so nothing is bought',
  async (_, nodeGroup) => {
    const payload = await setUp(nodeGroup).handler(event(assess, reclaim));
    expect(['grow', 'extend']).not.toContain(payload.action);
  },
);
