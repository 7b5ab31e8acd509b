import { DISK_LEVELS } from '../../domain/naming';
import type { MessageQueue } from '../cloud/message-queue';
import type { FleetAlarms } from './fleet-alarms';
import type { FleetNode } from './fleet-machines';

/** What looks at the whole fleet now and then, and queues what no event told. */
export interface Sweep {
  readonly everySeconds: number;
  /** The instances that it queued. */
  run(now: Date): readonly string[];
}

export interface SweepModelOptions {
  readonly nodes: ReadonlyMap<string, FleetNode>;
  readonly alarms: FleetAlarms;
  readonly queue: MessageQueue;
  /** Whether the node has an execution that has not ended. */
  inFlight(instanceId: string): boolean;
  /** Whether the node's last execution ended and no report says how. */
  unreported(instanceId: string): boolean;
  /** When a person was last told of the node. */
  escalatedAt(instanceId: string): Date | undefined;
}

/** A person gets this long before the sweep asks again. */
const PATIENCE_SECONDS = 3600;

/**
 * A model of the sweep function: level-triggered, every five minutes, over the same queue. It stands in for the real
 * handler until that one runs here. As the worst case it queues a node again while an earlier message still waits.
 */
export class SweepModel implements Sweep {
  readonly everySeconds = 300;

  constructor(private readonly options: SweepModelOptions) {}

  run(now: Date): readonly string[] {
    const { nodes, alarms, queue } = this.options;
    const queued: string[] = [];
    for (const [instanceId, { instance, model, gone }] of nodes) {
      if (gone || this.options.inFlight(instanceId) || this.toldLately(instanceId, now)) continue;
      const { usedPercent } = model.figures(now);
      const level = DISK_LEVELS.findLast((one) => usedPercent >= alarms.threshold(instance, one));
      if (level === undefined && !this.options.unreported(instanceId)) continue;
      const body = JSON.stringify(alarms.event(instance, level ?? 'warning', usedPercent, now));
      queue.send(body, now, { groupId: instance.nodeGroup });
      queued.push(instanceId);
    }
    return queued;
  }

  private toldLately(instanceId: string, now: Date): boolean {
    const told = this.options.escalatedAt(instanceId);
    return told !== undefined && now.getTime() - told.getTime() < PATIENCE_SECONDS * 1000;
  }
}
