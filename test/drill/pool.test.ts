import { Pool } from './pool';

it('a pool runs so many at a time, all of them, and goes on after a failure', async () => {
  const pool = new Pool(2);
  let running = 0;
  let most = 0;
  const work = (fails: boolean) => async () => {
    running += 1;
    most = Math.max(most, running);
    await new Promise((resolve) => setImmediate(resolve));
    running -= 1;
    if (fails) throw new Error('a drill that failed');
    return 'done';
  };
  const ends = await Promise.allSettled(
    [false, true, false, true, false].map((fails) => pool.run(work(fails))),
  );
  expect(ends.map(({ status }) => status)).toEqual([
    ...['fulfilled', 'rejected', 'fulfilled', 'rejected', 'fulfilled'],
  ]);
  expect(most).toBe(2);
  expect(running).toBe(0);
});
