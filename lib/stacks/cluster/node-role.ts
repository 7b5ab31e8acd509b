import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { separateNamespaces } from '../../domain/names/metric-namespaces';
import type { NodeRole } from '../../domain/names/naming';
import { etcdSnapshotStatements } from '../../constructs/etcd-snapshot-rights';
import { nodeStatements } from '../../constructs/node-statements';
import { joinStatements } from './join-rights';

export interface NodeRoleProps {
  readonly environmentName: string;
  readonly role: NodeRole;
  readonly key: kms.IKey;
}

/** The instance role of one kind of node. */
export class NodeIamRole extends iam.Role {
  constructor(scope: Construct, id: string, { environmentName, role, key }: NodeRoleProps) {
    super(scope, id, {
      assumedBy: new iam.ServicePrincipal('ec2.amazonaws.com'),
      description: `Headroom ${environmentName}: nodes of the role ${role}`,
    });
    const statements = nodeStatements(this, {
      ...{ environmentName, roles: [role] },
      namespaces: [separateNamespaces(environmentName)[role]],
    });
    statements.push(...joinStatements(key, environmentName, role));
    if (role === 'control-plane') statements.push(...etcdSnapshotStatements(this, environmentName));
    for (const statement of statements) this.addToPolicy(statement);
  }
}
