import type { DrillNode } from '../drill-node';
import {
  agentData,
  type Assembly,
  BYTES_PER_GIB,
  type GuestDiskFigures,
  type MessageQueue,
  type MetricStore,
  type ModelledAutoScalingGroup,
  type Mount,
  serviceMetrics,
} from '../../../packages/local-aws/src';
import type { NodeInstance } from './node-fleet';
import { agentConfiguration, guestMount } from './node-metrics';

/** The other nodes are well: figures that no alarm minds. */
const HEALTHY_NODE: GuestDiskFigures = {
  usedPercent: 40,
  sizeBytes: 20 * BYTES_PER_GIB,
  availableBytes: 12 * BYTES_PER_GIB,
  inodesUsedPercent: 10,
};

export interface FleetMetricsOptions {
  readonly assembly: Assembly;
  readonly environmentName: string;
  readonly instances: readonly NodeInstance[];
  readonly drilled: NodeInstance;
  readonly node: DrillNode;
  readonly queues: readonly MessageQueue[];
  readonly autoScalingGroups: readonly ModelledAutoScalingGroup[];
  readonly store: MetricStore;
}

/** What the nodes' agents and the services send to CloudWatch. */
export class FleetMetrics {
  private mount: Mount | undefined;

  constructor(private readonly options: FleetMetricsOptions) {}

  /** The drilled node sends these figures, the other ones healthy ones, and an impaired or silent one nothing. */
  async publish(figures: GuestDiskFigures | undefined, at: Date): Promise<void> {
    const { assembly, environmentName, instances, drilled, node, queues, store, autoScalingGroups } =
      this.options;
    const mount = (this.mount ??= await guestMount(node));
    for (const instance of instances) {
      const configuration = agentConfiguration(assembly, environmentName, instance.role);
      const values = instance === drilled ? figures : HEALTHY_NODE;
      if (instance.impaired === true || values === undefined) continue;
      agentData(configuration, instance, values, mount, at).forEach((datum) => store.put(datum));
    }
    serviceMetrics(autoScalingGroups, instances, queues, at).forEach((datum) => store.put(datum));
  }
}
