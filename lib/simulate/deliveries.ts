import type { CloudEvent } from '../../packages/local-aws/src';
import type { Agenda } from './agenda';
import type { Random } from './random';

/** A late event comes up to this many seconds after its time, past SQS's five minutes of deduplication. */
export const LATE_SECONDS = 600;

export interface DeliveriesOptions {
  readonly agenda: Agenda;
  readonly random: Random;
  /** Share of events that are lost, of those that are late, of those that come twice. 0 to 1. */
  readonly faults: number;
  /** Where they go in the end. */
  readonly put: (event: CloudEvent) => void;
}

/** Events on their way to the bus, as EventBridge carries them: once as a rule, sometimes late, twice, or not at all. */
export class Deliveries {
  private events = 0;

  constructor(private readonly options: DeliveriesOptions) {}

  send(event: CloudEvent): void {
    const { agenda, faults, put } = this.options;
    this.events += 1;
    const random = this.options.random.stream(`event/${this.events}`);
    if (random.chance(faults)) return;
    const late = random.chance(faults) ? random.between(1, LATE_SECONDS) : 0;
    agenda.later(late, () => put(event));
    if (random.chance(faults)) agenda.later(random.between(0, LATE_SECONDS), () => put(event));
  }
}
