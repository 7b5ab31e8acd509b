import type { Clock } from './clock';
import { mapWithConcurrency } from './map-with-concurrency';
import type { ExecutionsClient } from './executions.client';

/** GetAutomationExecution calls under way at a time. */
const AT_ONCE = 10;

/**
 * Which node an execution is for: the list of executions does not say, so that each is asked for, a few at a time. It
 * never changes: a warm container asks for each one once.
 */
export class ExecutionInstances {
  private readonly known = new Map<string, string>();

  constructor(
    private readonly client: Pick<ExecutionsClient, 'instanceOf'>,
    private readonly clock: Pick<Clock, 'now'>,
  ) {}

  /** undefined: it was neither read nor noted yet. */
  of(executionId: string): string | undefined {
    return this.known.get(executionId);
  }

  note(executionId: string, instanceId: string): void {
    this.known.set(executionId, instanceId);
  }

  /**
   * Reads those that are not known yet, in their order, until the time is up; what was read by then stays known.
   * @param untilMs milliseconds since the epoch. @default - as long as it takes
   * @returns how many are still unknown
   * @throws what the SDK throws, where it refuses the same execution twice
   */
  async read(executionIds: readonly string[], untilMs = Number.POSITIVE_INFINITY): Promise<number> {
    const unknown = executionIds.filter((id) => !this.known.has(id));
    const results = await mapWithConcurrency(unknown, AT_ONCE, async (id) => {
      if (this.clock.now() < untilMs) this.known.set(id, await this.client.instanceOf(id));
    });
    for (const result of results) if (result.status === 'rejected') throw result.reason;
    return unknown.filter((id) => !this.known.has(id)).length;
  }

  forget(executionId: string): void {
    this.known.delete(executionId);
  }

  /** Forgets all but these: thousands come and go in a storm. */
  keep(executionIds: Iterable<string>): void {
    const kept = new Set(executionIds);
    for (const id of this.known.keys()) if (!kept.has(id)) this.known.delete(id);
  }
}
