import { MovableClock } from '../src/time/clock';

describe('a clock that the drill moves forward', () => {
  it('wakes every sleeper that is due, and no other', async () => {
    const clock = new MovableClock();
    const woken: string[] = [];
    const stop = new AbortController();
    const short = clock.sleep(1_000).then(() => woken.push('short'));
    const long = clock.sleep(100_000, stop.signal).then(
      () => woken.push('long'),
      () => undefined,
    );
    const before = clock.now().getTime();
    clock.forward(2_000);
    await short;
    expect(clock.now().getTime() - before).toBeGreaterThanOrEqual(2_000_000);
    expect(woken).toEqual(['short']);
    stop.abort();
    await long;
    expect(woken).toEqual(['short']);
  });

  it.each([
    ['before the sleep', true],
    ['during it', false],
  ])('ends with an AbortError when it is called off %s', async (_, early) => {
    const clock = new MovableClock();
    const stop = new AbortController();
    if (early) stop.abort();
    const sleep = clock.sleep(1_000, stop.signal);
    stop.abort();
    await expect(sleep).rejects.toHaveProperty('name', 'AbortError');
  });

  it('sleeps longer than a timer of Node can count', async () => {
    const clock = new MovableClock();
    let awake = false;
    const sleep = clock.sleep(40 * 86_400).then(() => (awake = true));
    await new Promise((resolve) => setImmediate(resolve));
    clock.forward(39 * 86_400);
    await new Promise((resolve) => setImmediate(resolve));
    expect(awake).toBe(false);
    clock.forward(86_400);
    await sleep;
    expect(awake).toBe(true);
  });
});
