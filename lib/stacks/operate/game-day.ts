import { Duration, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import type * as sns from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { GAME_DAY_ENVIRONMENT } from '../../../lambda/game-day/environment';
import type { Environment } from '../../config/schema';
import { GAME_DAY_DOCUMENTS, TAGS, documentName, resourcePrefix } from '../../domain/names/naming';
import { anyAutomationExecutionArn, anyInstanceArn, documentArn, ssmArn } from '../../constructs/arns';
import { documentPlaceholders } from '../../runbooks/document-source';
import { Documents } from '../../constructs/documents';
import { HandlerFunction } from '../../constructs/handler-function';

/** Above the warning level, so that the alarm fires; below where the kubelet begins to evict, about 85 %. Percent. */
const ABOVE_WARNING = 2;

export interface GameDayProps {
  readonly environmentName: string;
  readonly environment: Environment;
  /** Told when a game day failed. */
  readonly topic: sns.ITopic;
  /** Knows whether the other control-plane nodes are healthy. */
  readonly planFunctionArn: string;
}

/** Drills on a real node: by hand, and by schedule if the environment file says so. */
export class GameDay extends Construct {
  constructor(scope: Construct, id: string, props: GameDayProps) {
    super(scope, id);
    const { environmentName, environment, topic, planFunctionArn } = props;
    const handler = new HandlerFunction(this, 'Function', {
      environmentName,
      name: 'game-day',
      description: 'Chooses the node of a game day, waits for its healing and judges it',
      timeout: Duration.seconds(290),
      variables: {
        [GAME_DAY_ENVIRONMENT.environmentName]: environmentName,
        [GAME_DAY_ENVIRONMENT.healDocumentName]: documentName(environmentName, 'HealNode'),
        [GAME_DAY_ENVIRONMENT.topicArn]: topic.topicArn,
      },
      statements: [
        new iam.PolicyStatement({
          sid: 'LookAtNodesAndHealings',
          // None of these has a resource in IAM.
          actions: ['ec2:DescribeInstances', 'ssm:DescribeAutomationExecutions'],
          resources: ['*'],
        }),
        new iam.PolicyStatement({
          sid: 'ReadExecutions',
          actions: ['ssm:GetAutomationExecution'],
          resources: [anyAutomationExecutionArn(this)],
        }),
        new iam.PolicyStatement({
          sid: 'NotifyOperators',
          actions: ['sns:Publish'],
          resources: [topic.topicArn],
        }),
      ],
    });
    const role = this.automationRole(environmentName, [handler.function.functionArn, planFunctionArn]);
    const documents = new Documents(this, 'Documents', {
      environmentName,
      names: GAME_DAY_DOCUMENTS,
      placeholders: {
        GameDayRoleArn: role.roleArn,
        GameDayFunctionArn: handler.function.functionArn,
        PlanFunctionArn: planFunctionArn,
        FillToPercent: String(environment.diskLevels.warningPercent + ABOVE_WARNING),
        ...documentPlaceholders(environmentName, ['Drill']),
      },
    });
    if (environment.gameDays !== undefined)
      this.schedule(environmentName, environment.gameDays, role, documents);
  }

  /** May fill nodes of its environment, and ask the two functions. */
  private automationRole(environmentName: string, functionArns: readonly string[]): iam.Role {
    const role = new iam.Role(this, 'Role', {
      assumedBy: new iam.ServicePrincipal('ssm.amazonaws.com', {
        conditions: {
          StringEquals: { 'aws:SourceAccount': Stack.of(this).account },
          ArnLike: { 'aws:SourceArn': anyAutomationExecutionArn(this) },
        },
      }),
      description: `Headroom ${environmentName}: Automation GameDay`,
    });
    const statements: iam.PolicyStatementProps[] = [
      {
        sid: 'RunDrill',
        actions: ['ssm:SendCommand'],
        resources: [documentArn(this, environmentName, 'Drill')],
      },
      {
        sid: 'OnOurNodes',
        actions: ['ssm:SendCommand'],
        resources: [anyInstanceArn(this)],
        conditions: { StringEquals: { [`ssm:resourceTag/${TAGS.environment}`]: environmentName } },
      },
      {
        sid: 'FollowCommands',
        // None of these has a resource in IAM.
        actions: [
          'ssm:DescribeInstanceInformation',
          'ssm:GetCommandInvocation',
          'ssm:ListCommandInvocations',
          'ssm:ListCommands',
        ],
        resources: ['*'],
      },
      { sid: 'ChooseAndJudge', actions: ['lambda:InvokeFunction'], resources: [...functionArns] },
    ];
    for (const statement of statements) role.addToPolicy(new iam.PolicyStatement(statement));
    return role;
  }

  private schedule(
    environmentName: string,
    { nodeGroup, schedule }: NonNullable<Environment['gameDays']>,
    automationRole: iam.Role,
    documents: Documents,
  ): void {
    const name = `${resourcePrefix(environmentName)}-game-day`;
    // The group, for Scheduler names no schedule when it takes the role.
    // https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
    const group = Stack.of(this).formatArn({
      service: 'scheduler',
      resource: 'schedule-group',
      resourceName: 'default',
    });
    const role = new iam.Role(this, 'ScheduleRole', {
      assumedBy: new iam.ServicePrincipal('scheduler.amazonaws.com', {
        conditions: {
          StringEquals: { 'aws:SourceAccount': Stack.of(this).account, 'aws:SourceArn': group },
        },
      }),
      description: `Headroom ${environmentName}: starts GameDay`,
    });
    const document = documentName(environmentName, 'GameDay');
    role.addToPolicy(
      new iam.PolicyStatement({
        sid: 'StartGameDay',
        actions: ['ssm:StartAutomationExecution'],
        // Some accounts authorise against the former form still.
        resources: [
          documentArn(this, environmentName, 'GameDay'),
          ssmArn(this, 'automation-definition', `${document}:*`),
        ],
      }),
    );
    role.addToPolicy(
      new iam.PolicyStatement({
        sid: 'HandOverTheRole',
        actions: ['iam:PassRole'],
        resources: [automationRole.roleArn],
        conditions: { StringEquals: { 'iam:PassedToService': 'ssm.amazonaws.com' } },
      }),
    );
    new scheduler.CfnSchedule(this, 'Schedule', {
      name,
      description: `Headroom ${environmentName}: a game day on ${nodeGroup}`,
      scheduleExpression: schedule,
      scheduleExpressionTimezone: 'UTC',
      flexibleTimeWindow: { mode: 'OFF' },
      target: {
        // Scheduler's way to call any operation of the SDK.
        arn: `arn:${Stack.of(this).partition}:scheduler:::aws-sdk:ssm:startAutomationExecution`,
        roleArn: role.roleArn,
        input: JSON.stringify({ DocumentName: document, Parameters: { NodeGroup: [nodeGroup] } }),
        // A game day that starts hours late is a drill that no one expects.
        retryPolicy: { maximumRetryAttempts: 3, maximumEventAgeInSeconds: 900 },
      },
    }).node.addDependency(documents);
  }
}
