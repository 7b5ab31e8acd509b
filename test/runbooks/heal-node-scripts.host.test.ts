import { type Fields, runPython } from '../../packages/local-aws/src';
import type { PlanPayload } from '../../lib/domain/plan/plan-payload';
import { assessResult, reclaimResult } from '../domain/fixtures';
import { growPlan } from '../domain/executions';
import { rendered } from './every-document';

const run = (name: string, payload: Fields): Promise<unknown> => {
  const step = rendered('HealNode').mainSteps.find((each) => each.name === name);
  const { Script, Handler } = step?.inputs ?? {};
  return runPython(String(Script), String(Handler), payload, 30);
};

/** What the function's error looks like where its step is a success all the same. */
const THROWN = { errorType: 'ThrottlingException', errorMessage: 'Rate exceeded' };

describe.each(['decision', 'decisionOutOfBand'])('%s', (name) => {
  test.each([growPlan, JSON.stringify(growPlan)])('names the parts of a plan', async (plan) => {
    expect(await run(name, { plan })).toMatchObject({
      ...{ action: 'grow', targetSizeGiB: 40, minDiskGiB: '40', mayWait: 'no', drain: 'no' },
    });
  });

  test.each<[string, Partial<PlanPayload>]>([
    ['yes', { snapshotFirst: { take: true, why: '' } }],
    ['no', { snapshotFirst: { take: false, why: '' } }],
    ['no', {}],
  ])('a snapshot first: %s, of %j', async (snapshot, more) => {
    expect(await run(name, { plan: JSON.stringify({ ...growPlan, ...more }) })).toMatchObject({ snapshot });
  });

  test.each<[string, unknown]>([
    ['ThrottlingException: Rate exceeded', THROWN],
    ['ThrottlingException: Rate exceeded', JSON.stringify(THROWN)],
    ['no plan: {{ plan.Payload }}', '{{ plan.Payload }}'],
    ['no message', 'null'],
    ['no message', {}],
  ])('fails with the words of a function that failed: %s', async (words, plan) => {
    await expect(run(name, { plan })).rejects.toThrow(
      new RegExp(`the plan function failed: .*${words.replaceAll(/[{}.]/g, '\\$&')}`),
    );
  });
});

describe('quorumAllowed', () => {
  test.each([{ allowed: true }, '{"allowed":true}'])('lets %j through', async (answer) => {
    expect(await run('quorumAllowed', { answer })).toMatchObject({ allowed: true });
  });

  test.each<[unknown, string]>([
    [{ allowed: false, reason: 'another is not well' }, 'another is not well'],
    [THROWN, 'Rate exceeded'],
    [JSON.stringify(THROWN), 'Rate exceeded'],
    [{ allowed: 'true' }, 'did not say'],
    ['{{ quorum.Payload }}', 'gave no answer'],
    ['null', 'gave no answer'],
  ])('%j: nothing is rebooted', async (answer, words) => {
    await expect(run('quorumAllowed', { answer })).rejects.toThrow(new RegExp(`not allowed: .*${words}`));
  });
});

describe.each(['recorded', 'escalated'])('%s', (name) => {
  test('is well with a verdict', async () => {
    expect(await run(name, { answer: '{"verdict":"healed"}' })).toEqual({ verdict: 'healed' });
  });

  test.each([JSON.stringify(THROWN), '{{ record.Payload }}', '{}'])('fails with %s', async (answer) => {
    await expect(run(name, { answer })).rejects.toThrow();
  });
});

describe('modificationGrown', () => {
  const modification = (ModificationState: string, more: Fields = {}): Fields => ({
    modification: { VolumeId: 'vol-1', ModificationState, TargetSize: 60, ...more },
    targetSizeGiB: 60,
  });

  test.each(['optimizing', 'completed'])('%s is enough', async (state) => {
    expect(await run('modificationGrown', modification(state))).toEqual({ state });
  });

  test.each([{ TargetSize: 40 }, { TargetSize: undefined }])(
    'that of another one, %j, is not believed',
    async (more) => {
      await expect(run('modificationGrown', modification('completed', more))).rejects.toThrow(
        'EC2 reports another modification of vol-1 than the one to 60 GiB',
      );
    },
  );

  test('failed is told with the reason that EBS gives, or that it gives none', async () => {
    const why = { StatusMessage: 'no capacity' };
    await expect(run('modificationGrown', modification('failed', why))).rejects.toThrow(
      'the modification of vol-1 is failed: no capacity',
    );
    await expect(run('modificationGrown', modification('failed'))).rejects.toThrow('EBS gives no reason');
  });
});

describe('readable', () => {
  const [assess, reclaim] = [JSON.stringify(assessResult()), JSON.stringify(reclaimResult())];

  test.each([
    ['both, with stderr behind', `noise\n${assess}`, `${reclaim}\n----------ERROR-------\nvacuumed`, 'yes'],
    ['both, as objects', assessResult(), reclaimResult(), 'yes'],
    ['reclaim cut', assess, reclaim.slice(0, 200), 'no'],
    ['reclaim empty', assess, '', 'no'],
    ['reclaim plain text', assess, 'Killed', 'no'],
    ['reclaim did not run', assess, '{{ reclaim.Output }}', 'no'],
    ['reclaim without figures', assess, '{"headroom":1,"script":"reclaim-disk","ok":false}', 'no'],
    ['assess cut', assess.slice(0, 200), reclaim, 'no'],
    ['each other', reclaim, assess, 'no'],
  ])('%s: %#', async (_, first, second, all) => {
    expect(await run('readable', { assess: first, reclaim: second })).toEqual({ all });
  });
});
