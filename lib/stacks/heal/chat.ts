import { Stack } from 'aws-cdk-lib';
import * as chatbot from 'aws-cdk-lib/aws-chatbot';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as sns from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import type { ChatChannels } from '../../config/notifications-schema';
import { chatTopicName, resourcePrefix } from '../../domain/names/naming';

export interface ChatProps {
  readonly environmentName: string;
  readonly channels: ChatChannels;
}

/**
 * Channels of Slack and Teams, notified by Amazon Q Developer in chat applications. It reads custom notifications (`lib/domain/messages/chat-message`)
 * from a separate topic: the operators' topic has text for e-mail, which it would drop. A channel can do nothing in the account.
 */
export class Chat extends Construct {
  readonly topic: sns.Topic;

  constructor(scope: Construct, id: string, { environmentName, channels: { slack, teams } }: ChatProps) {
    super(scope, id);
    this.topic = new sns.Topic(this, 'Topic', {
      topicName: chatTopicName(environmentName),
      displayName: `Headroom ${environmentName}, chat`,
      enforceSSL: true,
    });
    // The service asks for a role; this one has no policy, and the guardrail denies what another one would allow.
    const role = new iam.Role(this, 'Role', {
      description: `Headroom ${environmentName}: a chat channel, which may do nothing`,
      assumedBy: new iam.ServicePrincipal('chatbot.amazonaws.com'),
    });
    const common = {
      iamRoleArn: role.roleArn,
      snsTopicArns: [this.topic.topicArn],
      // Left out, it is AdministratorAccess.
      // https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSDenyAll.html
      guardrailPolicies: [`arn:${Stack.of(this).partition}:iam::aws:policy/AWSDenyAll`],
      // Says which messages it could not deliver.
      loggingLevel: 'ERROR',
      userRoleRequired: false,
    };
    if (slack)
      new chatbot.CfnSlackChannelConfiguration(this, 'Slack', {
        ...{ ...common, configurationName: `${resourcePrefix(environmentName)}-slack` },
        ...{ slackWorkspaceId: slack.workspaceId, slackChannelId: slack.channelId },
      });
    if (teams)
      new chatbot.CfnMicrosoftTeamsChannelConfiguration(this, 'Teams', {
        ...{ ...common, configurationName: `${resourcePrefix(environmentName)}-teams` },
        ...{ teamsTenantId: teams.tenantId, teamId: teams.teamId, teamsChannelId: teams.channelId },
      });
  }
}
