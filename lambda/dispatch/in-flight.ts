import type { Clock } from '../shared/clock';
import type { DispatchClient } from './dispatch.client';

/** How long an own start may be missing from the list of executions before it counts as ended. */
const LIST_LAG_MS = 60_000;
/** How long a start is remembered: longer than a storm of thousands of nodes takes, at one start a second. */
const MEMORY_MS = 6 * 3_600_000;

/**
 * Which nodes are being healed now, by AWS's own records. One lives as long as a warm container: an execution never
 * changes its instance, so each is asked for once; and an execution that the list does not show yet, because this
 * container only just started it, is asked for by its id.
 */
export class ExecutionsInFlight {
  private readonly instanceOf = new Map<string, string>();
  private readonly startedHere = new Map<string, number>();
  private readonly lastStart = new Map<string, number>();

  constructor(
    private readonly client: DispatchClient,
    private readonly clock: Clock,
  ) {}

  /** Ids of the instances with an execution in flight. @throws what the SDK throws */
  async instances(documentName: string): Promise<Set<string>> {
    const { executions } = this.client;
    const listed = (await executions.inFlight(documentName)).map(({ executionId }) => executionId);
    const instances = new Set<string>();
    for (const id of listed) {
      let instanceId = this.instanceOf.get(id);
      if (instanceId === undefined) {
        instanceId = (await executions.execution(id)).instanceId;
        this.instanceOf.set(id, instanceId);
      }
      instances.add(instanceId);
    }
    for (const [id, startedAtMs] of this.startedHere) {
      if (listed.includes(id) || startedAtMs < this.clock.now() - LIST_LAG_MS) {
        this.startedHere.delete(id);
      } else {
        const { instanceId, inFlight } = await executions.execution(id);
        if (inFlight) instances.add(instanceId);
        // Ended already: no need to ask for it again with every batch, which in a storm takes longer than the starts.
        else this.startedHere.delete(id);
      }
    }
    this.forgetEnded(listed);
    return instances;
  }

  started(executionId: string, instanceId: string): void {
    this.instanceOf.set(executionId, instanceId);
    this.startedHere.set(executionId, this.clock.now());
    this.lastStart.delete(instanceId);
    this.lastStart.set(instanceId, this.clock.now());
    for (const [id, atMs] of this.lastStart) {
      if (atMs > this.clock.now() - MEMORY_MS) break;
      this.lastStart.delete(id);
    }
  }

  /** Whether this container has started a healing of the node after the instant. A cold container knows of none. */
  startedSince(instanceId: string, ms: number): boolean {
    return (this.lastStart.get(instanceId) ?? Number.NEGATIVE_INFINITY) > ms;
  }

  private forgetEnded(listed: readonly string[]): void {
    for (const id of this.instanceOf.keys()) {
      if (!listed.includes(id) && !this.startedHere.has(id)) this.instanceOf.delete(id);
    }
  }
}
