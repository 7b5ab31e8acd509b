import { unwitnessed, type Unwitnessed } from '../src/unwitnessed';
import { readAutomation } from '../src/automation/document';
import { Background } from '../src/time/background';
import type { ModelledInstance } from '../src/fleet/instances';
import { LocalAws } from '../src/api/local-aws';
import { MessageQueue } from '../src/queues/message-queue';
import { MetricStore } from '../src/metrics/metric-store';
import { cloudwatchService } from '../src/services/cloudwatch';
import { ec2Service } from '../src/services/ec2';
import { BYTES_PER_GIB, DEFAULT_VOLUME_TIMING } from '../src/services/ec2-state';
import { s3Service } from '../src/services/s3';
import { snsService } from '../src/services/sns';
import { sqsService } from '../src/services/sqs';
import { Automations, DEFAULT_AUTOMATION_LIMITS } from '../src/services/ssm-automation';
import { opsItemOperations } from '../src/services/ssm-ops-items';
import { document, PLACE } from './support/resources';
import { VirtualClock } from '../src/time/virtual-clock';

const INSTANCE = 'i-0123456789abcdef0';
const VOLUME = 'vol-0123456789abcdef0';
const TOPIC = 'arn:aws:sns:eu-west-1:111122223333:people';
const TOKENS = ['11111111-1111-4111-8111-111111111111', '22222222-2222-4222-8222-222222222222'];

function account(limits = {}, behaviours: Partial<Unwitnessed> = {}, timing = {}) {
  const clock = new VirtualClock();
  const background = new Background();
  const resized: number[] = [];
  const instance: ModelledInstance = {
    instanceId: INSTANCE,
    tags: { env: 'dev' },
    imageId: 'ami-1',
    instanceType: 't4g.small',
    subnetId: 'subnet-1',
    availabilityZone: 'eu-west-1a',
    privateIp: '10.0.0.5',
    rootDeviceName: '/dev/sda1',
    launchedAt: clock.now(),
    autoScalingGroupName: undefined,
    userData: '',
    volume: {
      volumeId: VOLUME,
      tags: { env: 'dev' },
      createdAt: clock.now(),
      sizeGiB: 20,
      volumeType: 'gp3',
      iops: 3000,
      throughput: 125,
      modifications: [],
    },
  };
  const inBackground = (what: string, work: Promise<void>): void => background.add(what, work);
  const heal = document('Heal', 'Automation', {
    schemaVersion: '0.3',
    assumeRole: 'arn:aws:iam::111122223333:role/heal',
    parameters: { InstanceId: { type: 'String', allowedPattern: '^i-[0-9a-f]{8,17}$' } },
    mainSteps: [{ name: 'rest', action: 'aws:sleep', inputs: { Duration: 'PT60S' } }],
  });
  readAutomation(heal);
  const automations = new Automations({
    clock,
    place: PLACE,
    documents: [heal],
    inBackground,
    onEnd: () => undefined,
    limits: { ...DEFAULT_AUTOMATION_LIMITS, ...limits },
    unwitnessed: unwitnessed(behaviours),
    worldFor: () => ({
      clock,
      place: PLACE,
      onEvent: () => undefined,
      call: () => Promise.reject(new Error('no calls')),
      invokeFunction: () => Promise.reject(new Error('no functions')),
      runPython: () => Promise.reject(new Error('no Python')),
    }),
  });
  const queue = new MessageQueue(
    {
      name: 'q.fifo',
      url: 'https://q.fifo',
      arn: 'arn:q',
      fifo: true,
      contentBasedDeduplication: false,
      visibilityTimeoutSeconds: 30,
    },
    () => undefined,
  );
  const aws = new LocalAws({
    clock,
    services: {
      ssm: { ...automations.operations, ...opsItemOperations(clock, PLACE, [], () => undefined) },
      ec2: ec2Service({
        clock,
        place: PLACE,
        instances: [instance],
        inBackground,
        timing: { ...DEFAULT_VOLUME_TIMING, ...timing },
        unwitnessed: unwitnessed(behaviours),
        resize: (_instance, bytes) => Promise.resolve(void resized.push(bytes)),
        reboot: () => Promise.resolve(),
      }),
      cloudwatch: cloudwatchService(clock, new MetricStore()),
      sns: snsService(clock, [TOPIC], () => undefined),
      s3: s3Service(clock, PLACE, ['evidence'], new Map()),
      sqs: sqsService(clock, [queue]),
    },
  });
  return { aws, clock, background, resized, automations, queue };
}

