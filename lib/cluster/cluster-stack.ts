import { Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { controlPlaneGroup, workerGroups } from '../config/node-groups';
import type { ProvisionedEnvironment } from '../config/schema';
import { ControlPlane } from './control-plane';
import { Network } from './network';
import { NodeIamRole } from './node-role';
import { Workers } from './workers';

export interface ClusterStackProps extends StackProps {
  readonly environmentName: string;
  readonly environment: ProvisionedEnvironment;
}

/** Network, control plane and workers of one environment. */
export class ClusterStack extends Stack {
  /** In the order of their index. */
  readonly controlPlaneInstanceIds: readonly string[];

  private readonly zones: readonly string[];

  constructor(scope: Construct, id: string, props: ClusterStackProps) {
    super(scope, id, props);
    const { environmentName, environment } = props;
    this.zones = environment.zones;
    // Zones are written out on purpose: the environment file decides where etcd's members are.
    this.templateOptions.metadata = { 'cfn-lint': { config: { ignore_checks: ['W3010'] } } };
    const { region, diskLevels } = environment;
    const network = new Network(this, 'Network', {
      zones: environment.zones,
      vpcCidr: environment.vpcCidr,
    });
    const controlPlane = new ControlPlane(this, 'ControlPlane', {
      environmentName,
      region,
      group: controlPlaneGroup(environment),
      diskLevels,
      count: environment.controlPlane.count,
      network,
      terminationProtection: environment.cluster.terminationProtection,
    });
    this.controlPlaneInstanceIds = controlPlane.instances.map(({ ref }) => ref);

    const role = new NodeIamRole(this, 'WorkerRole', { environmentName, role: 'worker' });
    for (const group of workerGroups(environment))
      new Workers(this, `Workers-${group.name}`, {
        environmentName,
        region,
        group,
        diskLevels,
        role,
        network,
      });
  }

  /** The environment's own list: without it the VPC would check its zones by a look-up in the account. */
  override get availabilityZones(): string[] {
    return [...this.zones];
  }
}
