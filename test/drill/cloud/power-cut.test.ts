import {
  type AccountEvent,
  Agents,
  type GuestCommandResult,
  VirtualClock,
} from '../../../packages/local-aws/src';
import type { NodeInstance } from '../../../lib/drill/cloud/node-fleet';
import { PowerCuts, type PowerCut } from '../../../lib/drill/cloud/power-cuts';
import { FakeNode } from './support/fake-node';
import { document, PLACE } from '../../../packages/local-aws/test/support/resources';

const started = (step: string, action: string): AccountEvent => ({
  ...{ at: new Date(0), kind: 'step-started', summary: step, data: { step, action } },
});
const ended = (step: string): AccountEvent => ({
  ...{ at: new Date(0), kind: 'step-ended', summary: step, data: { step } },
});

function watch(...planned: PowerCut[]) {
  const clock = new VirtualClock();
  const struck: (readonly [string, number])[] = [];
  const from = clock.now().getTime();
  const cuts = new PowerCuts(planned, clock, (during) =>
    struck.push([during, (clock.now().getTime() - from) / 1000]),
  );
  return { clock, cuts, struck };
}

describe('power cuts', () => {
  it('strike so long after a step began', async () => {
    const { clock, cuts, struck } = watch({ during: 'modify', afterSeconds: 1 });
    cuts.watch(started('plan', 'aws:invokeLambdaFunction'));
    cuts.watch(started('modify', 'aws:executeAwsApi'));
    await clock.sleep(5);
    expect(struck).toEqual([['modify', 1]]);
    expect(cuts.missed).toEqual([]);
  });

  it('wait for the command to begin where a step runs one', async () => {
    const { clock, cuts, struck } = watch({ during: 'extend', afterSeconds: 1 });
    cuts.commandBegins(() => true);
    cuts.watch(started('extend', 'aws:runCommand'));
    await clock.sleep(5);
    cuts.commandBegins(() => true);
    await clock.sleep(5);
    expect(struck).toEqual([['extend', 6]]);
  });

  it('strike once, so that the next try of the step lives', async () => {
    const { clock, cuts, struck } = watch({ during: 'modify' });
    for (let time = 0; time < 2; time += 1) cuts.watch(started('modify', 'aws:executeAwsApi'));
    await clock.sleep(5);
    expect(struck).toHaveLength(1);
  });

  it('are told where they never came: the step did not run, or was over', async () => {
    const { clock, cuts, struck } = watch({ during: 'extend' }, { during: 'kubelet' }, { during: 'verify' });
    cuts.watch(started('kubelet', 'aws:runCommand'));
    cuts.watch(ended('kubelet'));
    cuts.commandBegins(() => true);
    cuts.watch(started('verify', 'aws:runCommand'));
    cuts.commandBegins(() => false);
    await clock.sleep(5);
    expect(struck).toEqual([]);
    expect([...cuts.missed].sort()).toEqual(['extend', 'kubelet', 'verify']);
  });
});

describe('an agent whose machine dies under a command', () => {
  const drilled = { instanceId: 'i-0123456789abcdef0' } as NodeInstance;
  const command = document('Extend', 'Command', {
    schemaVersion: '2.2',
    mainSteps: [{ action: 'aws:runShellScript', name: 'extend', inputs: { runCommand: ['true'] } }],
  });

  it('answers nothing until a minute after it is back, and then that the command failed', async () => {
    const clock = new VirtualClock();
    const node = new FakeNode();
    let dies: () => void = () => undefined;
    // The guest never answers: its script died with it.
    jest.spyOn(node, 'exec').mockImplementation((program, args, options) => {
      const script = program === '/usr/bin/env';
      return script
        ? new Promise<GuestCommandResult>(() => dies())
        : FakeNode.prototype.exec.call(Object.create(node), program, args, options ?? {});
    });
    const agents = new Agents({ clock, place: PLACE, machine: node, backed: drilled });
    const order: string[] = [];
    dies = () => void agents.losePower().then(() => order.push('up'));
    const sentAt = clock.now().getTime();
    const results = await agents.run(drilled, 'command-1', command, {}, 60);
    order.push('answered');
    expect(order).toEqual(['up', 'answered']);
    expect(node.resets).toBe(1);
    expect(results).toMatchObject([{ status: 'Failed', responseCode: 1 }]);
    expect(results[0]?.output).toMatch(
      /document process failed unexpectedly: ipc messaging received timeout signal/,
    );
    expect(clock.now().getTime() - sentAt).toBeGreaterThanOrEqual(61_000);
  });
});
