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

/** The machine's own time, which may be moved forward while nothing goes on. */
export class MovableClock implements Clock {
  private aheadMilliseconds = 0;
  private readonly sleepers = new Set<() => void>();

  now(): Date {
    return new Date(Date.now() + this.aheadMilliseconds);
  }

  /** Moves forward. Wakes every sleeper that is due by then. */
  forward(seconds: number): void {
    this.aheadMilliseconds += seconds * 1000;
    for (const look of [...this.sleepers]) look();
  }

  sleep(seconds: number, signal?: AbortSignal): Promise<void> {
    const until = this.now().getTime() + seconds * 1000;
    return new Promise((resolve, reject) => {
      let timer: NodeJS.Timeout | undefined;
      const end = (settle: () => void): void => {
        clearTimeout(timer);
        this.sleepers.delete(look);
        signal?.removeEventListener('abort', onAbort);
        settle();
      };
      const onAbort = () => end(() => reject(new DOMException('The sleep was aborted', 'AbortError')));
      const look = (): void => {
        const left = until - this.now().getTime();
        clearTimeout(timer);
        if (left <= 0) end(resolve);
        else timer = setTimeout(look, Math.min(left, LONGEST_TIMER_MILLISECONDS));
      };
      this.sleepers.add(look);
      signal?.addEventListener('abort', onAbort, { once: true });
      if (signal?.aborted === true) onAbort();
      else look();
    });
  }
}

/** Node's timers count in 32 bits. */
const LONGEST_TIMER_MILLISECONDS = 2 ** 31 - 1;

/** Made once: an exception with its stack for each call that ends in time is most of a simulation's work. */
const IN_TIME = new DOMException('The work has ended in time', 'AbortError');

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
    stop.abort(IN_TIME);
  }
}

/** Seconds between two instants. */
export const secondsBetween = (from: Date, to: Date): number => (to.getTime() - from.getTime()) / 1000;