test.each([
  ['ec2:DescribeInstances', { InstanceIds: ['i-0fffffffffffffff0'] }, 'InvalidInstanceID.NotFound'],
  ['ec2:DescribeInstances', { InstanceIds: ['i-1; reboot'] }, 'InvalidInstanceID.Malformed'],
  ['ec2:DescribeInstances', { InstanceIds: [INSTANCE], MaxResults: 5 }, 'InvalidParameterCombination'],
  ['ec2:DescribeInstances', { Filters: [{ Name: 'colour', Values: ['red'] }] }, 'InvalidParameterValue'],
  ['ec2:DescribeInstances', { Instances: [INSTANCE] }, 'InvalidParameterValue'],
  ['ec2:DescribeVolumes', { VolumeIds: ['vol-0fffffffffffffff0'] }, 'InvalidVolume.NotFound'],
  ['ec2:DescribeVolumesModifications', { VolumeIds: [VOLUME] }, 'InvalidVolumeModification.NotFound'],
  ['ec2:ModifyVolume', { Size: 30 }, 'MissingParameter'],
  ['ec2:ModifyVolume', { VolumeId: VOLUME, Size: '30' }, 'InvalidParameterValue'],
  ['ec2:ModifyVolume', { VolumeId: VOLUME, Size: 19 }, 'InvalidParameterValue'],
  ['ec2:ModifyVolume', { VolumeId: VOLUME, Size: 65_537 }, 'InvalidParameterValue'],
  ['ec2:ModifyVolume', { VolumeId: VOLUME, Size: 30, DryRun: true }, 'DryRunOperation'],
  ['ssm:StartAutomationExecution', { DocumentName: 'None' }, 'AutomationDefinitionNotFoundException'],
  ['ssm:StartAutomationExecution', { DocumentName: 'Heal' }, 'InvalidAutomationExecutionParametersException'],
  [
    'ssm:StartAutomationExecution',
    { DocumentName: 'Heal', Parameters: { InstanceId: ['i-1$(reboot)'] } },
    'InvalidAutomationExecutionParametersException',
  ],
  [
    'ssm:StartAutomationExecution',
    { DocumentName: 'Heal', Parameters: { InstanceId: [INSTANCE], Colour: ['red'] } },
    'InvalidAutomationExecutionParametersException',
  ],
  [
    'ssm:StartAutomationExecution',
    { DocumentName: 'Heal', Parameters: { InstanceId: [INSTANCE] }, ClientToken: 'incident-1' },
    'ValidationException',
  ],
  ['ssm:GetAutomationExecution', { AutomationExecutionId: 'none' }, 'AutomationExecutionNotFoundException'],
  ['ssm:DescribeAutomationExecutions', { Filters: [{ Key: 'Colour', Values: ['x'] }] }, 'InvalidFilterKey'],
  ['ssm:DescribeAutomationExecutions', { MaxResults: 51 }, 'ValidationException'],
  [
    'ssm:CreateOpsItem',
    { Title: 't', Source: 's', Description: 'd'.repeat(2049) },
    'OpsItemInvalidParameterException',
  ],
  ['ssm:CreateOpsItem', { Title: 't', Source: 's' }, 'ValidationException'],
  ['sns:Publish', { TopicArn: `${TOPIC}-other`, Message: 'm' }, 'NotFoundException'],
  ['sns:Publish', { TopicArn: TOPIC, Message: 'm', Subject: 's'.repeat(101) }, 'InvalidParameterException'],
  ['sns:Publish', { TopicArn: TOPIC, Message: 'm', Subject: 'two\nlines' }, 'InvalidParameterException'],
  ['s3:HeadObject', { Bucket: 'evidence', Key: 'k' }, 'NotFound'],
  ['s3:HeadObject', { Bucket: 'other', Key: 'k' }, 'NotFound'],
  ['s3:GetObject', { Bucket: 'evidence', Key: 'k' }, 'NoSuchKey'],
  ['s3:PutObject', { Bucket: 'other', Key: 'k', Body: 'b' }, 'NoSuchBucket'],
  [
    's3:PutObject',
    { Bucket: 'evidence', ExpectedBucketOwner: '999999999999', Key: 'k', Body: 'b' },
    'AccessDenied',
  ],
  ['sqs:SendMessage', { QueueUrl: 'https://none', MessageBody: 'b' }, 'QueueDoesNotExist'],
  ['sqs:SendMessage', { QueueUrl: 'https://q.fifo', MessageBody: 'b' }, 'MissingParameter'],
  [
    'sqs:ChangeMessageVisibility',
    { QueueUrl: 'https://q.fifo', ReceiptHandle: 'none', VisibilityTimeout: 60 },
    'ReceiptHandleIsInvalid',
  ],
  [
    'sqs:ChangeMessageVisibility',
    { QueueUrl: 'https://q.fifo', ReceiptHandle: 'none', VisibilityTimeout: 43_201 },
    'InvalidParameterValue',
  ],
  ['cloudwatch:PutMetricData', { Namespace: 'AWS/EC2', MetricData: [] }, 'InvalidParameterValueException'],
  [
    'cloudwatch:GetMetricData',
    { MetricDataQueries: [], StartTime: new Date(1), EndTime: new Date(1) },
    'ValidationError',
  ],
])('%s %j is %s', async (name, input, error) => {
  const [service = '', operation = ''] = name.split(':');
  const { aws } = account();
  await expect(aws.call(service, operation, input)).rejects.toMatchObject({ name: error, $fault: 'client' });
  expect(aws.apiCalls).toEqual({ [name]: 1 });
});

