import { outsideTime, type Clock } from '../time/clock';

/** The clock of one step: once that has timed out, what it left behind polls no more. */
export class StepClock implements Clock {
  private ended = false;

  constructor(private readonly clock: Clock) {}

  end(): void {
    this.ended = true;
  }

  now(): Date {
    return this.clock.now();
  }

  async sleep(seconds: number, signal?: AbortSignal): Promise<void> {
    await this.clock.sleep(seconds, signal);
    if (this.ended) throw new Error('the step has ended');
  }

  during<T>(work: Promise<T>): Promise<T> {
    return outsideTime(this.clock, work);
  }
}
