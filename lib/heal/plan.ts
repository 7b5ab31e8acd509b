import { Duration } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { volumeCostPerMonth } from '../audit/tables/ebs-prices';
import { BLIND_ENVIRONMENT, PLAN_ENVIRONMENT } from '../../lambda/plan/environment';
import { namespaceLayout } from '../config/metric-namespaces';
import { controlPlaneCount, nodeGroupPolicies } from '../config/node-groups';
import type { Environment } from '../config/schema';
import { policiesText } from '../domain/node-group-policies';
import { anyAutomationExecutionArn } from '../parts/arns';
import { HandlerFunction } from '../parts/handler-function';
import { readPausesStatement } from './pauses';

/** Of gp3, by the price table of the audit. */
const usdPerGiBMonth = (region: string): string => {
  const cost = volumeCostPerMonth({ volumeType: 'gp3', sizeGiB: 1 }, region);
  return 'value' in cost ? String(cost.value) : 'unknown';
};

export interface PlanProps {
  readonly environmentName: string;
  readonly environment: Environment;
}

/** Gathers what is known of a node and asks the domain for a decision. It changes nothing. */
export class Plan extends HandlerFunction {
  constructor(scope: Construct, id: string, { environmentName, environment }: PlanProps) {
    super(scope, id, {
      environmentName,
      name: 'plan',
      description: 'Decides whether a node is healed, must grow, or needs a person',
      timeout: Duration.seconds(60),
      variables: {
        [PLAN_ENVIRONMENT.environmentName]: environmentName,
        [PLAN_ENVIRONMENT.nodeGroupPolicies]: policiesText(nodeGroupPolicies(environment)),
        [PLAN_ENVIRONMENT.namespaceLayout]: namespaceLayout(environment),
        [PLAN_ENVIRONMENT.usdPerGiBMonth]: usdPerGiBMonth(environment.region),
        [BLIND_ENVIRONMENT.controlPlaneCount]: String(controlPlaneCount(environment)),
      },
      statements: [
        new iam.PolicyStatement({
          sid: 'LookOnly',
          // None of these has a resource in IAM.
          // https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2autoscaling.html
          actions: [
            'autoscaling:DescribeAutoScalingInstances',
            'cloudwatch:GetMetricData',
            'ec2:DescribeInstanceStatus',
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
        readPausesStatement(scope, environmentName),
      ],
    });
  }
}
