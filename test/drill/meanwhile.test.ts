import type { AccountEvent } from '../../packages/local-aws/src';
import { Meanwhile, type Doers, type MeanwhileAct } from '../../lib/drill/meanwhile';

const begins = (step: string): AccountEvent => ({
  at: new Date(0),
  kind: 'step-started',
  summary: step,
  data: { step, executionId: 'e-1' },
});

describe('what befalls the node while a step runs', () => {
  const made = (these: readonly MeanwhileAct[], doers: Partial<Doers> = {}): Meanwhile =>
    new Meanwhile(these, {
      ...{ run: () => Promise.resolve(), endInstance: () => undefined, answer: () => Promise.resolve() },
      noAnswer: () => Promise.resolve(),
      ...{ limitIo: () => Promise.resolve(), sleep: () => Promise.resolve() },
      ...doers,
    });
  const acts = [{ during: 'pauseForGuard', node: ['touch /run/a', 'touch /run/b'] }];

  it('runs its commands in order when the step begins, once', async () => {
    const ran: string[] = [];
    const meanwhile = made(acts, { run: (command) => Promise.resolve(void ran.push(command)) });
    for (const step of ['assess', 'pauseForGuard', 'pauseForGuard']) meanwhile.watch(begins(step));
    expect(await meanwhile.differences()).toEqual([]);
    expect(ran).toEqual(['touch /run/a', 'touch /run/b']);
  });

  it.each([
    [{ limit: 'stalled' as const, forSeconds: 60 }, ['stalled', 'none after 60 s']],
    [{ limit: 'slow' as const }, ['slow']],
  ])('limits what the disk does, for a time or for good: %j', async (io, told) => {
    const done: string[] = [];
    let slept = '';
    const meanwhile = made([{ during: 'assess', node: [], io }], {
      limitIo: (limit) => Promise.resolve(void done.push(limit + slept)),
      sleep: (seconds) => Promise.resolve(void (slept = ` after ${seconds} s`)),
    });
    meanwhile.watch(begins('assess'));
    expect(await meanwhile.differences()).toEqual([]);
    expect(done).toEqual(told);
  });

  it('ends the instance before the step goes on', () => {
    const ended: string[] = [];
    const meanwhile = made([{ during: 'plan', node: [], instanceEnds: true }], {
      endInstance: () => ended.push('ended'),
    });
    meanwhile.watch(begins('plan'));
    expect(ended).toEqual(['ended']);
  });

  it('answers the question of the execution that asks', async () => {
    const given: string[] = [];
    const meanwhile = made([{ during: 'approvePlan', node: [], answer: 'reject' }], {
      answer: (executionId, answer) => Promise.resolve(void given.push(`${executionId} ${answer}`)),
    });
    meanwhile.watch(begins('approvePlan'));
    expect(await meanwhile.differences()).toEqual([]);
    expect(given).toEqual(['e-1 reject']);
  });

  it.each<[string, readonly MeanwhileAct[], Partial<Doers>]>([
    ['no one answers', [], {}],
    [
      'the answer is refused',
      [{ during: 'approvePlan', node: [], answer: 'approve' }],
      { answer: () => Promise.reject(new Error('refused')) },
    ],
    ['only commands are run', [{ during: 'approvePlan', node: ['true'] }], {}],
  ])('does not wait for an answer: %s', async (_, these, doers) => {
    let passed = 0;
    const meanwhile = made(these, { ...doers, noAnswer: () => Promise.resolve(void (passed += 1)) });
    const asks = begins('approvePlan');
    meanwhile.watch({ ...asks, data: { ...asks.data, action: 'aws:approve' } });
    await meanwhile.differences();
    expect(passed).toBe(1);
  });

  it('does not act on the end of a step', async () => {
    const meanwhile = made(acts);
    meanwhile.watch({ ...begins('pauseForGuard'), kind: 'step-ended' });
    expect(await meanwhile.differences()).toEqual([
      'nothing was done during pauseForGuard: the step never began',
    ]);
  });

  it('tells a command that failed, and runs none after it', async () => {
    const ran: string[] = [];
    const meanwhile = made(acts, {
      run: (command) => {
        ran.push(command);
        return Promise.reject(new Error('exit 1'));
      },
    });
    meanwhile.watch(begins('pauseForGuard'));
    expect(await meanwhile.differences()).toEqual(['during pauseForGuard: exit 1']);
    expect(ran).toEqual(['touch /run/a']);
  });
});
