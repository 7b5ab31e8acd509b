import { CannotRunError } from '../drill/cannot-run';
import type { Assembly } from '../../packages/local-aws/src';
import { largeFleet, type NodeInstance } from '../drill/cloud/node-fleet';
import type { FleetNode } from './fleet-machines';
import { NodeModel } from './node-model';
import type { Random } from './random';

export interface ModelledFleetOptions {
  readonly assembly: Assembly;
  /** Control plane and workers together. */
  readonly nodes: number;
  readonly random: Random;
  readonly launchedAt: Date;
  /** The disks have been filling since then. */
  readonly createdAt: Date;
}

/** The nodes of a run: the instances as EC2 lists them, and the model behind each. */
export class ModelledFleet {
  /** EC2's own list: a node that vanishes is taken out of it. */
  readonly instances: NodeInstance[];
  /** All that there ever were. */
  readonly initial: readonly NodeInstance[];
  readonly nodes: ReadonlyMap<string, FleetNode>;
  readonly controlPlane: ReadonlySet<string>;

  /** @throws CannotRunError when the environment can't have such a fleet */
  constructor(private readonly options: ModelledFleetOptions) {
    this.initial = this.launched();
    this.instances = [...this.initial];
    this.nodes = new Map(this.initial.map((instance) => [instance.instanceId, this.node(instance)]));
    this.controlPlane = new Set(
      this.initial.filter(({ role }) => role === 'control-plane').map(({ instanceId }) => instanceId),
    );
  }

  private launched(): readonly NodeInstance[] {
    const { assembly, launchedAt, nodes } = this.options;
    try {
      return largeFleet(assembly, launchedAt, nodes);
    } catch (error) {
      if (error instanceof RangeError) throw new CannotRunError(error.message);
      throw error;
    }
  }

  private node(instance: NodeInstance): FleetNode {
    const random = this.options.random.stream(`node/${instance.instanceId}`);
    const model = new NodeModel({
      role: instance.role,
      // As the AMIs name their root device: Ubuntu is ext4, Amazon Linux xfs.
      fsType: instance.rootDeviceName === '/dev/xvda' ? 'xfs' : 'ext4',
      diskGiB: instance.volume.sizeGiB,
      usedPercent: random.between(20, 60),
      reclaimablePercent: random.between(0, 30),
      growthPercentPerHour: random.between(0, 1),
      createdAt: this.options.createdAt,
    });
    return { instance, model, agentDead: false, gone: false, rebooting: false, stuck: false };
  }

  /** Terminated, and EC2 does not know it any more. */
  vanish(node: FleetNode): void {
    node.gone = true;
    this.instances.splice(this.instances.indexOf(node.instance), 1);
  }

  /** Nothing more is written to any disk. */
  stopGrowth(now: Date): void {
    for (const { model } of this.nodes.values()) model.stopGrowth(now);
  }

  /**
   * Whether the control plane can't spare this node: it belongs to it, and another member is not well.
   * @param inFlight whether the node is being healed
   */
  needs({ instance: { instanceId } }: FleetNode, inFlight: (instanceId: string) => boolean): boolean {
    if (!this.controlPlane.has(instanceId)) return false;
    return [...this.controlPlane].some((id) => {
      const other = this.nodes.get(id);
      const well = other && !other.rebooting && !other.gone && other.model.kubeletHealthy && !inFlight(id);
      return id !== instanceId && well !== true;
    });
  }
}
