import { createHash } from 'node:crypto';
import * as ssm from 'aws-cdk-lib/aws-ssm';
import { Construct } from 'constructs';
import { TAGS, agentParameterName, resourcePrefix, type NodeRole } from '../domain/naming';
import { agentConfiguration } from './disk-metrics';

export interface AgentProps {
  readonly environmentName: string;
  readonly role: NodeRole;
  /** Headroom did not make the nodes: the agent may be installed only after this has run. @default false */
  readonly mayComeLater?: boolean;
}

/** Configuration of the CloudWatch agents of one role, and its way to the nodes, present and future. */
export class Agent extends Construct {
  readonly association: ssm.CfnAssociation;

  constructor(scope: Construct, id: string, { environmentName, role, mayComeLater = false }: AgentProps) {
    super(scope, id);
    const configuration = JSON.stringify(agentConfiguration(role), undefined, 2);
    const parameter = new ssm.StringParameter(this, 'Configuration', {
      parameterName: agentParameterName(environmentName, role),
      description: `CloudWatch agent configuration of ${role} nodes`,
      stringValue: configuration,
    });
    const version = createHash('sha256').update(configuration).digest('hex').slice(0, 8);
    this.association = new ssm.CfnAssociation(this, 'Association', {
      name: 'AmazonCloudWatch-ManageAgent',
      // State Manager runs again when the association changes, and does not look into the parameter: hence the hash.
      associationName: `${resourcePrefix(environmentName)}-cloudwatch-agent-${role}-${version}`,
      // Mends an agent that was stopped or changed by hand. State Manager knows no order between associations: where one
      // installs the agent, this one comes again as soon as State Manager can.
      scheduleExpression: mayComeLater ? 'rate(30 minutes)' : 'rate(1 day)',
      targets: [
        { key: `tag:${TAGS.environment}`, values: [environmentName] },
        { key: `tag:${TAGS.role}`, values: [role] },
      ],
      parameters: {
        action: ['configure'],
        mode: ['ec2'],
        optionalConfigurationSource: ['ssm'],
        optionalConfigurationLocation: [parameter.parameterName],
        optionalRestart: ['yes'],
      },
    });
  }
}
