import { CfnOutput, CustomResource, Duration } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { SIZES_ENVIRONMENT, SIZES_WAIT_SECONDS } from '../../../lambda/sizes/environment';
import { declaredSizes, nodeGroups } from '../../config/node-groups';
import type { Environment } from '../../config/schema';
import { appliedSizesParameterName, documentName, environmentFile } from '../../domain/names/naming';
import { anyAutomationExecutionArn, ssmArn } from '../../constructs/arns';
import { HandlerFunction } from '../../constructs/handler-function';
import { sendTo } from '../../constructs/queue-rights';
import type { Queues } from './queues';

export interface DeclaredSizesProps {
  readonly environmentName: string;
  readonly environment: Environment;
  readonly queues: Queues;
}

/** How long reading AWS and answering may take, besides the wait. */
const MARGIN = Duration.minutes(3);

/** On deploy: grows nodes that run to the size that their group declares, and refuses one that is smaller. */
export class DeclaredSizes extends HandlerFunction {
  readonly resource: CustomResource;

  constructor(scope: Construct, id: string, { environmentName, environment, queues }: DeclaredSizesProps) {
    const parameter = appliedSizesParameterName(environmentName);
    const paths = Object.fromEntries(
      nodeGroups(environment).map((group) => [group.name, group.environmentPath]),
    );
    const timeout = Duration.seconds(SIZES_WAIT_SECONDS).plus(MARGIN);
    super(scope, id, {
      environmentName,
      name: 'sizes',
      description: 'On deploy: grows running nodes to their declared size, and refuses a smaller one',
      timeout,
      variables: {
        [SIZES_ENVIRONMENT.environmentName]: environmentName,
        [SIZES_ENVIRONMENT.healDocumentName]: documentName(environmentName, 'HealNode'),
        [SIZES_ENVIRONMENT.healQueueUrl]: queues.heal.queueUrl,
        [SIZES_ENVIRONMENT.appliedSizesParameter]: parameter,
      },
      statements: [
        new iam.PolicyStatement({
          sid: 'LookAtNodes',
          // None of these has a resource in IAM.
          actions: [
            'ec2:DescribeInstances',
            'ec2:DescribeVolumes',
            'ec2:DescribeVolumesModifications',
            'ssm:DescribeAutomationExecutions',
          ],
          resources: ['*'],
        }),
        new iam.PolicyStatement({
          sid: 'WhoIsBeingHealed',
          actions: ['ssm:GetAutomationExecution'],
          resources: [anyAutomationExecutionArn(scope)],
        }),
        sendTo('QueueNodes', queues.heal),
        new iam.PolicyStatement({
          sid: 'RememberSizes',
          actions: ['ssm:DeleteParameter', 'ssm:GetParameter', 'ssm:PutParameter'],
          resources: [ssmArn(scope, 'parameter', parameter.replace(/^\//, ''))],
        }),
      ],
    });
    this.resource = new CustomResource(this, 'Resource', {
      serviceToken: this.function.functionArn,
      resourceType: 'Custom::HeadroomDeclaredSizes',
      // CloudFormation's own hour is long to wait for a function that died.
      serviceTimeout: timeout.plus(Duration.minutes(1)),
      properties: {
        EnvironmentFile: environmentFile(environmentName),
        Groups: Object.entries(declaredSizes(environment)).map(([name, sizeGiB]) => ({
          Name: name,
          SizeGiB: sizeGiB,
          Path: paths[name],
        })),
      },
    });
    new CfnOutput(this, 'Summary', {
      description: 'How the running nodes compared with their declared size at this deployment',
      value: this.resource.getAttString('Summary'),
    });
  }
}
