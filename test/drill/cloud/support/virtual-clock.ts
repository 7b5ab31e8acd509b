import type { Clock } from '../../../../lib/drill/cloud/clock';

interface Sleeper {
  readonly until: number;
  readonly wake: () => void;
}

/** Time that passes only while everybody sleeps: the earliest sleeper is woken when nothing else has work. */
export class VirtualClock implements Clock {
  private milliseconds: number;
  private readonly sleepers: Sleeper[] = [];
  private ticking = false;
  private working = 0;

  constructor(start = '2026-11-20T04:00:00Z') {
    this.milliseconds = new Date(start).getTime();
  }

  now(): Date {
    return new Date(this.milliseconds);
  }

  advance(seconds: number): void {
    this.milliseconds += seconds * 1000;
  }

  sleep(seconds: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const sleeper = { until: this.milliseconds + seconds * 1000, wake: resolve };
      this.sleepers.push(sleeper);
      signal?.addEventListener('abort', () => {
        this.sleepers.splice(this.sleepers.indexOf(sleeper), 1);
        reject(new Error('aborted'));
      });
      this.tick();
    });
  }

  async during<T>(work: Promise<T>): Promise<T> {
    this.working += 1;
    try {
      return await work;
    } finally {
      this.working -= 1;
      this.tick();
    }
  }

  private tick(): void {
    if (this.ticking || this.working > 0 || this.sleepers.length === 0) return;
    this.ticking = true;
    // A few turns of the event loop, so that everything that does not wait for time runs first.
    let turns = 20;
    const turn = (): void => {
      if ((turns -= 1) > 0) {
        setImmediate(turn);
        return;
      }
      this.ticking = false;
      if (this.working > 0) return;
      this.sleepers.sort((left, right) => left.until - right.until);
      const next = this.sleepers.shift();
      if (!next) return;
      this.milliseconds = Math.max(this.milliseconds, next.until);
      next.wake();
      this.tick();
    };
    setImmediate(turn);
  }
}
