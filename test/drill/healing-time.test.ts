import { MovableClock } from '../../packages/local-aws/src';
import type { LocalCloud } from '../../lib/drill/cloud/local-cloud';
import type { DrillOptions } from '../../lib/drill/drill-options';
import { HealingTime } from '../../lib/drill/healing-time';
import type { VirtualMachine } from '../../lib/drill/vm/virtual-machine';

const GUARD = 'systemctl start headroom-guard.service';

const open = (hasBallast: boolean) => {
  const clock = new MovableClock();
  const ran: string[] = [];
  const vm = {
    exec: (_: string, [, command = '']: readonly string[]) => {
      ran.push(command);
      const exitCode = command.startsWith('test ! -s') && hasBallast ? 1 : 0;
      return Promise.resolve({ exitCode, stdout: '', stderr: '' });
    },
    rootFigures: () => Promise.resolve({ usedPercent: 50 }),
    setClock: () => Promise.resolve(),
  };
  const cloud = { fleet: { drilledRuns: true }, publishHistory: () => Promise.resolve() };
  const options = { clock } as unknown as DrillOptions;
  const time = new HealingTime(options, vm as unknown as VirtualMachine, cloud as unknown as LocalCloud);
  const startedAt = clock.now().getTime();
  const begins = (step: string) =>
    time.watch({ at: clock.now(), kind: 'step-started', summary: step, data: { step } });
  return { begins, time, ran, movedOn: () => clock.now().getTime() - startedAt >= 15_000 };
};

describe('verification', () => {
  it('waits for the guard, whose tick is run in place of the time until it comes', async () => {
    const { begins, time, ran, movedOn } = open(false);
    begins('verify');
    await time.untilTick();
    expect(movedOn()).toBe(true);
    expect(ran).toContain(GUARD);
  });

  it.each([
    ['verify', true],
    ['extend', false],
  ])('takes its own time where there is nothing to wait for: %s, ballast: %s', async (step, hasBallast) => {
    const { begins, time, ran, movedOn } = open(hasBallast);
    begins(step);
    await time.untilTick();
    expect(movedOn()).toBe(false);
    expect(ran).not.toContain(GUARD);
  });
});
