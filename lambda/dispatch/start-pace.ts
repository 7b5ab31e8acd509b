import type { Clock } from '../shared/clock';

/** StartAutomationExecution takes one a second, for the account and region. Systems Manager quotas, checked 2026-11. */
const START_INTERVAL_MS = 1_000;

/** Keeps starts a second apart. What happens between two of them, such as looking at the next node, is part of that second. */
export class StartPace {
  private nextMs = Number.NEGATIVE_INFINITY;

  constructor(private readonly clock: Clock) {}

  /**
   * Another container, which this one knows nothing of, may have started something right before this batch came: the
   * first start is a second from now. To wait at the end of a batch would be as safe, but in a storm the look at what is
   * in flight and at the first node would come on top of that second, with every batch.
   */
  newBatch(): void {
    this.nextMs = this.clock.now() + START_INTERVAL_MS;
  }

  /** Waits for the next start's turn. A refused start counts against the same rate. */
  async turn(): Promise<void> {
    const waitMs = this.nextMs - this.clock.now();
    if (waitMs > 0) await this.clock.sleep(waitMs);
    this.nextMs = this.clock.now() + START_INTERVAL_MS;
  }
}
