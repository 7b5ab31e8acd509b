import { Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { metricNamespaces } from '../../config/metric-namespaces';
import { nodeGroups } from '../../config/node-groups';
import type { Environment } from '../../config/schema';
import { AGENT_DOCUMENTS, NODE_ROLES } from '../../domain/names/naming';
import { Documents } from '../../constructs/documents';
import { Agent } from './agent';

export interface AgentsStackProps extends StackProps {
  readonly environmentName: string;
  readonly environment: Environment;
}

/**
 * What the CloudWatch agents of one environment measure. It is there before the nodes, which take it at their first boot: by the
 * time that alarms listen, each node has been measured, so none is taken for silent.
 */
export class AgentsStack extends Stack {
  constructor(scope: Construct, id: string, props: AgentsStackProps) {
    super(scope, id, props);
    const { environmentName, environment } = props;
    const groups = nodeGroups(environment);
    const namespaces = metricNamespaces(environmentName, environment);
    const documents = new Documents(this, 'Documents', {
      environmentName,
      names: AGENT_DOCUMENTS,
      placeholders: {},
    });
    for (const role of NODE_ROLES)
      if (role === 'worker' || groups.some((group) => group.role === role))
        new Agent(this, `Agent-${role}`, { environmentName, role, namespace: namespaces[role], documents });
  }
}
