import { healingOutcome } from '../../lib/domain/outcome/healing-outcome';
import { RATE_WINDOW_MS, type HealingPurpose, type HealingStart } from '../../lib/domain/plan/healing-rate';
import type { Clock } from '../shared/clock';
import type { ExecutionInstances } from '../shared/execution-instances';
import type { ExecutionsClient } from '../shared/executions.client';
import { NotNow } from './not-now';

/** What the list shows may be so old. */
const LIST_LAG_MS = 2 * 60_000;

interface Start {
  readonly startedAtMs: number;
  /** undefined: not asked for yet. */
  purpose?: HealingPurpose;
}

/**
 * What was started for which node in the last 24 hours, by AWS's own records. One lives as long as a warm container, which
 * lists the whole day once, and then what is new.
 */
export class HealingsOfTheDay {
  private readonly starts = new Map<string, Start>();
  private listedToMs = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly client: Pick<ExecutionsClient, 'since' | 'execution'>,
    private readonly clock: Pick<Clock, 'now'>,
    private readonly instances: ExecutionInstances,
  ) {}

  /**
   * @param untilMs milliseconds since the epoch; what was read by then is not read again. A day with more executions than can
   * be listed by then counts for less than it was: nothing waits for that.
   * @throws NotNow when more were listed than could be read, otherwise what the SDK throws
   */
  async list(documentName: string, untilMs: number): Promise<void> {
    const nowMs = this.clock.now();
    const dayAgoMs = nowMs - RATE_WINDOW_MS;
    const listed = await this.client.since(
      documentName,
      Math.max(dayAgoMs, this.listedToMs - LIST_LAG_MS),
      () => this.clock.now() < untilMs,
    );
    for (const { executionId, startedAtMs = nowMs, outputs } of listed) {
      if (!this.starts.has(executionId)) this.starts.set(executionId, { startedAtMs });
      const { instanceId } = healingOutcome(outputs);
      if (instanceId !== undefined) this.instances.note(executionId, instanceId);
    }
    for (const [id, { startedAtMs }] of this.starts) if (startedAtMs <= dayAgoMs) this.forget(id);
    // Listed once, they are not listed again: what could not be read now is read with the next batch.
    this.listedToMs = nowMs;
    const unread = await this.instances.read([...this.starts.keys()], untilMs);
    if (unread > 0)
      throw new NotNow(`${unread} of ${this.starts.size} executions of the day are not read yet`);
  }

  /**
   * Of the node, as {@link list} left them. @throws what the SDK throws
   * @param some as long as there are fewer, all count as healings: what they were is asked of each, once
   */
  async startsOf(instanceId: string, some: number): Promise<readonly HealingStart[]> {
    const own = [...this.starts].filter(([id]) => this.instances.of(id) === instanceId);
    if (own.length < some) return own.map(([, { startedAtMs }]) => ({ startedAtMs, onlyNotified: false }));
    const asked = await Promise.all(
      own.map(async ([id, start]) => ({
        startedAtMs: start.startedAtMs,
        purpose: (start.purpose ??= (await this.client.execution(id)).purpose),
      })),
    );
    return asked
      .filter(({ purpose }) => purpose !== 'by-hand')
      .map(({ startedAtMs, purpose }) => ({ startedAtMs, onlyNotified: purpose === 'notify' }));
  }

  private forget(executionId: string): void {
    this.starts.delete(executionId);
    this.instances.forget(executionId);
  }

  /** Takes down a start of this container. */
  started(executionId: string, instanceId: string, purpose: HealingPurpose): void {
    this.starts.set(executionId, { startedAtMs: this.clock.now(), purpose });
    this.instances.note(executionId, instanceId);
  }
}
