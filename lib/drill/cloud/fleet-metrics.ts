import type { DrillNode, GuestDiskFigures } from '../drill-node';
import type { Assembly } from './assembly';
import type { ModelledInstance } from './fleet';
import type { MessageQueue } from './message-queue';
import type { MetricStore } from './metric-store';
import { agentConfiguration, agentData, guestMount, type Mount } from './node-metrics';
import { serviceMetrics } from './service-metrics';
import type { ModelledAutoScalingGroup } from './services/autoscaling';
import { BYTES_PER_GIB } from './services/ec2-state';

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
  readonly instances: readonly ModelledInstance[];
  readonly drilled: ModelledInstance;
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
