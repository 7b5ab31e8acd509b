import { flat, resources, shipped, type Resource } from '../../app/synthesized';

const { heal } = shipped('prod');
const byName = (name: string): [string, Resource] =>
  Object.entries(resources(heal, 'AWS::SQS::Queue')).find(
    ([, { Properties }]) => Properties['QueueName'] === name,
  )!;
const eventSource = Object.values(resources(heal, 'AWS::Lambda::EventSourceMapping'))[0]!.Properties;

test('the queue keeps order, collapses duplicates, and gives up on a message after as many receives as its turn may take', () => {
  const [deadLetters] = byName('headroom-prod-heal-dlq.fifo');
  expect(byName('headroom-prod-heal.fifo')[1].Properties).toMatchObject({
    FifoQueue: true,
    ContentBasedDeduplication: true,
    RedrivePolicy: { maxReceiveCount: 60, deadLetterTargetArn: { 'Fn::GetAtt': [deadLetters, 'Arn'] } },
  });
});

test('dead letters keep two weeks, in a FIFO queue as their source demands', () => {
  expect(byName('headroom-prod-heal-dlq.fifo')[1].Properties).toMatchObject({
    FifoQueue: true,
    MessageRetentionPeriod: 1_209_600,
  });
});

test('a batch stays invisible for six times as long as dispatch may take', () => {
  const functions = Object.values(resources(heal, 'AWS::Lambda::Function')).map(
    ({ Properties }) => Properties,
  );
  const dispatch = functions.find(({ FunctionName }) => FunctionName === 'headroom-prod-dispatch');
  const visibility = byName('headroom-prod-heal.fifo')[1].Properties['VisibilityTimeout'] as number;
  expect(visibility).toBeGreaterThanOrEqual(6 * (dispatch?.['Timeout'] as number));
});

test('dispatch takes batches, one at a time, and returns only the messages that failed', () => {
  expect(eventSource).toMatchObject({
    BatchSize: 10,
    FunctionResponseTypes: ['ReportBatchItemFailures'],
    ScalingConfig: { MaximumConcurrency: 2 },
  });
  expect(flat(eventSource['EventSourceArn'])).toBe(`<${byName('headroom-prod-heal.fifo')[0]}.Arn>`);
});

test.each([
  ['headroom-prod-heal-dead-letters', 'headroom-prod-heal-dlq.fifo'],
  ['headroom-prod-heal-undelivered', 'headroom-prod-heal-undelivered'],
])('%s: notifies operators at one message in %s', (alarmName, queueName) => {
  const alarm = Object.values(resources(heal, 'AWS::CloudWatch::Alarm')).find(
    ({ Properties }) => Properties['AlarmName'] === alarmName,
  )?.Properties;
  expect(alarm).toMatchObject({
    MetricName: 'ApproximateNumberOfMessagesVisible',
    Threshold: 1,
    ComparisonOperator: 'GreaterThanOrEqualToThreshold',
    TreatMissingData: 'notBreaching',
    Dimensions: [{ Name: 'QueueName', Value: { 'Fn::GetAtt': [byName(queueName)[0], 'QueueName'] } }],
  });
  expect(alarm?.['AlarmActions']).toEqual([{ Ref: Object.keys(resources(heal, 'AWS::SNS::Topic'))[0] }]);
});