test('an operation that the local cloud does not have is an error that names it', async () => {
  await expect(account().aws.call('ec2', 'TerminateInstances', {})).rejects.toThrow(
    'no operation ec2:TerminateInstances',
  );
});

describe('volume modifications', () => {
  const modify = (aws: LocalAws, Size: number) => aws.call('ec2', 'ModifyVolume', { VolumeId: VOLUME, Size });
  const state = async (aws: LocalAws) => {
    const answer = await aws.call('ec2', 'DescribeVolumesModifications', { VolumeIds: [VOLUME] });
    return (answer.VolumesModifications as { ModificationState: string }[])[0]?.ModificationState;
  };

  test('modifying, then the disk grows and it is optimizing, then completed', async () => {
    const { aws, clock, background, resized } = account({}, { newModification: 'told-at-once' });
    await modify(aws, 30);
    expect([await state(aws), resized]).toEqual(['modifying', []]);
    await background.drained();
    expect([await state(aws), resized]).toEqual(['optimizing', [30 * BYTES_PER_GIB]]);
    await expect(modify(aws, 40)).rejects.toMatchObject({ name: 'IncorrectModificationState' });
    clock.advance(DEFAULT_VOLUME_TIMING.optimizingSeconds);
    expect(await state(aws)).toBe('completed');
  });

  test('right after the request EC2 may still know of none', async () => {
    const { aws, clock } = account({}, { newModification: 'told-late' });
    await modify(aws, 30);
    await expect(state(aws)).rejects.toMatchObject({ name: 'InvalidVolumeModification.NotFound' });
    clock.advance(3);
    expect(await state(aws)).toBe('modifying');
  });

  test('four in any 24 hours', async () => {
    const { aws, clock, background } = account({}, {}, { optimizingSeconds: 60 });
    for (const size of [30, 40, 50, 60]) {
      await modify(aws, size);
      await background.drained();
      clock.advance(60);
    }
    await expect(modify(aws, 70)).rejects.toMatchObject({ name: 'VolumeModificationRateExceeded' });
    clock.advance(86_400 - 4 * 62 - 1);
    await expect(modify(aws, 70)).rejects.toMatchObject({ name: 'VolumeModificationRateExceeded' });
    clock.advance(1);
    await expect(modify(aws, 70)).resolves.toMatchObject({ VolumeModification: { TargetSize: 70 } });
  });

  test('a failed one says why, and the volume is what it was', async () => {
    const { aws, background, resized } = account(
      {},
      { newModification: 'told-at-once' },
      { modificationFails: 'internal error' },
    );
    await aws.call('ec2', 'ModifyVolume', { VolumeId: VOLUME, Size: 30, Iops: 4000 });
    await background.drained();
    const { VolumesModifications: modifications } = await aws.call('ec2', 'DescribeVolumesModifications', {
      VolumeIds: [VOLUME],
    });
    expect(modifications).toMatchObject([{ ModificationState: 'failed', StatusMessage: 'internal error' }]);
    const { Volumes: volumes } = await aws.call('ec2', 'DescribeVolumes', { VolumeIds: [VOLUME] });
    expect(volumes).toMatchObject([{ Size: 20, Iops: 3000 }]);
    expect(resized).toEqual([]);
  });

  test('no more than the account may modify at a time', async () => {
    const { aws } = account({}, {}, { modificationStorageGiB: 25 });
    await expect(modify(aws, 30)).rejects.toMatchObject({ name: 'VolumeModificationSizeLimitExceeded' });
  });
});

