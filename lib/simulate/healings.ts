import type { Verdict } from '../domain/outcome/verdict';
import {
  type Execution,
  fields,
  parseJson,
  type PublishedMessage,
  type StoredObject,
} from '../../packages/local-aws/src';
import { instanceOf } from './invariants';

/** In the subject of every message about an escalation. */
const NEEDS_A_PERSON = 'ACTION REQUIRED';
const REPORT = /^reports\/[^/]+\/([^/]+)\.json$/;

/** Which node was healed when, and what came of it, as the reports in the evidence bucket tell. */
export class Healings {
  private readonly byNode = new Map<string, Execution[]>();
  private readonly verdicts = new Map<string, Verdict>();
  private sorted = 0;
  private objectsRead = 0;

  constructor(
    /** Grows, oldest first. */
    private readonly executions: readonly Execution[],
    /** What lies in the buckets; grows. */
    private readonly objects: ReadonlyMap<string, StoredObject>,
    /** What the topics were sent; grows. */
    private readonly messages: readonly PublishedMessage[],
  ) {}

  get all(): readonly Execution[] {
    return this.executions;
  }

  get ended(): number {
    return this.executions.reduce((count, { ended }) => count + (ended ? 1 : 0), 0);
  }

  /** The node's executions, oldest first. */
  of(instanceId: string): readonly Execution[] {
    for (const execution of this.executions.slice(this.sorted)) {
      const own = this.byNode.get(instanceOf(execution)) ?? [];
      own.push(execution);
      this.byNode.set(instanceOf(execution), own);
      this.sorted += 1;
    }
    return this.byNode.get(instanceId) ?? [];
  }

  inFlight(instanceId: string): boolean {
    return this.of(instanceId).some(({ ended }) => !ended);
  }

  /** What the execution's report says; undefined: there is none (yet). */
  verdictOf({ id }: Execution): Verdict | undefined {
    this.readReports();
    return this.verdicts.get(id);
  }

  /** Whether a person was asked to look at the node. One message an incident is all that there is. */
  notified(instanceId: string): boolean {
    return this.messages.some(
      ({ subject = '' }) => subject.includes(NEEDS_A_PERSON) && subject.includes(instanceId),
    );
  }

  /** The first execution of which the node's report tells the outcome. */
  settling(instanceId: string): Execution | undefined {
    return this.of(instanceId).find((execution) => execution.ended && this.verdictOf(execution));
  }

  private readReports(): void {
    if (this.objects.size === this.objectsRead) return;
    for (const { key, body } of [...this.objects.values()].slice(this.objectsRead)) {
      const id = REPORT.exec(key)?.[1];
      if (id !== undefined) this.verdicts.set(id, fields(parseJson(body, key), key).verdict as Verdict);
      this.objectsRead += 1;
    }
  }
}
