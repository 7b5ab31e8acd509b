import { Match, type Template } from 'aws-cdk-lib/assertions';
import { NONE } from '../../../lambda/record/environment';
import { environmentOf, resources, shipped, synthesize } from '../../app/synthesized';
import { webhookOf } from '../../security/support/every-environment';

const environment = environmentOf('prod');
const WEBHOOK = webhookOf(environment);
const withWebhook = (webhook: object): Template =>
  synthesize('prod', {
    ...environment,
    notifications: { emails: ['oncall@example.com'], webhook: { url: WEBHOOK.url, ...webhook } },
  }).heal;
const template = withWebhook(WEBHOOK);
const idOf = (type: string): string =>
  Object.keys(resources(template, type)).find((id) => id.startsWith('Webhook'))!;
const [RULE_ID, DESTINATION_ID, QUEUE_ID] = [
  idOf('AWS::Events::Rule'),
  idOf('AWS::Events::ApiDestination'),
  idOf('AWS::SQS::Queue'),
];

test('no shipped environment has a webhook, and none is notified', () => {
  for (const name of ['dev', 'staging', 'prod']) {
    const { heal } = shipped(name);
    for (const kind of ['EventBus', 'Connection', 'ApiDestination'])
      heal.resourceCountIs(`AWS::Events::${kind}`, 0);
    const text = JSON.stringify(heal.toJSON());
    expect(text).toContain(`"HEADROOM_WEBHOOK_BUS_NAME":"${NONE}"`);
    expect(text).not.toMatch(/"AlarmName":"[^"]*webhook|"QueueName":"[^"]*webhook|events:PutEvents/);
  }
});

test('the key is named in the template, and is not in it', () => {
  template.hasResourceProperties('AWS::Events::Connection', {
    Name: 'headroom-prod-webhook',
    AuthorizationType: 'API_KEY',
    AuthParameters: {
      ApiKeyAuthParameters: {
        ApiKeyName: 'X-Api-Key',
        ApiKeyValue: `{{resolve:secretsmanager:${WEBHOOK.apiKey.secretArn}:SecretString:::}}`,
      },
    },
  });
});

test('without a key there is a connection all the same, whose header is no secret', () => {
  withWebhook({}).hasResourceProperties('AWS::Events::Connection', {
    AuthorizationType: 'API_KEY',
    AuthParameters: {
      ApiKeyAuthParameters: { ApiKeyName: 'X-Headroom-Environment', ApiKeyValue: 'prod' },
    },
  });
});

test('a bus of its own, whose rule posts the notification itself', () => {
  template.hasResourceProperties('AWS::Events::EventBus', { Name: 'headroom-prod' });
  template.hasResourceProperties('AWS::Events::ApiDestination', {
    ...{ HttpMethod: 'POST', InvocationEndpoint: WEBHOOK.url, InvocationRateLimitPerSecond: 10 },
  });
  template.hasResourceProperties('AWS::Events::Rule', {
    EventBusName: { Ref: idOf('AWS::Events::EventBus') },
    EventPattern: { source: ['headroom'], 'detail-type': ['Headroom Notification'] },
    Targets: [
      Match.objectLike({
        Arn: { 'Fn::GetAtt': [DESTINATION_ID, 'Arn'] },
        InputPath: '$.detail',
        RetryPolicy: { MaximumEventAgeInSeconds: 3_600, MaximumRetryAttempts: 185 },
        DeadLetterConfig: { Arn: { 'Fn::GetAtt': [QUEUE_ID, 'Arn'] } },
      }),
    ],
  });
});

test('what was not taken is kept, and seen', () => {
  template.hasResourceProperties('AWS::SQS::Queue', {
    ...{ QueueName: 'headroom-prod-webhook-undelivered', MessageRetentionPeriod: 1_209_600 },
    SqsManagedSseEnabled: true,
  });
  template.hasResourceProperties('AWS::SQS::QueuePolicy', {
    Queues: [{ Ref: QUEUE_ID }],
    PolicyDocument: {
      Statement: Match.arrayWith([
        Match.objectLike({
          Action: 'sqs:SendMessage',
          Condition: { ArnEquals: { 'aws:SourceArn': { 'Fn::GetAtt': [RULE_ID, 'Arn'] } } },
          Principal: { Service: 'events.amazonaws.com' },
        }),
      ]),
    },
  });
  template.hasResourceProperties('AWS::CloudWatch::Alarm', {
    AlarmName: 'headroom-prod-webhook-undelivered',
    ...{ MetricName: 'ApproximateNumberOfMessagesVisible', Threshold: 1, AlarmActions: Match.anyValue() },
    Dimensions: [{ Name: 'QueueName', Value: { 'Fn::GetAtt': [QUEUE_ID, 'QueueName'] } }],
  });
  template.hasResourceProperties('AWS::CloudWatch::Alarm', {
    AlarmName: 'headroom-prod-webhook-unsent',
    ...{ Namespace: 'Headroom', MetricName: 'WebhookUnsent', Threshold: 1, AlarmActions: Match.anyValue() },
    Dimensions: [{ Name: 'Environment', Value: 'prod' }],
  });
});

test('EventBridge may call the webhook alone, for this rule alone', () => {
  const role = resources(template, 'AWS::IAM::Role')[idOf('AWS::IAM::Role')]!;
  const [trust, ...more] = (
    role.Properties['AssumeRolePolicyDocument'] as { Statement: { Condition: object; Principal: object }[] }
  ).Statement;
  expect(more).toEqual([]);
  expect(trust?.Principal).toEqual({ Service: 'events.amazonaws.com' });
  expect(JSON.stringify(trust?.Condition)).toMatch(
    /"aws:SourceAccount":.*"aws:SourceArn":.*:rule\/headroom-prod\/headroom-prod-webhook"/,
  );
  template.hasResourceProperties('AWS::IAM::Policy', {
    Roles: [{ Ref: idOf('AWS::IAM::Role') }],
    PolicyDocument: {
      Statement: [
        {
          ...{ Action: 'events:InvokeApiDestination', Effect: 'Allow' },
          Resource: { 'Fn::GetAtt': [DESTINATION_ID, 'Arn'] },
        },
      ],
    },
  });
});

test('record may put notifications on the webhook’s bus, and no other event', () => {
  template.hasResourceProperties('AWS::IAM::Policy', {
    PolicyDocument: {
      Statement: Match.arrayWith([
        {
          ...{ Sid: 'NotifyWebhook', Effect: 'Allow', Action: 'events:PutEvents' },
          Resource: { 'Fn::GetAtt': [idOf('AWS::Events::EventBus'), 'Arn'] },
          Condition: {
            'ForAllValues:StringEquals': { 'events:source': 'headroom' },
            Null: { 'events:source': 'false' },
            StringEquals: { 'events:detail-type': 'Headroom Notification' },
          },
        },
      ]),
    },
  });
  expect(JSON.stringify(resources(template, 'AWS::Lambda::Function'))).toContain(
    `"HEADROOM_WEBHOOK_BUS_NAME":{"Ref":"${idOf('AWS::Events::EventBus')}"}`,
  );
});
