import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createHandler } from '../../lambda/sizes/handler';
import { created, resourceIdOf } from '../../lib/domain/sizing/applied-sizes';
import { INSTANCE, NOW_MS, VOLUME } from '../domain/fixtures';
import { awsError, fakeSdk, recordingLog, type Answers } from './fake-sdk';
import { healingOutputs } from './healing-outputs';

const DOCUMENT = 'headroom-prod-HealNode';
const PARAMETER = '/headroom/prod/applied-sizes';

interface Put {
  readonly method: string | undefined;
  readonly contentType: string | undefined;
  readonly body: Record<string, unknown>;
}

/** CloudFormation's side of the response URL. */
let server: Server;
let url: string;
const puts: Put[] = [];
/** Status codes of the next answers; then 200. */
const refusing: number[] = [];
beforeAll(async () => {
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const statusCode = refusing.shift() ?? 200;
      if (statusCode === 200)
        puts.push({
          method: request.method,
          contentType: request.headers['content-type'],
          body: JSON.parse(Buffer.concat(chunks).toString()) as Record<string, unknown>,
        });
      response.writeHead(statusCode).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/answer?Signature=x`;
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

beforeEach(() => {
  puts.length = 0;
  process.env['HEADROOM_ENVIRONMENT'] = 'prod';
  process.env['HEADROOM_HEAL_DOCUMENT_NAME'] = DOCUMENT;
  process.env['HEADROOM_HEAL_QUEUE_URL'] = 'https://sqs/headroom-prod-heal.fifo';
  process.env['HEADROOM_APPLIED_SIZES_PARAMETER'] = PARAMETER;
});

/** An account with one control-plane node; each look takes ten seconds. */
const setUp = (sizeGiB: number, { record, answers = {} }: { record?: unknown; answers?: Answers } = {}) => {
  const world = {
    nowMs: NOW_MS,
    sizeGiB,
    parameter: record === undefined ? undefined : JSON.stringify(record),
  };
  const sdk = fakeSdk(['ec2', 'ssm', 'sqs'], {
    'ec2:DescribeInstances': () => ({
      Reservations: [
        {
          Instances: [
            {
              ...{ InstanceId: INSTANCE, LaunchTime: new Date(NOW_MS - 1e9), RootDeviceName: '/dev/sda1' },
              BlockDeviceMappings: [{ DeviceName: '/dev/sda1', Ebs: { VolumeId: VOLUME } }],
              Tags: [{ Key: 'headroom:node-group', Value: 'control-plane' }],
            },
            { InstanceId: 'i-0ff99ee88dd77cc66', Tags: [{ Key: 'headroom:node-group', Value: 'general' }] },
          ],
        },
      ],
    }),
    'ec2:DescribeVolumes': () => ({ Volumes: [{ VolumeId: VOLUME, Size: world.sizeGiB }] }),
    'ec2:DescribeVolumesModifications': () => ({ VolumesModifications: [] }),
    'ssm:DescribeAutomationExecutions': () => ({ AutomationExecutionMetadataList: [] }),
    'ssm:GetAutomationExecution': () => ({ AutomationExecution: { Parameters: { InstanceId: [INSTANCE] } } }),
    'ssm:GetParameter': () => {
      if (world.parameter === undefined) throw awsError('ParameterNotFound');
      return { Parameter: { Value: world.parameter } };
    },
    'ssm:PutParameter': ({ Value }: { Value: string }) => {
      world.parameter = Value;
      return {};
    },
    'ssm:DeleteParameter': () => {
      world.parameter = undefined;
      return {};
    },
    'sqs:SendMessage': () => {
      // Dispatch and HealNode do their part.
      world.sizeGiB = 40;
      return {};
    },
    ...answers,
  });
  const { log, lines } = recordingLog();
  const clock = {
    now: () => world.nowMs,
    sleep: (milliseconds: number) => {
      world.nowMs += milliseconds;
      return Promise.resolve();
    },
  };
  return { ...sdk, world, lines, handle: createHandler(sdk.clients, { clock, log }) };
};

const sizesOf = (sizeGiB: number) => ({ 'control-plane': sizeGiB });
const idOf = (sizeGiB: number): string => resourceIdOf('prod', sizesOf(sizeGiB));
const recordOf = (sizeGiB: number) => created({ resourceId: idOf(sizeGiB), sizes: sizesOf(sizeGiB) });
const event = (RequestType: string, sizeGiB: number, more: object = {}) => ({
  ...{ RequestType, ResponseURL: url, StackId: 'stack', RequestId: 'request', LogicalResourceId: 'Sizes' },
  ResourceProperties: {
    ServiceToken: 'arn',
    EnvironmentFile: 'environments/prod.yaml',
    // As CloudFormation sends them: numbers have become text.
    Groups: [{ Name: 'control-plane', SizeGiB: String(sizeGiB), Path: 'controlPlane' }],
  },
  ...more,
});
const update = (from: number, to: number) => event('Update', to, { PhysicalResourceId: idOf(from) });
const answered = (): Record<string, unknown> => {
  expect(puts).toHaveLength(1);
  return puts[0]!.body;
};

test('a larger size: the node is queued as the sweep does it, and the deploy waits until it has it', async () => {
  const { handle, inputs, world, lines } = setUp(20, { record: recordOf(20) });
  await handle(update(20, 40));
  const [message, ...more] = inputs<Record<string, string>>('sqs:SendMessage');
  expect(more).toEqual([]);
  expect(message).toMatchObject({ MessageGroupId: 'control-plane' });
  expect(JSON.parse(message?.['MessageBody'] ?? '')).toMatchObject({
    source: 'headroom.deploy',
    detail: {
      ...{ instanceId: INSTANCE, nodeGroup: 'control-plane', finding: 'below-declared-size' },
      reason: `${VOLUME} has 20 GiB, but 40 GiB are declared`,
    },
  });
  expect(world.nowMs - NOW_MS).toBe(10_000);
  expect(
    lines.filter(({ message: text }) => text === 'sizes').map(({ fields }) => fields['progress']),
  ).toEqual([
    expect.stringMatching(/^0 of 1 nodes have their declared size; .* waits for its turn/),
    '1 of 1 nodes have their declared size',
  ]);
  expect(answered()).toEqual({
    ...{ Status: 'SUCCESS', PhysicalResourceId: idOf(40), StackId: 'stack', RequestId: 'request' },
    ...{ LogicalResourceId: 'Sizes', Reason: '1 of 1 nodes have their declared size' },
    Data: { Summary: '1 of 1 nodes have their declared size' },
  });
  // The URL is signed without a content type.
  expect(puts[0]).toMatchObject({ method: 'PUT', contentType: undefined });
});

test('a smaller size is refused: file, field, rule, what was found, what to do', async () => {
  const { handle, operations, world } = setUp(40, { record: recordOf(40) });
  await handle(update(40, 30));
  expect(answered()).toMatchObject({
    Status: 'FAILED',
    PhysicalResourceId: idOf(40),
    Reason:
      'environments/prod.yaml: controlPlane.rootVolume.sizeGiB must be at least 40, which was applied last, since a volume ' +
      'cannot shrink; found: 30; fix: write 40 or more. If the nodes were replaced with smaller volumes, delete the SSM ' +
      'parameter /headroom/prod/applied-sizes and deploy again.',
  });
  expect(operations()).toEqual(['ssm:GetParameter']);
  expect(JSON.parse(world.parameter ?? '')).toEqual(recordOf(40));
});

test('a worker group may stop growing its nodes instead', async () => {
  const general = (sizeGiB: number) => [{ Name: 'general', SizeGiB: sizeGiB, Path: 'workerGroups.general' }];
  const { handle } = setUp(40, {
    record: created({ resourceId: 'r', sizes: { general: 60 } }),
  });
  const { ResourceProperties, ...request } = update(40, 40);
  await handle({ ...request, ResourceProperties: { ...ResourceProperties, Groups: general(59) } });
  expect(answered()).toMatchObject({
    Status: 'FAILED',
    Reason: expect.stringMatching(/or workerGroups\.general\.growExisting: false/) as string,
  });
});

test('the deploy fails elsewhere: its rollback to the smaller size passes, and the first size is still the one applied', async () => {
  const { handle, world } = setUp(20, { record: recordOf(20) });
  await handle(update(20, 40));
  await handle(update(40, 20));
  await handle(event('Delete', 40, { PhysicalResourceId: idOf(40) }));
  expect(puts.map(({ body }) => body['Status'])).toEqual(['SUCCESS', 'SUCCESS', 'SUCCESS']);
  expect(JSON.parse(world.parameter ?? '')).toEqual(recordOf(20));
  expect(world.sizeGiB).toBe(40);
});

test('only when the stack is through, the new size is what is refused to go below', async () => {
  const { handle, world } = setUp(20, { record: recordOf(20) });
  await handle(update(20, 40));
  await handle(event('Delete', 20, { PhysicalResourceId: idOf(20) }));
  expect(JSON.parse(world.parameter ?? '')).toEqual(recordOf(40));
  await handle(update(40, 20));
  expect(puts.at(-1)?.body['Status']).toBe('FAILED');
});

test('a first deploy overwrites what an earlier life left behind, and a deleted stack leaves nothing', async () => {
  const { handle, world } = setUp(40, { record: recordOf(500) });
  await handle(event('Create', 40));
  expect(puts[0]?.body).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: idOf(40) });
  expect(JSON.parse(world.parameter ?? '')).toEqual(recordOf(40));
  await handle(event('Delete', 40, { PhysicalResourceId: idOf(40) }));
  expect(world.parameter).toBeUndefined();
});

test('accepts a volume that healing grew beyond the declared size', async () => {
  const { handle, operations } = setUp(200, { record: recordOf(20) });
  await handle(update(20, 40));
  expect(answered()).toMatchObject({ Status: 'SUCCESS' });
  expect(operations()).not.toContain('sqs:SendMessage');
});

test('a node that EBS does not let grow now is named, and the deploy does not wait for it', async () => {
  const optimizing = {
    VolumesModifications: [
      { VolumeId: VOLUME, ModificationState: 'optimizing', Progress: 3, StartTime: new Date(NOW_MS) },
    ],
  };
  const { handle, operations, world } = setUp(20, {
    record: recordOf(20),
    answers: { 'ec2:DescribeVolumesModifications': () => optimizing },
  });
  await handle(update(20, 40));
  expect(answered()).toMatchObject({
    Status: 'SUCCESS',
    Data: {
      Summary: expect.stringMatching(
        new RegExp(`${INSTANCE}.* grows later, .*optimizing, 3 % done`),
      ) as string,
    },
  });
  expect(world.nowMs).toBe(NOW_MS);
  expect(operations()).not.toContain('sqs:SendMessage');
});

test('ends the deploy after twelve minutes, having queued the node once, and names the sweep', async () => {
  const { handle, inputs, world } = setUp(20, {
    record: recordOf(20),
    answers: { 'sqs:SendMessage': () => ({}) },
  });
  await handle(update(20, 40));
  expect(inputs('sqs:SendMessage')).toHaveLength(1);
  expect(world.nowMs - NOW_MS).toBe(12 * 60_000);
  expect(answered()).toMatchObject({
    Status: 'SUCCESS',
    Reason: expect.stringMatching(
      /waits for its turn.*; the deploy stops waiting, the sweep continues$/,
    ) as string,
  });
});

test('names a node whose healing escalated and does not wait for it', async () => {
  const escalated = {
    ...{ AutomationExecutionId: 'e1', DocumentName: DOCUMENT, AutomationExecutionStatus: 'Success' },
    ...{ ExecutionStartTime: new Date(NOW_MS), ExecutionEndTime: new Date(NOW_MS + 5_000) },
    Outputs: healingOutputs('escalate', { verdict: 'escalated' }),
  };
  const { handle, world } = setUp(20, {
    record: recordOf(20),
    answers: {
      'sqs:SendMessage': () => ({}),
      'ssm:DescribeAutomationExecutions': () => ({
        AutomationExecutionMetadataList: world.nowMs > NOW_MS ? [escalated] : [],
      }),
    },
  });
  await handle(update(20, 40));
  expect(answered()).toMatchObject({
    Status: 'SUCCESS',
    Reason: expect.stringMatching(/was not grown, its healing ended with an escalation/) as string,
  });
});

test('its healing ended well: it has its size, whatever outputs Systems Manager lists', async () => {
  const { handle, world } = setUp(20, {
    record: recordOf(20),
    answers: {
      'sqs:SendMessage': () => {
        world.sizeGiB = 40;
        return {};
      },
      'ssm:DescribeAutomationExecutions': () => ({
        AutomationExecutionMetadataList:
          world.nowMs > NOW_MS
            ? [
                {
                  ...{
                    AutomationExecutionId: 'e1',
                    DocumentName: DOCUMENT,
                    AutomationExecutionStatus: 'Success',
                  },
                  ...{ ExecutionStartTime: new Date(NOW_MS), ExecutionEndTime: new Date(NOW_MS + 5_000) },
                  Outputs: healingOutputs('record', { verdict: 'healed' }),
                },
              ]
            : [],
      }),
    },
  });
  await handle(update(20, 40));
  expect(answered()).toMatchObject({
    Status: 'SUCCESS',
    Reason: '1 of 1 nodes have their declared size',
  });
});

describe('whatever else is wrong, the deploy and its rollback go through', () => {
  const throttled = () => {
    throw awsError('ThrottlingException', 'Rate exceeded');
  };
  test.each([
    'ssm:GetParameter',
    'ssm:PutParameter',
    'ec2:DescribeInstances',
    'ec2:DescribeVolumes',
    'sqs:SendMessage',
  ])('%s fails', async (operation) => {
    const { handle } = setUp(20, { record: recordOf(20), answers: { [operation]: throttled } });
    await handle(update(20, 40));
    expect(answered()).toMatchObject({
      Status: 'SUCCESS',
      Reason: expect.stringMatching(
        /ThrottlingException: Rate exceeded; the sweep (applies|continues)/,
      ) as string,
    });
  });

  test.each(['ssm:GetParameter', 'ssm:DeleteParameter'])(
    '%s fails while the stack is deleted',
    async (operation) => {
      const { handle } = setUp(20, { record: recordOf(20), answers: { [operation]: throttled } });
      await handle(event('Delete', 20, { PhysicalResourceId: idOf(20) }));
      expect(answered()).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: idOf(20) });
    },
  );

  test('retries after a failed check', async () => {
    const { handle } = setUp(40, {
      record: recordOf(20),
      answers: {
        'ec2:DescribeVolumes': (_, count) =>
          count === 1 ? throttled() : { Volumes: [{ VolumeId: VOLUME, Size: 40 }] },
      },
    });
    await handle(update(20, 40));
    expect(answered()).toMatchObject({ Reason: '1 of 1 nodes have their declared size' });
  });

  test('answers success for unreadable properties', async () => {
    const { handle, operations } = setUp(40);
    await handle({ ...update(20, 40), ResourceProperties: { Groups: [{ Name: 'x', SizeGiB: 'many' }] } });
    expect(answered()).toMatchObject({
      Status: 'SUCCESS',
      Reason: expect.stringMatching(/SizeGiB/) as string,
    });
    expect(operations()).toEqual([]);
  });

  test('a response URL that does not answer is tried again', async () => {
    refusing.push(503, 500);
    await setUp(40, { record: recordOf(40) }).handle(update(40, 40));
    expect(answered()).toMatchObject({ Status: 'SUCCESS' });
  });

  test('throws for a call that is not from a custom resource, since there is no one to answer', async () => {
    await expect(setUp(40).handle({ RequestType: 'Update' })).rejects.toThrow(/ResponseURL/);
    expect(puts).toEqual([]);
  });
});

test('where no group declares a size for nodes that run, as with nodes that others made, the deploy is through at once', async () => {
  const { handle, operations } = setUp(20, { record: created({ resourceId: 'r', sizes: {} }) });
  await handle({ ...update(20, 40), ResourceProperties: { EnvironmentFile: 'environments/eks.yaml' } });
  expect(answered()).toMatchObject({ Status: 'SUCCESS', Reason: 'no running node has a declared size' });
  expect(operations()).not.toContain('ec2:DescribeVolumes');
});
