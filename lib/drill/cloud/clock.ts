import { setTimeout as wait } from 'node:timers/promises';

/** The only time the local cloud knows, so that a fleet simulation can run it in virtual time. */
export interface Clock {
  now(): Date;
  /** Rejects with an AbortError once `signal` aborts. Fractions of a second are fine. */
  sleep(seconds: number, signal?: AbortSignal): Promise<void>;
  /** Virtual time stands still while work of the real machine goes on. A clock of real time leaves this out. */
  during?<T>(work: Promise<T>): Promise<T>;
}

/** The work, with virtual time stopped meanwhile. */
export const outsideTime = <T>(clock: Clock, work: Promise<T>): Promise<T> =>
  clock.during ? clock.during(work) : work;

/** The machine's own time. */
export const realClock: Clock = {
  now: () => new Date(),
  sleep: async (seconds, signal) => {
    await wait(seconds * 1000, undefined, signal ? { signal } : {});
  },
};

export class ClockTimeout extends Error {
  override readonly name = 'ClockTimeout';
}

/** The value of `work`, or {@link ClockTimeout} after `seconds`; the work itself is not stopped. */
export async function withTimeout<T>(
  clock: Clock,
  seconds: number,
  what: string,
  work: Promise<T>,
): Promise<T> {
  const stop = new AbortController();
  const limit = clock.sleep(seconds, stop.signal).then(
    () => {
      throw new ClockTimeout(`${what} took longer than ${seconds} seconds`);
    },
    (error: unknown) => {
      if (!stop.signal.aborted) throw error;
      return new Promise<never>(() => undefined);
    },
  );
  try {
    return await Promise.race([work, limit]);
  } finally {
    stop.abort();
  }
}

/** Seconds between two instants. */
export const secondsBetween = (from: Date, to: Date): number => (to.getTime() - from.getTime()) / 1000;
