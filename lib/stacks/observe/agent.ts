import { createHash } from 'node:crypto';
import * as ssm from 'aws-cdk-lib/aws-ssm';
import { Construct } from 'constructs';
import {
  TAGS,
  agentParameterName,
  documentName,
  resourcePrefix,
  type NodeRole,
} from '../../domain/names/naming';
import { renderScript } from '../../node/node-files';
import type { Documents } from '../../constructs/documents';
import { agentConfiguration } from './disk-metrics';

export interface AgentProps {
  readonly environmentName: string;
  readonly role: NodeRole;
  /** Where the agents write. */
  readonly namespace: string;
  /** ConfigureAgent among them. */
  readonly documents: Documents;
}

/** Configuration of the CloudWatch agents of one role, and its way to the nodes, present and future. */
export class Agent extends Construct {
  constructor(scope: Construct, id: string, { environmentName, role, namespace, documents }: AgentProps) {
    super(scope, id);
    const configuration = JSON.stringify(agentConfiguration(role, namespace), undefined, 2);
    const parameter = new ssm.StringParameter(this, 'Configuration', {
      parameterName: agentParameterName(environmentName, role),
      description: `CloudWatch agent configuration of ${role} nodes`,
      stringValue: configuration,
    });
    // State Manager runs again when the association changes, but notices neither a changed parameter nor a changed document: hence the hash.
    const version = createHash('sha256')
      .update(configuration + renderScript('configure-agent.sh'))
      .digest('hex')
      .slice(0, 8);
    const association = new ssm.CfnAssociation(this, 'Association', {
      // AmazonCloudWatch-ManageAgent's `configure` deletes every other configuration, and restarts the agent at each run.
      name: documentName(environmentName, 'ConfigureAgent'),
      associationName: `${resourcePrefix(environmentName)}-cloudwatch-agent-${role}-${version}`,
      // The shortest that State Manager knows. An agent that came a minute after the node's registration, or was stopped or
      // changed by hand, must not be without its configuration for a day. A run leaves some 70 KB on the node, for 24 hours.
      // https://docs.aws.amazon.com/systems-manager/latest/userguide/reference-cron-and-rate-expressions.html
      scheduleExpression: 'rate(30 minutes)',
      targets: [
        { key: `tag:${TAGS.environment}`, values: [environmentName] },
        { key: `tag:${TAGS.role}`, values: [role] },
      ],
      parameters: { ConfigurationParameter: [parameter.parameterName] },
    });
    association.node.addDependency(documents);
  }
}
