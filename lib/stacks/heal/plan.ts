import { Duration, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { OUT_OF_BAND_ENVIRONMENT, PLAN_ENVIRONMENT } from '../../../lambda/plan/environment';
import { usdPerGiBMonth } from '../../tables/gp3-price';
import { healingBounds, takesSnapshots } from '../../config/healing-bounds';
import { namespaceLayout } from '../../config/metric-namespaces';
import { controlPlaneCount, nodeGroupPolicies } from '../../config/node-groups';
import type { Environment } from '../../config/schema';
import { LEDGER_FOLDER } from '../../domain/plan/growth-budget';
import { policiesText } from '../../domain/plan/node-group-policies';
import { anyAutomationExecutionArn } from '../../constructs/arns';
import { readAndWrite } from '../../constructs/bucket-rights';
import { HandlerFunction } from '../../constructs/handler-function';
import { readPausesStatement } from './pauses';

export interface PlanProps {
  readonly environmentName: string;
  readonly environment: Environment;
  /** Where the month's purchases are entered. */
  readonly evidence: s3.IBucket;
}

/** Gathers what is known of a node and asks the domain for a decision. It changes nothing, and enters what is about to be bought. */
export class Plan extends HandlerFunction {
  constructor(scope: Construct, id: string, { environmentName, environment, evidence }: PlanProps) {
    super(scope, id, {
      environmentName,
      name: 'plan',
      description: 'Decides whether a node is healed, must grow, or must be escalated',
      timeout: Duration.seconds(60),
      variables: {
        [PLAN_ENVIRONMENT.environmentName]: environmentName,
        [PLAN_ENVIRONMENT.nodeGroupPolicies]: policiesText(nodeGroupPolicies(environment)),
        [PLAN_ENVIRONMENT.namespaceLayout]: namespaceLayout(environment),
        [PLAN_ENVIRONMENT.usdPerGiBMonth]: String(usdPerGiBMonth(environment.region) ?? 'unknown'),
        [PLAN_ENVIRONMENT.healingBounds]: JSON.stringify(
          healingBounds(environmentName, environment, usdPerGiBMonth),
        ),
        [PLAN_ENVIRONMENT.snapshotFirst]: takesSnapshots(environment) ? 'yes' : 'no',
        [PLAN_ENVIRONMENT.evidenceBucketName]: evidence.bucketName,
        [PLAN_ENVIRONMENT.evidenceBucketOwner]: Stack.of(scope).account,
        [OUT_OF_BAND_ENVIRONMENT.controlPlaneCount]: String(controlPlaneCount(environment)),
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
            ...(takesSnapshots(environment) ? ['ec2:DescribeSnapshots'] : []),
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
        ...readAndWrite(scope, evidence, [LEDGER_FOLDER]),
        readPausesStatement(scope, environmentName),
      ],
    });
  }
}
