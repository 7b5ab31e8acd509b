import { healingOutcome } from '../../lib/domain/healing-outcome';
import { LOOK_BACK_MS, WAIT_LOOK_BACK_MS, type SweptExecution } from '../../lib/domain/sweep';
import { aFewAtATime } from './a-few-at-a-time';
import type { ExecutionsClient, ListedExecution } from './executions.client';

/** GetAutomationExecution calls under way at a time. */
const AT_ONCE = 10;

/** Which node an execution is for never changes: a warm container asks for each one once. */
export class ExecutionsReader {
  private readonly instanceOf = new Map<string, string>();

  constructor(private readonly client: ExecutionsClient) {}

  /** What is in flight, what began lately, and what waits. @throws what the SDK throws */
  async read(documentName: string, nowMs: number): Promise<readonly SweptExecution[]> {
    const [inFlight, recent] = await Promise.all([
      this.client.inFlight(documentName),
      this.client.since(documentName, nowMs - WAIT_LOOK_BACK_MS),
    ]);
    const told = recent.filter((each) => isRecent(each, nowMs) || stillWaits(each, nowMs));
    const listed = new Map([...inFlight, ...told].map((each) => [each.executionId, each]));
    const completed = await aFewAtATime([...listed.values()], AT_ONCE, (each) => this.complete(each));
    for (const id of this.instanceOf.keys()) if (!listed.has(id)) this.instanceOf.delete(id);
    return completed.map((each) => {
      if (each.status === 'rejected') throw each.reason;
      return each.value;
    });
  }

  private async complete(listed: ListedExecution): Promise<SweptExecution> {
    const { executionId, status, startedAtMs = 0, endedAtMs, outputs } = listed;
    const { verdict, waitsUntilMs, ...named } = healingOutcome(outputs);
    const instanceId =
      this.instanceOf.get(executionId) ?? named.instanceId ?? (await this.client.instanceOf(executionId));
    this.instanceOf.set(executionId, instanceId);
    return { instanceId, startedAtMs, endedAtMs, status, verdict, waitsUntilMs };
  }
}

const isRecent = ({ startedAtMs = 0, endedAtMs }: ListedExecution, nowMs: number): boolean =>
  endedAtMs === undefined || startedAtMs > nowMs - LOOK_BACK_MS;

const stillWaits = ({ outputs }: ListedExecution, nowMs: number): boolean =>
  (healingOutcome(outputs).waitsUntilMs ?? 0) > nowMs;
