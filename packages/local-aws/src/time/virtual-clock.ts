import type { Clock } from './clock';

interface Sleeper {
  /** Milliseconds since the epoch. */
  readonly until: number;
  readonly order: number;
  /** undefined: it does not wait any more. */
  wake: (() => void) | undefined;
}

const sooner = (left: Sleeper, right: Sleeper): boolean =>
  left.until < right.until || (left.until === right.until && left.order < right.order);

/** A binary heap: thousands of nodes sleep at a time. */
class Sleepers {
  private readonly heap: Sleeper[] = [];

  push(sleeper: Sleeper): void {
    const { heap } = this;
    let at = heap.length;
    heap.push(sleeper);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent];
      if (!above || !sooner(sleeper, above)) break;
      heap[at] = above;
      heap[parent] = sleeper;
      at = parent;
    }
  }

  /** The next one that still waits. */
  pop(): Sleeper | undefined {
    for (;;) {
      const top = this.take();
      if (!top || top.wake) return top;
    }
  }

  private take(): Sleeper | undefined {
    const { heap } = this;
    const top = heap[0];
    const last = heap.pop();
    if (!top || !last || heap.length === 0) return top;
    let at = 0;
    for (;;) {
      const left = 2 * at + 1;
      const [first, second] = [heap[left], heap[left + 1]];
      if (!first) break;
      const child = second && sooner(second, first) ? left + 1 : left;
      const below = heap[child];
      if (!below || !sooner(below, last)) break;
      heap[at] = below;
      at = child;
    }
    heap[at] = last;
    return top;
  }
}

/**
 * Time that passes only while everybody sleeps. The earliest sleeper is woken when nothing else has work, and of two at
 * the same millisecond the one that lay down first: the same run always goes the same way.
 */
export class VirtualClock implements Clock {
  private milliseconds: number;
  private readonly sleepers = new Sleepers();
  private order = 0;
  private working = 0;
  private turning = false;
  private stopped = false;

  /** @param start any instant will do; a fixed one makes every run the same */
  constructor(start = new Date('2026-11-20T04:00:00Z')) {
    this.milliseconds = start.getTime();
  }

  now(): Date {
    return new Date(this.milliseconds);
  }

  /** Lets time pass at once; who should have woken meanwhile wakes late. */
  advance(seconds: number): void {
    this.milliseconds += seconds * 1000;
  }

  /** Time stands still from now on, and every sleeper stays asleep: what polls for ever ends with its run. */
  stop(): void {
    this.stopped = true;
  }

  sleep(seconds: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      this.order += 1;
      const until = this.milliseconds + Math.max(0, Math.round(seconds * 1000));
      const sleeper: Sleeper = { until, order: this.order, wake: resolve };
      this.sleepers.push(sleeper);
      signal?.addEventListener(
        'abort',
        () => {
          if (!sleeper.wake) return;
          sleeper.wake = undefined;
          reject(signal.reason as Error);
        },
        { once: true },
      );
      this.turn();
    });
  }

  async during<T>(work: Promise<T>): Promise<T> {
    this.working += 1;
    try {
      return await work;
    } finally {
      this.working -= 1;
      this.turn();
    }
  }

  /** All work of the simulation is promises, so one turn of the event loop ends whatever does not wait for time. */
  private turn(): void {
    if (this.turning || this.stopped) return;
    this.turning = true;
    setImmediate(() => {
      this.turning = false;
      if (this.working > 0 || this.stopped) return;
      const next = this.sleepers.pop();
      if (!next) return;
      this.milliseconds = Math.max(this.milliseconds, next.until);
      const { wake } = next;
      next.wake = undefined;
      wake?.();
      this.turn();
    });
  }
}
