import type { Clock } from '../shared/clock';
import type { ExecutionInstances } from '../shared/execution-instances';
import type { DescribedExecution } from '../shared/executions.client';
import type { DispatchClient } from './dispatch.client';
import { NotNow } from './not-now';

/** How long an own start may be missing from the list of executions before it counts as ended. */
const LIST_LAG_MS = 60_000;
/** How long a start is remembered: longer than a storm of thousands of nodes takes, at one start a second. */
const MEMORY_MS = 6 * 3_600_000;
/** An execution that began so long before it was asked for is an earlier one: AWS's clock and ours may differ by less. */
const CLOCK_SKEW_MS = 5_000;

/**
 * Which nodes are being healed now, by AWS's own records. One lives as long as a warm container. An execution that the
 * list does not show yet, because this container only just started it, is asked for by its id.
 */
export class ExecutionsInFlight {
  private readonly startedHere = new Map<string, number>();
  private readonly lastStart = new Map<string, number>();
  /** Instance → when its start was refused as a duplicate; which call started it, and when, is unknown. */
  private readonly refused = new Map<string, number>();

  constructor(
    private readonly client: DispatchClient,
    private readonly clock: Clock,
    private readonly instanceOf: ExecutionInstances,
  ) {}

  /**
   * Ids of the instances with an execution in flight.
   * @param untilMs milliseconds since the epoch; what was read by then is not read again
   * @throws NotNow when a storm has more executions than could be read, otherwise what the SDK throws
   */
  async instances(documentName: string, untilMs: number): Promise<Set<string>> {
    const { executions } = this.client;
    const listed = (await executions.inFlight(documentName)).map(({ executionId }) => executionId);
    const unread = await this.instanceOf.read(listed, untilMs);
    if (unread > 0) throw new NotNow(`${unread} of ${listed.length} executions in flight are not read yet`);
    const instances = new Set(listed.map((id) => this.instanceOf.of(id) ?? ''));
    const inList = new Set(listed);
    for (const [id, startedAtMs] of this.startedHere) {
      if (inList.has(id) || startedAtMs < this.clock.now() - LIST_LAG_MS) {
        this.startedHere.delete(id);
      } else {
        const { instanceId, inFlight } = await executions.execution(id);
        if (inFlight) instances.add(instanceId);
        // Ended already: no need to ask for it again with every batch, which in a storm takes longer than the starts.
        else this.startedHere.delete(id);
      }
    }
    for (const [instanceId, atMs] of this.refused) {
      if (atMs < this.clock.now() - LIST_LAG_MS) this.refused.delete(instanceId);
      else instances.add(instanceId);
    }
    return instances;
  }

  /**
   * Takes down a start. Where the token was used before, Systems Manager may answer with the execution of that time,
   * which saw the disk then and may have ended: what StartAutomationExecution does with a used ClientToken is not
   * documented beyond "can't be reused".
   * https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_StartAutomationExecution.html
   * @param askedAtMs when the start was asked for, milliseconds since the epoch
   * @returns whether the execution is new, and whether it is in flight
   */
  async started(
    executionId: string,
    instanceId: string,
    askedAtMs: number,
  ): Promise<{ readonly isNew: boolean; readonly inFlight: boolean }> {
    const found = await this.look(executionId);
    // Unknown: as in flight, since two healings at a time are worse than one too few.
    const { inFlight = true } = found ?? {};
    const startedAtMs = found?.startedAtMs ?? askedAtMs;
    const isNew = startedAtMs >= askedAtMs - CLOCK_SKEW_MS;
    if (inFlight) {
      this.instanceOf.note(executionId, instanceId);
      this.startedHere.set(executionId, this.clock.now());
    }
    if (found !== undefined) this.remember(instanceId, isNew ? this.clock.now() : startedAtMs);
    return { isNew, inFlight };
  }

  /** The token was used before and Systems Manager says so: that execution may be in flight and not listed yet. */
  startRefused(instanceId: string): void {
    this.refused.set(instanceId, this.clock.now());
  }

  /** Whether this container has started a healing of the node after the instant. A cold container knows of none. */
  startedSince(instanceId: string, ms: number): boolean {
    return (this.lastStart.get(instanceId) ?? Number.NEGATIVE_INFINITY) > ms;
  }

  /** undefined: Systems Manager does not know yet what it has just started, or does not say. */
  private async look(executionId: string): Promise<DescribedExecution | undefined> {
    try {
      return await this.client.executions.execution(executionId);
    } catch {
      return undefined;
    }
  }

  private remember(instanceId: string, startedAtMs: number): void {
    const latest = Math.max(startedAtMs, this.lastStart.get(instanceId) ?? Number.NEGATIVE_INFINITY);
    this.lastStart.delete(instanceId);
    this.lastStart.set(instanceId, latest);
    for (const [id, atMs] of this.lastStart) {
      if (atMs > this.clock.now() - MEMORY_MS) break;
      this.lastStart.delete(id);
    }
  }
}
