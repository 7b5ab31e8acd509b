import { errorMessage } from '../values/fields';

/** Work that goes on after a call has been answered. What fails is kept, and thrown by the next `drained`. */
export class Background {
  private readonly running = new Set<Promise<void>>();
  private readonly failures: Error[] = [];

  add(what: string, work: Promise<void>): void {
    const tracked = work
      .catch((error: unknown) => {
        this.failures.push(new Error(`${what}: ${errorMessage(error)}`, { cause: error }));
      })
      .finally(() => this.running.delete(tracked));
    this.running.add(tracked);
  }

  get busy(): boolean {
    return this.running.size > 0;
  }

  /** Waits for all of it, also for what it starts meanwhile. @throws AggregateError with every failure */
  async drained(): Promise<void> {
    while (this.running.size > 0) await Promise.all(this.running);
    this.check();
  }

  /** Waits for nothing. @throws AggregateError with every failure so far that was not thrown yet */
  check(): void {
    const failures = this.failures.splice(0);
    if (failures.length === 1 && failures[0]) throw failures[0];
    if (failures.length > 1)
      throw new AggregateError(failures, failures.map(({ message }) => message).join('; '));
  }
}
