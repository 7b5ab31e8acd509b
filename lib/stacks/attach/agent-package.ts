import * as ssm from 'aws-cdk-lib/aws-ssm';
import { Construct } from 'constructs';
import { TAGS, resourcePrefix } from '../../domain/names/naming';

export interface AgentPackageProps {
  readonly environmentName: string;
}

/** The CloudWatch agent on nodes that were created without it. Their configuration comes from the observe stack. */
export class AgentPackage extends Construct {
  constructor(scope: Construct, id: string, { environmentName }: AgentPackageProps) {
    super(scope, id);
    new ssm.CfnAssociation(this, 'Association', {
      name: 'AWS-ConfigureAWSPackage',
      associationName: `${resourcePrefix(environmentName)}-cloudwatch-agent-package`,
      // The shortest that State Manager knows: a node that had no room gets it soon after it was healed. Where it is there, nothing
      // is installed. https://docs.aws.amazon.com/systems-manager/latest/userguide/reference-cron-and-rate-expressions.html
      scheduleExpression: 'rate(30 minutes)',
      targets: [{ key: `tag:${TAGS.environment}`, values: [environmentName] }],
      parameters: { action: ['Install'], name: ['AmazonCloudWatchAgent'] },
      // No share: nodes above it would wait for the next interval, and a package that is there disrupts nothing.
      // https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_CreateAssociation.html
      maxConcurrency: '100%',
      maxErrors: '100%',
      complianceSeverity: 'MEDIUM',
    });
  }
}
