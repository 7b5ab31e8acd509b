import type { Template } from 'aws-cdk-lib/assertions';
import { environmentOf, resources, shipped, synthesize } from '../../app/synthesized';
import { CHAT } from '../../security/support/every-environment';

const withChat = (chat: object): Template => {
  const environment = environmentOf('prod');
  return synthesize('prod', { ...environment, notifications: { emails: ['oncall@example.com'], chat } }).heal;
};
const only = (template: Template, type: string) => Object.values(resources(template, type));

test('no shipped environment has a chat, and none is told', () => {
  for (const name of ['dev', 'staging', 'prod']) {
    const { heal } = shipped(name);
    expect(only(heal, 'AWS::Chatbot::SlackChannelConfiguration')).toEqual([]);
    expect(JSON.stringify(resources(heal, 'AWS::Lambda::Function'))).toContain(
      '"HEADROOM_CHAT_TOPIC_ARN":"none"',
    );
  }
});

test.each([
  [
    'slack',
    'AWS::Chatbot::SlackChannelConfiguration',
    { SlackWorkspaceId: 'T0123ABCD', SlackChannelId: 'C0123ABCD' },
  ],
  [
    'teams',
    'AWS::Chatbot::MicrosoftTeamsChannelConfiguration',
    {
      ...{ TeamsTenantId: CHAT.teams.tenantId, TeamId: CHAT.teams.teamId },
      TeamsChannelId: CHAT.teams.channelId,
    },
  ],
] as const)('%s alone: its channel hears the chat topic, and may do nothing', (kind, type, ids) => {
  const template = withChat({ [kind]: CHAT[kind] });
  const [topicId] = Object.entries(resources(template, 'AWS::SNS::Topic')).find(
    ([, { Properties }]) => Properties['TopicName'] === 'headroom-prod-chat',
  )!;
  const [channel, ...more] = only(template, type);
  expect(more).toEqual([]);
  expect(channel?.Properties).toMatchObject({
    ...{ ...ids, ConfigurationName: `headroom-prod-${kind}`, UserRoleRequired: false },
    SnsTopicArns: [{ Ref: topicId }],
  });
  expect(JSON.stringify(channel?.Properties['GuardrailPolicies'])).toMatch(
    /^\[.*:iam::aws:policy\/AWSDenyAll"?.*\]$/,
  );
  const roles = Object.entries(resources(template, 'AWS::IAM::Role')).filter(([, role]) =>
    JSON.stringify(role).includes('chatbot.amazonaws.com'),
  );
  expect(roles).toHaveLength(1);
  const [[roleId, role]] = roles as [(typeof roles)[number]];
  expect(role.Properties).not.toHaveProperty('ManagedPolicyArns');
  expect(role.Properties).not.toHaveProperty('Policies');
  expect(JSON.stringify(resources(template, 'AWS::IAM::Policy'))).not.toContain(roleId);
  // E-mail stays, without the chat's JSON.
  const [subscription, ...others] = only(template, 'AWS::SNS::Subscription');
  expect(others).toEqual([]);
  expect(JSON.stringify(subscription?.Properties['TopicArn'])).not.toContain(topicId);
});

test('record may publish to the people’s topic and to the chat’s, and knows both', () => {
  const template = withChat(CHAT);
  const statements = only(template, 'AWS::IAM::Policy').flatMap(
    ({ Properties }) =>
      (Properties['PolicyDocument'] as { Statement: { Sid?: string; Action: unknown; Resource: unknown }[] })
        .Statement,
  );
  const [tell, ...more] = statements.filter(({ Sid }) => Sid === 'NotifyOperators');
  expect(more).toEqual([]);
  expect(tell?.Action).toBe('sns:Publish');
  expect(tell?.Resource).toHaveLength(2);
});
