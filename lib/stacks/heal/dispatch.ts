import { Duration, Names } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { DISPATCH_ENVIRONMENT } from '../../../lambda/dispatch/environment';
import { usdPerGiBMonth } from '../../tables/gp3-price';
import { healingBounds } from '../../config/healing-bounds';
import { watchedGroups } from '../../config/node-groups';
import type { Environment } from '../../config/schema';
import { documentName } from '../../domain/names/naming';
import { anyAutomationExecutionArn, automationDefinitionArn, documentArn } from '../../constructs/arns';
import { HandlerFunction } from '../../constructs/handler-function';
import { pollFrom, sendTo } from '../../constructs/queue-rights';
import { readPausesStatement } from './pauses';
import type { Queues } from './queues';

/** At one start a second a full batch takes ten; the rest is for throttled calls. */
export const DISPATCH_TIMEOUT = Duration.seconds(60);

/** AWS starts at most one execution a second, so a batch larger than the timeout allows would come back undone. */
const BATCH_SIZE = 10;

export interface DispatchProps {
  readonly environmentName: string;
  readonly environment: Environment;
  readonly queues: Queues;
  /** The role that the executions run with. */
  readonly automationRoleArn: string;
}

/** From the queue to a running HealNode. */
export class Dispatch extends HandlerFunction {
  constructor(
    scope: Construct,
    id: string,
    { environmentName, environment, queues, automationRoleArn }: DispatchProps,
  ) {
    super(scope, id, {
      environmentName,
      name: 'dispatch',
      description: 'Starts HealNode for nodes in alarm, at most one per second',
      timeout: DISPATCH_TIMEOUT,
      // One at a time: the pace of one start per second is kept inside an invocation. Lambda leaves at least
      // 100 unreserved: an account whose concurrency limit is still 10 must have it raised before the deploy.
      reservedConcurrentExecutions: 1,
      variables: {
        [DISPATCH_ENVIRONMENT.environmentName]: environmentName,
        [DISPATCH_ENVIRONMENT.healDocumentName]: documentName(environmentName, 'HealNode'),
        [DISPATCH_ENVIRONMENT.watchedGroups]: JSON.stringify(watchedGroups(environment)),
        [DISPATCH_ENVIRONMENT.healingBounds]: JSON.stringify(
          healingBounds(environmentName, environment, usdPerGiBMonth),
        ),
        [DISPATCH_ENVIRONMENT.healQueueUrl]: queues.heal.queueUrl,
        [DISPATCH_ENVIRONMENT.deadLetterQueueUrl]: queues.deadLetters.queueUrl,
      },
      statements: [
        ...dispatchStatements(scope, environmentName, automationRoleArn),
        ...queueStatements(queues),
      ],
    });
    // The CDK's own event source also grants what Lambda does not call.
    this.function.addEventSourceMapping(`SqsEventSource:${Names.nodeUniqueId(queues.heal.node)}`, {
      eventSourceArn: queues.heal.queueArn,
      batchSize: BATCH_SIZE,
      reportBatchItemFailures: true,
      // The minimum that Lambda allows; the reservation above makes it one.
      maxConcurrency: 2,
    });
  }
}

const queueStatements = ({ heal, deadLetters }: Queues): iam.PolicyStatement[] => [
  pollFrom('TakeNodes', heal),
  new iam.PolicyStatement({
    sid: 'MakeThemWait',
    actions: ['sqs:ChangeMessageVisibility'],
    resources: [heal.queueArn],
  }),
  sendTo('KeepWhatCannotBeRead', deadLetters),
];

const dispatchStatements = (
  scope: Construct,
  environmentName: string,
  automationRoleArn: string,
): iam.PolicyStatement[] => [
  new iam.PolicyStatement({
    sid: 'StartHealNode',
    actions: ['ssm:StartAutomationExecution'],
    resources: [
      documentArn(scope, environmentName, 'HealNode'),
      automationDefinitionArn(scope, environmentName),
      anyAutomationExecutionArn(scope),
    ],
  }),
  new iam.PolicyStatement({
    sid: 'TagAndReadExecutions',
    actions: ['ssm:AddTagsToResource', 'ssm:GetAutomationExecution'],
    resources: [anyAutomationExecutionArn(scope)],
  }),
  new iam.PolicyStatement({
    sid: 'FindNodesAndExecutions',
    // Neither call has a resource in IAM.
    actions: ['ec2:DescribeInstances', 'ssm:DescribeAutomationExecutions'],
    resources: ['*'],
  }),
  new iam.PolicyStatement({
    sid: 'HandRoleToAutomation',
    actions: ['iam:PassRole'],
    resources: [automationRoleArn],
    conditions: { StringEquals: { 'iam:PassedToService': 'ssm.amazonaws.com' } },
  }),
  readPausesStatement(scope, environmentName),
];
