import type { NodeRole } from '../../domain/names/naming';
import {
  addPastModifications,
  type Assembly,
  BYTES_PER_GIB,
  type PastModification,
} from '../../../packages/local-aws/src';
import { modelFleet, type NodeInstance } from './node-fleet';
import type { LocalCloudOptions } from './local-cloud-options';

/** Nodes are past the time that a new one gets to settle. */
const UPTIME_MS = 3_600_000;
/** How long an instance takes to shut down. */
const SHUTDOWN_SECONDS = 30;
/** No scenario declares more. */
const MOST_DECLARED_GIB = 64;

type DrilledFleetOptions = Pick<LocalCloudOptions, 'environmentName' | 'role' | 'clock' | 'node'>;

/** The environment's nodes: the drilled one, which a real machine stands for, and the modelled others. */
export class DrilledFleet {
  readonly instances: readonly NodeInstance[];
  readonly drilled: NodeInstance;

  /** @throws when the environment has no node of the role */
  constructor(
    assembly: Assembly,
    private readonly options: DrilledFleetOptions,
  ) {
    const { environmentName, role, clock } = options;
    const launchedAt = new Date(clock.now().getTime() - UPTIME_MS);
    this.instances = modelFleet(assembly, launchedAt, role === 'worker');
    const drilled = this.instances.find((instance) => instance.role === role);
    if (!drilled) throw new Error(`environment ${environmentName} has no ${role} node`);
    this.drilled = drilled;
    this.sizeAsTheMachine();
    // The other nodes have no machine that could grow: they have whatever is declared.
    for (const { volume } of this.instances.filter((each) => each !== drilled))
      volume.sizeGiB = Math.max(volume.sizeGiB, MOST_DECLARED_GIB);
  }

  /** What EBS knows of the drilled node's volume before anything happens; its size is that of the machine's disk. */
  setVolumePast(modifications: readonly PastModification[]): void {
    this.sizeAsTheMachine();
    addPastModifications(this.drilled.volume, modifications, this.options.clock.now());
  }

  /** Its group ends the drilled node: it shuts down, then it is terminated. */
  async endDrilled(): Promise<void> {
    this.drilled.state = 'shutting-down';
    await this.options.clock.sleep(SHUTDOWN_SECONDS);
    this.drilled.state = 'terminated';
  }

  /** Whether the drilled node runs, as EC2 knows it. */
  get drilledRuns(): boolean {
    return (this.drilled.state ?? 'running') === 'running';
  }

  /** Lets another node than the drilled one fail: status checks, agents, metrics. @returns its id */
  impairOther(role: NodeRole): string {
    const other = this.instances.find((each) => each.role === role && each !== this.drilled);
    if (!other) throw new Error(`environment ${this.options.environmentName} has no other ${role} node`);
    other.impaired = true;
    return other.instanceId;
  }

  /** EC2 counts whole GiB; the machine's disk is what it is. */
  private sizeAsTheMachine(): void {
    this.drilled.volume.sizeGiB = Math.ceil(this.options.node.diskBytes() / BYTES_PER_GIB);
  }
}
