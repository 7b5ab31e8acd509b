import type { CloudEvent } from './alarm-events';
import { uuidFrom } from '../values/ids';

/** How EventBridge brings the events of alarms: at least once, or as a test wants it never. */
export interface AlarmDelivery {
  /** How many times each event arrives. @default 1 */
  readonly copies?: number;
  /** None arrives. @default false */
  readonly lost?: boolean;
}

/**
 * Delivers the events of alarms as often as a scenario says. The second copy comes at once and is the same to the
 * letter, the third comes at once with an id of its own, and every further one is kept until {@link releaseLate}:
 * a minute later, while the healing runs, or after it.
 */
export class AlarmEvents {
  private late: CloudEvent[] = [];

  constructor(
    private readonly delivery: AlarmDelivery,
    private readonly deliver: (event: CloudEvent) => void,
    private readonly onLost: (event: CloudEvent) => void,
  ) {}

  put(event: CloudEvent): void {
    const { copies = 1, lost = false } = this.delivery;
    if (lost) return this.onLost(event);
    for (let copy = 1; copy <= copies; copy += 1) {
      // Every second one has an id of its own, so that content-based deduplication does not know it.
      const arriving =
        copy % 2 === 0 || copy === 1 ? event : { ...event, id: uuidFrom(`${event.id}/${copy}`) };
      if (copy <= 3) this.deliver(arriving);
      else this.late.push(arriving);
    }
  }

  /** One late copy of each event; the others wait for the next time. */
  releaseLate(): void {
    const seen = new Set<string>();
    const waiting: CloudEvent[] = [];
    for (const event of this.late) {
      const transition = JSON.stringify(event.detail);
      if (seen.has(transition)) waiting.push(event);
      else {
        seen.add(transition);
        this.deliver(event);
      }
    }
    this.late = waiting;
  }
}
