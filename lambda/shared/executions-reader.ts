import { healingOutcome } from '../../lib/domain/outcome/healing-outcome';
import { LOOK_BACK_MS, WAIT_LOOK_BACK_MS, type SweptExecution } from '../../lib/domain/sweep/sweep';
import type { Clock } from './clock';
import { ExecutionInstances } from './execution-instances';
import type { ListedExecution } from '../../lib/aws/executions';
import type { ExecutionsClient } from './executions.client';

/** What HealNode's executions say of their nodes. One lives as long as a warm container. */
export class ExecutionsReader {
  private readonly instances: ExecutionInstances;

  constructor(
    private readonly client: ExecutionsClient,
    clock: Pick<Clock, 'now'>,
  ) {
    this.instances = new ExecutionInstances(client, clock);
  }

  /** What is in flight, what began lately, and what waits. @throws what the SDK throws */
  async read(documentName: string, nowMs: number): Promise<readonly SweptExecution[]> {
    const [inFlight, recent] = await Promise.all([
      this.client.inFlight(documentName),
      this.client.since(documentName, nowMs - WAIT_LOOK_BACK_MS),
    ]);
    const relevant = recent.filter((each) => isRecent(each, nowMs) || stillWaits(each, nowMs));
    const listed = new Map([...inFlight, ...relevant].map((each) => [each.executionId, each]));
    const outcomes = [...listed.values()].map((each) => ({ each, outcome: healingOutcome(each.outputs) }));
    for (const { each, outcome } of outcomes)
      if (outcome.instanceId !== undefined) this.instances.note(each.executionId, outcome.instanceId);
    await this.instances.read([...listed.keys()]);
    this.instances.keep(listed.keys());
    return outcomes.map(({ each, outcome: { verdict, waitsUntilMs, usedPercent } }) => {
      const { executionId, status, startedAtMs = 0, endedAtMs } = each;
      const instanceId = this.instances.of(executionId) ?? '';
      return { instanceId, startedAtMs, endedAtMs, status, verdict, waitsUntilMs, usedPercent };
    });
  }
}

const isRecent = ({ startedAtMs = 0, endedAtMs }: ListedExecution, nowMs: number): boolean =>
  endedAtMs === undefined || startedAtMs > nowMs - LOOK_BACK_MS;

const stillWaits = ({ outputs }: ListedExecution, nowMs: number): boolean =>
  (healingOutcome(outputs).waitsUntilMs ?? 0) > nowMs;
