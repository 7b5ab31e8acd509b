import { CfnOutput } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { metricNamespaces } from '../../config/metric-namespaces';
import type { AttachedEnvironment } from '../../config/schema';
import type { NodeRole } from '../../domain/names/naming';
import { etcdSnapshotStatements } from '../../constructs/etcd-snapshot-rights';
import { nodeStatements, writeAgentMetrics } from '../../constructs/node-statements';

export interface NodePoliciesProps {
  readonly environmentName: string;
  readonly environment: AttachedEnvironment;
  readonly roles: readonly NodeRole[];
}

/** What the SSM agent calls to install a package; AWS defines no resource for these. */
const PACKAGE_ACTIONS = ['ssm:GetManifest', 'ssm:PutConfigurePackageResult'];

const OF_CONTROL_PLANE = {
  attached: 'It is attached to the roles in controlPlane.nodeRoleNames',
  left: 'Attach it to the instance roles of control-plane nodes alone, or name them in controlPlane.nodeRoleNames',
};

/** What an output says of its policy, attached to some role or left to a person. */
const HINTS = {
  Node: {
    attached:
      'It is attached to the roles in nodeRoleNames and controlPlane.nodeRoleNames; attach it to the instance roles of all other nodes',
    left: 'Attach it to the instance roles, or name them in nodeRoleNames',
  },
  ControlPlane: OF_CONTROL_PLANE,
  ControlPlaneMetrics: OF_CONTROL_PLANE,
} as const;

/** What nodes need that run already, for their own instance roles. */
export class NodePolicies extends Construct {
  constructor(scope: Construct, id: string, { environmentName, environment, roles }: NodePoliciesProps) {
    super(scope, id);
    const { existing } = environment.cluster;
    const namespaces = metricNamespaces(environmentName, environment);
    const ofControlPlane = existing.controlPlane?.nodeRoleNames ?? [];
    this.policy('Node', 'what the agents on the nodes need', {
      roleNames: [...new Set([...existing.nodeRoleNames, ...ofControlPlane])],
      statements: [
        ...nodeStatements(this, {
          environmentName,
          roles,
          // All nodes get this policy: what workers must not write is in the other one.
          namespaces: [namespaces.worker],
          awsDocuments: ['AWS-ConfigureAWSPackage'],
        }),
        new iam.PolicyStatement({ sid: 'InstallAgentPackage', actions: PACKAGE_ACTIONS, resources: ['*'] }),
      ],
    });
    if (existing.controlPlane === undefined) return;
    if (namespaces['control-plane'] !== namespaces.worker)
      this.policy('ControlPlaneMetrics', 'where control-plane nodes measure, and no other node may write', {
        ...{ roleNames: ofControlPlane, statements: [writeAgentMetrics([namespaces['control-plane']])] },
      });
    // Snapshots hold every secret of the cluster: never in the policy that workers have too.
    if (environment.protect.etcdSnapshots !== undefined)
      this.policy('ControlPlane', "what saving etcd's snapshots needs; for control-plane nodes alone", {
        roleNames: ofControlPlane,
        statements: etcdSnapshotStatements(this, environmentName),
      });
  }

  /** Attached to the roles that are named; to none of them, a person attaches what the output names. */
  private policy(
    name: keyof typeof HINTS,
    about: string,
    { roleNames, statements }: { roleNames: readonly string[]; statements: iam.PolicyStatement[] },
  ): void {
    const policy = new iam.CfnManagedPolicy(this, `${name}Policy`, {
      description: `Headroom: ${about}`,
      policyDocument: new iam.PolicyDocument({ statements }),
      ...(roleNames.length > 0 && { roles: [...roleNames] }),
    });
    new CfnOutput(this, `${name}PolicyArn`, {
      key: `${name}PolicyArn`,
      value: policy.ref,
      description: `Managed policy: ${about}. ${HINTS[name][roleNames.length > 0 ? 'attached' : 'left']}`,
    });
  }
}
