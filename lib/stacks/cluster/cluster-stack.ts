import { Annotations, Duration, Stack, Validations, type StackProps } from 'aws-cdk-lib';
import * as ssm from 'aws-cdk-lib/aws-ssm';
import type { Construct, IDependable } from 'constructs';
import { controlPlaneGroup, workerGroups } from '../../config/node-groups';
import { NO_CNI } from '../../config/rules';
import type { ProvisionedEnvironment } from '../../config/schema';
import { controlPlaneInstanceParameter, environmentFile } from '../../domain/names/naming';
import { ApiEndpoint } from './api-endpoint';
import { BootstrapSignal } from './bootstrap-signal';
import { ControlPlane } from './control-plane';
import { JoinParameters, clusterKey } from './join-rights';
import type { KeptKey } from '../../constructs/kept-key';
import { cniManifestOf, manifestOf, type Manifest, type ManifestKey } from './manifest';
import { Network } from './network';
import { NodeIamRole } from './node-role';
import type { DeployedSettings } from './user-data';
import { Workers } from './workers';

/** Members join one after another, each with its packages and images to fetch. */
const CONTROL_PLANE_TIMEOUT = Duration.minutes(45);
const WORKER_TIMEOUT = Duration.minutes(30);

interface GivenToWorkers {
  readonly network: Network;
  readonly key: KeptKey;
  readonly api: ApiEndpoint;
  readonly join: JoinParameters;
  readonly after: IDependable;
}

export interface ClusterStackProps extends StackProps {
  readonly environmentName: string;
  readonly environment: ProvisionedEnvironment;
}

/** Network, control plane and workers of one environment. */
export class ClusterStack extends Stack {
  private readonly instanceParameters: readonly string[];

  private readonly zones: readonly string[];

  constructor(scope: Construct, id: string, props: ClusterStackProps) {
    super(scope, id, props);
    const { environmentName, environment } = props;
    this.zones = environment.zones;
    const reason = "Zones are written out on purpose: the environment file decides where etcd's members are.";
    // cfn-lint reads the template, the CDK's own check (aws-cdk-lib@2.276.0 core/lib/private/synthesis-validation.js) the tree of constructs.
    this.templateOptions.metadata = { 'cfn-lint': { config: { ignore_checks: ['W3010'] } } };
    Validations.of(this).acknowledge({ id: 'CloudFormation-Validate::W3010', reason });
    const network = new Network(this, 'Network', {
      environmentName,
      zones: environment.zones,
      vpcCidr: environment.vpcCidr,
    });
    const key = clusterKey(this, environmentName);
    const api = new ApiEndpoint(this, 'Api', {
      ...{ environmentName, network },
      deletionProtection: environment.cluster.terminationProtection,
    });
    const { count } = environment.controlPlane;
    const controlPlaneSignal = new BootstrapSignal(this, 'ControlPlaneSignal', {
      nodes: count,
      timeout: CONTROL_PLANE_TIMEOUT,
    });
    const join = new JoinParameters(this, 'Join', environmentName);
    const role = new NodeIamRole(this, 'ControlPlaneRole', { environmentName, role: 'control-plane', key });
    const controlPlane = new ControlPlane(this, 'ControlPlane', {
      environmentName,
      environment,
      group: controlPlaneGroup(environment),
      deployed: {
        apiEndpoint: api.dnsName,
        signalUrl: controlPlaneSignal.url,
        joinParameters: join.path,
        ...this.manifests(environmentName, environment, role),
      },
      role,
      network,
    });
    controlPlane.node.addDependency(join);
    this.instanceParameters = controlPlane.instances.map(({ ref }, offset) => {
      const parameterName = controlPlaneInstanceParameter(environmentName, offset + 1);
      new ssm.StringParameter(this, `ControlPlane${offset + 1}Id`, { parameterName, stringValue: ref });
      return parameterName;
    });
    api.serve(controlPlane.instances);
    controlPlaneSignal.waitFor(controlPlane, api.ready);
    this.addWorkers(props, { network, key, api, join, after: controlPlaneSignal.done });
  }

  /**
   * Instance ids for another stack, in the order of their index. They are read from parameters whenever that stack is deployed:
   * an export could be neither changed nor removed while it is imported, so no node could go or be replaced.
   * Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-exports.html. The CDK's command
   * deploys a stack with such parameters even when its template is as it was (aws-cdk@2.1148.1, ParameterValues.hasChanges).
   */
  controlPlaneInstanceIds(consumer: Construct): readonly string[] {
    return this.instanceParameters.map((name) => ssm.StringParameter.valueForStringParameter(consumer, name));
  }

  /** Only control planes apply manifests, so only they may read them. */
  private manifests(
    environmentName: string,
    { cluster }: ProvisionedEnvironment,
    role: NodeIamRole,
  ): Pick<DeployedSettings, ManifestKey> {
    if (cluster.cniManifest === NO_CNI)
      Annotations.of(this).addWarningV2(
        'headroom:no-pod-network',
        `${environmentFile(environmentName)} has cluster.cniManifest: ${NO_CNI}. Nodes will join and stay NotReady until you apply a pod network. ` +
          'Leave the key out for flannel, or name a manifest; docs/cni.md says what each needs.',
      );
    const readable = ({ source, statements }: Manifest): string => {
      for (const statement of statements) role.addToPolicy(statement);
      return source;
    };
    return {
      cniManifest: readable(cniManifestOf(this, environmentName, cluster.cniManifest, cluster.podCidr)),
      metricsServerManifest: readable(
        manifestOf(this, environmentName, 'metricsServerManifest', cluster.metricsServerManifest),
      ),
    };
  }

  private addWorkers({ environmentName, environment }: ClusterStackProps, given: GivenToWorkers): void {
    const { network, key, api, join, after } = given;
    const groups = workerGroups(environment);
    const role = new NodeIamRole(this, 'WorkerRole', { environmentName, role: 'worker', key });
    const nodes = groups.reduce((sum, { min }) => sum + min, 0);
    const signal =
      nodes === 0 ? undefined : new BootstrapSignal(this, 'WorkerSignal', { nodes, timeout: WORKER_TIMEOUT });
    for (const group of groups) {
      const workers = new Workers(this, `Workers-${group.name}`, {
        environmentName,
        environment,
        group,
        deployed: {
          apiEndpoint: api.dnsName,
          signalUrl: signal?.url ?? '',
          joinParameters: join.path,
          cniManifest: '',
          metricsServerManifest: '',
        },
        role,
        network,
      });
      // A cluster that did not come to be needs no workers, and theirs is then not the failure that is shown.
      workers.node.addDependency(after);
      signal?.waitFor(workers);
    }
  }

  /** The environment's own list: without it the VPC would check its zones by a look-up in the account. */
  override get availabilityZones(): string[] {
    return [...this.zones];
  }
}
