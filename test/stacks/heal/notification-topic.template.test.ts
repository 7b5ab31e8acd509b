import { Match } from 'aws-cdk-lib/assertions';
import { resources, shipped } from '../../app/synthesized';

test('notifies everyone in the environment file, and no one else', () => {
  const subscriptions = Object.values(resources(shipped('prod').heal, 'AWS::SNS::Subscription'));
  expect(subscriptions.map(({ Properties }) => [Properties['Protocol'], Properties['Endpoint']])).toEqual([
    ['email', 'oncall@example.com'],
  ]);
  expect(resources(shipped('dev').heal, 'AWS::SNS::Subscription')).toEqual({});
});

test('the alarms of this environment may publish, though the topic has a policy of its own', () => {
  shipped('prod').heal.hasResourceProperties('AWS::SNS::TopicPolicy', {
    PolicyDocument: Match.objectLike({
      Statement: Match.arrayWith([
        Match.objectLike({
          Effect: 'Allow',
          Principal: { Service: 'cloudwatch.amazonaws.com' },
          Action: 'sns:Publish',
          Condition: Match.objectLike({ StringEquals: { 'aws:SourceAccount': '777788889999' } }),
        }),
      ]),
    }),
  });
  const policy = JSON.stringify(resources(shipped('prod').heal, 'AWS::SNS::TopicPolicy'));
  expect(policy).toContain(':cloudwatch:ap-northeast-1:777788889999:alarm:headroom-prod-*');
});
