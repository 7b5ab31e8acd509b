import { setImmediate as turn } from 'node:timers/promises';
import type { Clock } from '../../../src/time/clock';

/** Time that only `advance` moves, so that what is under way stays so while a case looks at it over the wire. */
export class HeldClock implements Clock {
  private milliseconds = Math.floor(Date.now() / 1000) * 1000;
  private sleepers: { readonly until: number; readonly wake: () => void }[] = [];

  now(): Date {
    return new Date(this.milliseconds);
  }

  sleep(seconds: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      this.sleepers.push({ until: this.milliseconds + seconds * 1000, wake: resolve });
      signal?.addEventListener('abort', () => reject(new Error('aborted')));
    });
  }

  async advance(seconds: number): Promise<void> {
    await settle(); // anything that is about to sleep does so first
    this.milliseconds += seconds * 1000;
    const due = this.sleepers.filter(({ until }) => until <= this.milliseconds);
    this.sleepers = this.sleepers.filter((sleeper) => !due.includes(sleeper));
    due.forEach(({ wake }) => wake());
    await settle();
  }
}

const settle = async (): Promise<void> => {
  for (let turns = 0; turns < 20; turns += 1) await turn();
};
