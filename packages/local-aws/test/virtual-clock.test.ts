import { VirtualClock } from '../src/time/virtual-clock';

const START = new Date('2026-11-20T04:00:00Z');
const secondsOf = (clock: VirtualClock): number => (clock.now().getTime() - START.getTime()) / 1000;

test('sleepers wake in the order of time, and of lying down at the same time', async () => {
  const clock = new VirtualClock(START);
  const woken: string[] = [];
  const sleep = async (name: string, seconds: number) => {
    await clock.sleep(seconds);
    woken.push(`${name} ${secondsOf(clock)}`);
  };
  await Promise.all([sleep('late', 7200), sleep('first', 5), sleep('second', 5), sleep('soon', 0.25)]);
  expect(woken).toEqual(['soon 0.25', 'first 5', 'second 5', 'late 7200']);
});

test('many sleepers keep their order', async () => {
  const clock = new VirtualClock(START);
  const woken: number[] = [];
  const times = Array.from({ length: 500 }, (_, index) => (index * 7919) % 1009);
  await Promise.all(times.map((seconds) => clock.sleep(seconds).then(() => woken.push(secondsOf(clock)))));
  expect(woken).toEqual([...times].sort((left, right) => left - right));
});

test('advanced, time has passed, and who should have woken meanwhile wakes then', async () => {
  const clock = new VirtualClock(START);
  const sleeping = clock.sleep(60).then(() => secondsOf(clock));
  clock.advance(90);
  expect(await sleeping).toBe(90);
});

test('wakes no sleeper after it was stopped', async () => {
  const clock = new VirtualClock(START);
  let woken = 0;
  const poll = async (): Promise<never> => {
    for (;;) {
      await clock.sleep(1);
      if ((woken += 1) === 3) clock.stop();
    }
  };
  void poll();
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(woken).toBe(3);
});

test('an aborted sleep rejects and takes no time', async () => {
  const clock = new VirtualClock(START);
  const stop = new AbortController();
  const aborted = clock.sleep(1000, stop.signal);
  stop.abort();
  await expect(aborted).rejects.toThrow('aborted');
  await clock.sleep(1);
  expect(secondsOf(clock)).toBe(1);
});

test('time stands still while the real machine works', async () => {
  const clock = new VirtualClock(START);
  const sleeping = clock.sleep(60).then(() => secondsOf(clock));
  const seen = await clock.during(
    new Promise((resolve) => {
      setTimeout(() => resolve(secondsOf(clock)), 20);
    }),
  );
  expect(seen).toBe(0);
  expect(await sleeping).toBe(60);
});
