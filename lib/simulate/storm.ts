import type { Agenda } from './agenda';
import type { FleetNode } from './fleet-machines';
import type { ModelledFleet } from './modelled-fleet';
import type { Random } from './random';

/** Within this time the nodes of a storm fill up. */
export const STORM_SECONDS = 60;
/** How full they become; above 100 is full. Percent. */
const FULL = { least: 80, most: 100.5 } as const;

export interface StormOptions {
  readonly fleet: ModelledFleet;
  readonly agenda: Agenda;
  readonly random: Random;
  /** How many nodes fill up. */
  readonly size: number;
  /** Share of the nodes that something befalls. 0 to 1. */
  readonly faults: number;
  readonly now: () => Date;
  readonly onFull: (node: FleetNode) => void;
}

/** Many disks fill within a minute; some agents die of it, and some workers vanish while they wait for their healing. */
export class Storm {
  private readonly struck = new Set<string>();

  constructor(private readonly options: StormOptions) {}

  /** Ids of the nodes that fill up. */
  get nodes(): ReadonlySet<string> {
    return this.struck;
  }

  /** Puts on the agenda what will happen. */
  begin(): void {
    const { fleet, random, size } = this.options;
    for (const { instanceId } of random.stream('storm').shuffled(fleet.initial).slice(0, size)) {
      const node = fleet.nodes.get(instanceId);
      if (node) this.strike(node);
    }
  }

  private strike(node: FleetNode): void {
    const { fleet, agenda, size, faults, now, onFull } = this.options;
    const { instanceId, role } = node.instance;
    const random = this.options.random.stream(`storm/${instanceId}`);
    const [at, percent] = [random.between(0, STORM_SECONDS), random.between(FULL.least, FULL.most)];
    const agentDies = random.chance(faults / 2);
    const vanishes = role === 'worker' && random.chance(faults / 2);
    const vanishesAfter = random.between(0, size + STORM_SECONDS);
    node.stuck = random.stream('stuck').chance(faults / 2);
    this.struck.add(instanceId);
    agenda.later(at, () => {
      node.agentDead = agentDies;
      node.model.fillTo(Math.min(100, percent), now());
      onFull(node);
    });
    if (vanishes) agenda.later(vanishesAfter, () => fleet.vanish(node));
  }
}
