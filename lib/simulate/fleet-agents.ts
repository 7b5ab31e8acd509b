import { DISK_METRIC, INODE_METRICS } from '../domain/names/disk-metric';
import { NODE_ROLES } from '../domain/names/naming';
import { agentSeries, type AgentSeries, type Assembly, type MetricStore } from '../../packages/local-aws/src';
import { agentConfiguration } from '../drill/cloud/node-metrics';
import type { FleetNode } from './fleet-machines';

/** What the sweep, the plan and the record read. */
const READ: ReadonlySet<string> = new Set([DISK_METRIC.name, INODE_METRICS.used, INODE_METRICS.total]);

export interface FleetAgentsOptions {
  readonly assembly: Assembly;
  readonly environmentName: string;
  readonly nodes: Iterable<FleetNode>;
  readonly store: MetricStore;
}

/** The CloudWatch agents of the fleet, with the synthesized configuration: each node's use of its root filesystem. */
export class FleetAgents {
  private readonly agents: readonly { readonly node: FleetNode; readonly series: readonly AgentSeries[] }[];

  constructor(private readonly options: FleetAgentsOptions) {
    const { assembly, environmentName, nodes } = options;
    const configurations = new Map(
      NODE_ROLES.map((role) => [role, agentConfiguration(assembly, environmentName, role)]),
    );
    this.agents = [...nodes].map((node) => {
      const { instance, model } = node;
      const mount = { path: '/', fsType: model.fsType, device: instance.rootDeviceName };
      const all = agentSeries(configurations.get(instance.role) ?? {}, instance, mount);
      return { node, series: all.filter(({ name }) => READ.has(name)) };
    });
  }

  /** What every node that can sends at `at`. */
  publish(at: Date): void {
    for (const { node, series } of this.agents) {
      if (node.gone || node.agentDead) continue;
      const figures = node.model.figures(at);
      for (const { namespace, name, dimensions, valueOf } of series) {
        this.options.store.put({ namespace, name, dimensions, at, value: valueOf(figures) });
      }
    }
  }
}
