import { Duration } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { SWEEP_ENVIRONMENT } from '../../../lambda/sweep/environment';
import { namespaceLayout } from '../../config/metric-namespaces';
import { attachedWorkers, declaredSizes, nodeGroupFilesystems } from '../../config/node-groups';
import type { Environment } from '../../config/schema';
import { METRIC_NAMESPACE, documentName } from '../../domain/names/naming';
import { SWEEP_MINUTES } from '../../domain/sweep/group-look';
import { anyAlarmArn, anyAutomationExecutionArn } from '../../constructs/arns';
import { HandlerFunction } from '../../constructs/handler-function';
import { failuresTo, sendTo } from '../../constructs/queue-rights';
import { readPausesStatement } from './pauses';
import type { Queues } from './queues';

/** A lost event costs this long, never a node. */
const SWEEP_EVERY = Duration.minutes(SWEEP_MINUTES);

export interface SweepProps {
  readonly environmentName: string;
  readonly environment: Environment;
  readonly queues: Queues;
}

/** Checks every node on a schedule and queues what no alarm reported. */
export class Sweep extends HandlerFunction {
  constructor(scope: Construct, id: string, { environmentName, environment, queues }: SweepProps) {
    super(scope, id, {
      environmentName,
      name: 'sweep',
      description: 'Queues nodes that are over a level, silent, half-healed or below their declared size',
      // Below the schedule, so that two sweeps never overlap.
      timeout: Duration.minutes(4),
      variables: {
        [SWEEP_ENVIRONMENT.environmentName]: environmentName,
        [SWEEP_ENVIRONMENT.healDocumentName]: documentName(environmentName, 'HealNode'),
        [SWEEP_ENVIRONMENT.healQueueUrl]: queues.heal.queueUrl,
        [SWEEP_ENVIRONMENT.diskLevels]: JSON.stringify(environment.diskLevels),
        [SWEEP_ENVIRONMENT.filesystems]: JSON.stringify(nodeGroupFilesystems(environment)),
        [SWEEP_ENVIRONMENT.namespaceLayout]: namespaceLayout(environment),
        [SWEEP_ENVIRONMENT.declaredSizes]: JSON.stringify(declaredSizes(environment)),
        [SWEEP_ENVIRONMENT.attachedWorkers]: JSON.stringify(attachedWorkers(environment)),
      },
      statements: [
        new iam.PolicyStatement({
          sid: 'LookAtNodes',
          // None of these has a resource in IAM.
          actions: [
            'cloudwatch:GetMetricData',
            'ec2:DescribeInstances',
            'ec2:DescribeVolumes',
            'ec2:DescribeVolumesModifications',
            'ssm:DescribeAutomationExecutions',
          ],
          resources: ['*'],
        }),
        new iam.PolicyStatement({
          sid: 'LookAtAlarms',
          actions: ['cloudwatch:DescribeAlarms'],
          resources: [anyAlarmArn(scope)],
        }),
        new iam.PolicyStatement({
          sid: 'WhoIsBeingHealed',
          actions: ['ssm:GetAutomationExecution'],
          resources: [anyAutomationExecutionArn(scope)],
        }),
        sendTo('QueueFindings', queues.heal),
        sendTo('KeepFailures', queues.undelivered),
        readPausesStatement(scope, environmentName),
        new iam.PolicyStatement({
          sid: 'WriteMetrics',
          actions: ['cloudwatch:PutMetricData'],
          // PutMetricData has no resource; the namespace is what narrows it.
          resources: ['*'],
          conditions: { StringEquals: { 'cloudwatch:namespace': METRIC_NAMESPACE } },
        }),
      ],
    });
    this.function.configureAsyncInvoke({
      // The next sweep is the better retry; a sweep that fails is seen by the alarm on this queue.
      retryAttempts: 0,
      maxEventAge: SWEEP_EVERY,
      onFailure: failuresTo(queues.undelivered),
    });
    new events.Rule(this, 'Schedule', {
      description: `Headroom ${environmentName}: the sweep`,
      schedule: events.Schedule.rate(SWEEP_EVERY),
      targets: [new LambdaFunction(this.function, { deadLetterQueue: queues.undelivered })],
    });
  }
}
