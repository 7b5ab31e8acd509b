import * as ssm from 'aws-cdk-lib/aws-ssm';
import { Construct } from 'constructs';
import { TAGS, resourcePrefix } from '../domain/naming';

export interface AgentPackageProps {
  readonly environmentName: string;
}

/** The CloudWatch agent on nodes that were born without it. Their configuration comes from the observe stack. */
export class AgentPackage extends Construct {
  constructor(scope: Construct, id: string, { environmentName }: AgentPackageProps) {
    super(scope, id);
    new ssm.CfnAssociation(this, 'Association', {
      name: 'AWS-ConfigureAWSPackage',
      associationName: `${resourcePrefix(environmentName)}-cloudwatch-agent-package`,
      // A node that had no room gets it within the day after it was healed; where it is there, nothing is done.
      scheduleExpression: 'rate(1 day)',
      targets: [{ key: `tag:${TAGS.environment}`, values: [environmentName] }],
      parameters: { action: ['Install'], name: ['AmazonCloudWatchAgent'] },
      // A bad package must not reach a whole control plane at the same moment.
      maxConcurrency: '20%',
      maxErrors: '100%',
      complianceSeverity: 'MEDIUM',
    });
  }
}
