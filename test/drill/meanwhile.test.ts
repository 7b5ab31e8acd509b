import type { DrillEvent } from '../../lib/drill/cloud/drill-event';
import { Meanwhile } from '../../lib/drill/meanwhile';

const begins = (step: string): DrillEvent => ({
  at: new Date(0),
  kind: 'step-started',
  summary: step,
  data: { step },
});

describe('what befalls the node while a step runs', () => {
  const acts = [{ during: 'pauseForGuard', node: ['touch /run/a', 'touch /run/b'] }];

  it('runs its commands in order when the step begins, once', async () => {
    const ran: string[] = [];
    const meanwhile = new Meanwhile(acts, (command) => Promise.resolve(void ran.push(command)));
    for (const step of ['assess', 'pauseForGuard', 'pauseForGuard']) meanwhile.watch(begins(step));
    expect(await meanwhile.differences()).toEqual([]);
    expect(ran).toEqual(['touch /run/a', 'touch /run/b']);
  });

  it('ends the instance before the step goes on', () => {
    const ended: string[] = [];
    const meanwhile = new Meanwhile(
      [{ during: 'plan', node: [], instanceEnds: true }],
      () => Promise.resolve(),
      () => ended.push('ended'),
    );
    meanwhile.watch(begins('plan'));
    expect(ended).toEqual(['ended']);
  });

  it('does not act on the end of a step', async () => {
    const meanwhile = new Meanwhile(acts, () => Promise.resolve());
    meanwhile.watch({ ...begins('pauseForGuard'), kind: 'step-ended' });
    expect(await meanwhile.differences()).toEqual([
      'nothing was done during pauseForGuard: the step never began',
    ]);
  });

  it('tells a command that failed, and runs none after it', async () => {
    const ran: string[] = [];
    const meanwhile = new Meanwhile(acts, (command) => {
      ran.push(command);
      return Promise.reject(new Error('exit 1'));
    });
    meanwhile.watch(begins('pauseForGuard'));
    expect(await meanwhile.differences()).toEqual(['during pauseForGuard: exit 1']);
    expect(ran).toEqual(['touch /run/a']);
  });
});
