import type { Clock } from '../shared/clock';

/** StartAutomationExecution takes one a second, for the account and region. Systems Manager quotas, checked 2026-11. */
const START_INTERVAL_MS = 1_000;

/** Keeps starts a second apart. What happens between two of them, such as looking at the next node, is part of that second. */
export class StartPace {
  private nextMs = Number.NEGATIVE_INFINITY;

  constructor(private readonly clock: Clock) {}

  /** Waits for the next start's turn. A refused start counts against the same rate. */
  async turn(): Promise<void> {
    await this.rest();
    this.nextMs = this.clock.now() + START_INTERVAL_MS;
  }

  /** Waits until another container, which knows nothing of this one, may start. */
  async rest(): Promise<void> {
    const waitMs = this.nextMs - this.clock.now();
    if (waitMs > 0) await this.clock.sleep(waitMs);
  }
}
