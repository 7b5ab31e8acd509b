import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { NodeRole } from '../domain/naming';
import { etcdSnapshotStatements } from '../parts/etcd-snapshot-rights';
import { nodeStatements } from '../parts/node-statements';

export interface NodeRoleProps {
  readonly environmentName: string;
  readonly role: NodeRole;
}

/** The instance role of one kind of node. */
export class NodeIamRole extends iam.Role {
  constructor(scope: Construct, id: string, { environmentName, role }: NodeRoleProps) {
    super(scope, id, {
      assumedBy: new iam.ServicePrincipal('ec2.amazonaws.com'),
      description: `Headroom ${environmentName}: nodes of the role ${role}`,
    });
    const statements = nodeStatements(this, {
      environmentName,
      roles: [role],
      awsDocuments: ['AmazonCloudWatch-ManageAgent'],
    });
    if (role === 'control-plane') statements.push(...etcdSnapshotStatements(this, environmentName));
    for (const statement of statements) this.addToPolicy(statement);
  }
}