describe('starts of an Automation', () => {
  const start = (aws: LocalAws, more = {}) =>
    aws.call('ssm', 'StartAutomationExecution', {
      DocumentName: 'Heal',
      Parameters: { InstanceId: [INSTANCE] },
      ...more,
    });

  test('a used token is an error, or gives the same execution; with other parameters it is an error', async () => {
    const { aws, automations, clock } = account({}, { usedClientToken: 'old-id' });
    const first = await start(aws, { ClientToken: TOKENS[0] });
    expect(await start(aws, { ClientToken: TOKENS[0] })).toEqual(first);
    const strict = account({}, { usedClientToken: 'error' });
    await start(strict.aws, { ClientToken: TOKENS[0] });
    await expect(start(strict.aws, { ClientToken: TOKENS[0] })).rejects.toMatchObject({
      name: 'IdempotentParameterMismatch',
    });
    clock.advance(2);
    const other = { ClientToken: TOKENS[0], Parameters: { InstanceId: ['i-0123456789abcdef1'] } };
    await expect(start(aws, other)).rejects.toMatchObject({ name: 'IdempotentParameterMismatch' });
    expect(automations.executions).toHaveLength(1);
  });

  test('one a second after the burst', async () => {
    const { aws, clock } = account();
    await start(aws);
    await start(aws);
    const throttled = {
      name: 'ThrottlingException',
      message: 'Rate exceeded',
      $retryable: { throttling: true },
    };
    await expect(start(aws)).rejects.toMatchObject(throttled);
    clock.advance(1);
    await start(aws);
    await expect(start(aws)).rejects.toMatchObject(throttled);
  });

  test('what is over the concurrency waits its turn, what is over the queue is refused', async () => {
    const { aws, clock, automations, background } = account({ concurrent: 1, queued: 1, startBurst: 9 });
    await start(aws);
    await start(aws);
    expect(automations.executions.map(({ status }) => status)).toEqual(['InProgress', 'Pending']);
    await expect(start(aws)).rejects.toMatchObject({ name: 'AutomationExecutionLimitExceededException' });
    await background.drained();
    expect(automations.executions.map(({ status }) => status)).toEqual(['Success', 'Success']);
    const [first, second] = automations.executions;
    expect(second?.startedAt).toEqual(first?.endedAt);
    expect(clock.now()).toEqual(second?.endedAt);
  });
});

test('a second OpsItem with the same dedup string is refused and names the first', async () => {
  const { aws } = account();
  const item = {
    Title: 't',
    Source: 's',
    Description: 'd',
    OperationalData: { '/aws/dedup': { Value: '{"dedupString":"i-1"}', Type: 'SearchableString' } },
  };
  const { OpsItemId: id } = await aws.call('ssm', 'CreateOpsItem', item);
  await expect(aws.call('ssm', 'CreateOpsItem', item)).rejects.toMatchObject({
    name: 'OpsItemAlreadyExistsException',
    OpsItemId: id,
  });
});

test('a fault fails as many calls as it says, then no more', async () => {
  const { aws } = account();
  const faulty = new LocalAws({
    clock: new VirtualClock(),
    services: { s3: s3Service(new VirtualClock(), PLACE, ['evidence'], new Map()) },
    faults: [{ fail: 's3:PutObject', error: 'SlowDown', times: 2 }],
  });
  const put = () => faulty.call('s3', 'PutObject', { Bucket: 'evidence', Key: 'k', Body: 'b' });
  await expect(put()).rejects.toMatchObject({ name: 'SlowDown' });
  await expect(put()).rejects.toMatchObject({ name: 'SlowDown' });
  await expect(put()).resolves.toHaveProperty('ETag');
  expect(
    () => new LocalAws({ clock: new VirtualClock(), services: {}, faults: [{ fail: 's3:Put', error: 'x' }] }),
  ).toThrow(/fault on s3:Put/);
  await expect(
    aws.call('s3', 'PutObject', { Bucket: 'evidence', Key: 'k', Body: 'b', Colour: 1 }),
  ).rejects.toThrow(/unknown member Colour/);
});
