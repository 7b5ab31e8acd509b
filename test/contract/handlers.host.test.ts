import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ListMetricsCommand, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { GetObjectCommand, HeadObjectCommand } from '@aws-sdk/client-s3';
import { SubscribeCommand } from '@aws-sdk/client-sns';
import { GetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { StartAutomationExecutionCommand } from '@aws-sdk/client-ssm';
import type { HandlerName } from '../../lib/constructs/bundling';
import { separateNamespaces } from '../../lib/domain/names/metric-namespaces';
import { METRIC_NAMESPACE, TAGS, documentName } from '../../lib/domain/names/naming';
import { assessResult, filesystem, reclaimResult, rootFigures } from '../domain/fixtures';
import alarmEvent from '../domain/events/single-metric-alarm.json';
import { FunctionProcess, variablesOf, type Physical } from './support/function-process';
import {
  localAccount,
  type LocalAccount,
} from '../../packages/local-aws/test/contract/support/local-account';
import {
  serveSystemsManager,
  type LocalEndpoint,
} from '../../packages/local-aws/test/contract/support/local-over-http';
import { startMoto, type MotoServer } from '../../packages/local-aws/test/contract/support/moto-server';
import {
  createQueue,
  motoWorld,
  receive,
  wireClients,
  type WireClients,
} from '../../packages/local-aws/test/contract/support/moto-world';
import { VOLUME_GIB, type World } from '../../packages/local-aws/test/contract/support/world';

jest.setTimeout(60_000);

const HEAL_NODE = documentName('prod', 'HealNode');
const NODE_TAGS = {
  [TAGS.environment]: 'prod',
  [TAGS.role]: 'control-plane',
  [TAGS.nodeGroup]: 'control-plane',
};

let moto: MotoServer;
let clients: WireClients;
let world: World;
let physical: Physical;
/** Systems Manager, of which moto lacks Automation and OpsItems. */
let local: LocalAccount;
let systemsManager: LocalEndpoint;
const running: FunctionProcess[] = [];

beforeAll(async () => {
  moto = await startMoto();
  clients = wireClients(moto.endpoint);
});
beforeEach(async () => {
  world = await motoWorld(clients, NODE_TAGS);
  physical = {
    'AWS::SQS::Queue': world.queueUrl,
    'AWS::SNS::Topic': world.topicArn,
    'AWS::S3::Bucket': world.bucket,
  };
  local = localAccount(HEAL_NODE, NODE_TAGS);
  systemsManager = await serveSystemsManager(local.aws);
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((each) => each.stop()));
  await systemsManager.close();
});
afterAll(() => moto?.stop());

const started = async (
  name: HandlerName,
  endpoints: Record<string, string> = { AWS_ENDPOINT_URL_SSM: systemsManager.endpoint },
): Promise<FunctionProcess> => {
  const variables = { ...variablesOf(name, physical), AWS_ENDPOINT_URL: moto.endpoint, ...endpoints };
  const process = await FunctionProcess.start(name, variables);
  running.push(process);
  return process;
};

/** A batch of one from the queue. */
const batch = (body: string) => ({
  Records: [{ messageId: 'm-1', body, attributes: { MessageGroupId: 'control-plane' } }],
});

const alarmOf = (instanceId: string): string =>
  JSON.stringify(alarmEvent).replaceAll('i-0aa11bb22cc33dd44', instanceId);

const executions = async (): Promise<unknown> =>
  (await local.aws.call('ssm', 'DescribeAutomationExecutions', {}))['AutomationExecutionMetadataList'];

describe('dispatch, bundled', () => {
  test('a body that nobody can read is in the dead-letter queue, whole', async () => {
    const dispatch = await started('dispatch');
    const body = '{"half a line';
    expect(await dispatch.invoke(batch(body))).toEqual({ batchItemFailures: [] });
    expect(await world.received()).toEqual([body]);
    expect(await executions()).toEqual([]);
  });

  test('an alarm starts one execution for its node, and a second copy of it none', async () => {
    const dispatch = await started('dispatch');
    const event = batch(alarmOf(world.instanceId));
    expect(await dispatch.invoke(event)).toEqual({ batchItemFailures: [] });
    expect(await dispatch.invoke(event)).toEqual({ batchItemFailures: [] });
    expect(await executions()).toMatchObject([{ DocumentName: HEAL_NODE }]);
    await dispatch.logged(
      ({ message, instanceId }) => message === 'skipped' && instanceId === world.instanceId,
    );
    expect(await world.received()).toEqual([]);
  });

  test('an alarm of an instance that EC2 does not know is skipped', async () => {
    const dispatch = await started('dispatch');
    expect(await dispatch.invoke(batch(alarmOf('i-0fffffffffffffff0')))).toEqual({ batchItemFailures: [] });
    expect(await executions()).toEqual([]);
  });

  test('while Systems Manager gives no AWS answer, the alarm goes back to the queue', async () => {
    const dispatch = await started('dispatch', {}); // moto, which has no Automation
    expect(await dispatch.invoke(batch(alarmOf(world.instanceId)))).toEqual({
      batchItemFailures: [{ itemIdentifier: 'm-1' }],
    });
  });
});

test('plan, bundled: reads node, volume and history, and grows the volume', async () => {
  const now = Date.now();
  await clients.cloudwatch.send(
    new PutMetricDataCommand({
      Namespace: separateNamespaces('prod')['control-plane'],
      MetricData: [60, 70, 80].map((Value, index) => ({
        ...{ MetricName: 'disk_used_percent', Value, Timestamp: new Date(now - (3 - index) * 3_600_000) },
        Dimensions: Object.entries({ InstanceId: world.instanceId, path: '/', fstype: 'ext4' }).map(
          ([Name, Value]) => ({ Name, Value }),
        ),
      })),
    }),
  );
  const plan = await started('plan');
  const decided = await plan.invoke({
    ...{ instanceId: world.instanceId, executionId: 'e-1' },
    assessOutput: JSON.stringify(assessResult(rootFigures(100, VOLUME_GIB))),
    reclaimOutput: JSON.stringify(reclaimResult(filesystem(100, VOLUME_GIB), filesystem(97, VOLUME_GIB))),
  });
  expect(decided).toMatchObject({
    ...{ action: 'grow', volumeId: world.volumeId, volumeSizeGiB: VOLUME_GIB },
    ...{ nodeGroup: 'control-plane', growthPercentPerDay: expect.any(Number) as number },
  });
  expect((decided as { targetSizeGiB: number }).targetSizeGiB).toBeGreaterThan(VOLUME_GIB);
});

describe('record, bundled', () => {
  /** A healing that ended without figures. */
  const ended = async (): Promise<string> => {
    const { AutomationExecutionId } = (await local.world.clients.ssm.send(
      new StartAutomationExecutionCommand({
        DocumentName: HEAL_NODE,
        Parameters: { InstanceId: [world.instanceId], Trigger: ['contract'] },
      }),
    )) as { AutomationExecutionId: string };
    await local.world.pass(61);
    return AutomationExecutionId;
  };

  test('report, metrics, OpsItem and message; told twice, they are there once', async () => {
    const people = await createQueue(clients.sqs, 'people');
    const { Attributes } = await clients.sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: people, AttributeNames: ['QueueArn'] }),
    );
    await clients.sns.send(
      new SubscribeCommand({
        ...{ TopicArn: world.topicArn, Protocol: 'sqs', Endpoint: Attributes?.QueueArn },
        Attributes: { RawMessageDelivery: 'true' },
      }),
    );
    const record = await started('record');
    const event = { executionId: await ended(), conclusion: 'failed' };
    const result = (await record.invoke(event)) as { reportKey: string };
    expect(result).toMatchObject({ verdict: 'escalated', instanceId: world.instanceId, repeated: false });

    const object = { Bucket: world.bucket, Key: result.reportKey };
    expect((await clients.s3.send(new HeadObjectCommand(object))).Metadata).toMatchObject({
      ...{ verdict: 'escalated', delivered: expect.stringContaining('message') as string },
    });
    const { Body } = await clients.s3.send(new GetObjectCommand(object));
    expect(JSON.parse((await Body?.transformToString()) ?? '')).toMatchObject({
      ...{ verdict: 'escalated', instanceId: world.instanceId, nodeGroup: 'control-plane' },
    });
    const { Metrics } = await clients.cloudwatch.send(
      new ListMetricsCommand({ Namespace: METRIC_NAMESPACE }),
    );
    expect(Metrics?.map(({ MetricName }) => MetricName)).toContain('Escalations');
    expect(local.opsItems).toHaveLength(1);

    expect(await record.invoke(event)).toMatchObject({ verdict: 'escalated', repeated: true });
    expect(local.opsItems).toHaveLength(1);
    const messages = await receive(clients.sqs, people);
    expect(messages).toHaveLength(1);
    expect(messages[0]).toContain(world.instanceId);
  });

  test('the same trouble again brings the one OpsItem up to date', async () => {
    const record = await started('record');
    await record.invoke({ executionId: await ended(), conclusion: 'failed' });
    const second = await ended();
    expect(await record.invoke({ executionId: second, conclusion: 'failed' })).toMatchObject({
      verdict: 'escalated',
    });
    expect(local.opsItems).toMatchObject([
      {
        description: expect.stringMatching(new RegExp(`Escalated 2 times since .*${second}`, 's')) as string,
      },
    ]);
    await record.logged(
      ({ message, notify, times }) => message === 'escalated' && notify === false && times === 2,
    );
  });

  test('what was assessed is kept', async () => {
    const record = await started('record');
    const executionId = await ended();
    const { evidenceKey } = (await record.invoke({
      executionId,
      conclusion: 'assessed',
      assessOutput: 'x',
    })) as {
      evidenceKey: string;
    };
    expect(evidenceKey).toBe(`evidence/${world.instanceId}/${executionId}/assess.json`);
    const { ContentType } = await clients.s3.send(
      new HeadObjectCommand({ Bucket: world.bucket, Key: evidenceKey }),
    );
    expect(ContentType).toBe('application/json');
  });

  test('an execution that Automation does not know is an error that names it', async () => {
    const record = await started('record');
    const event = { executionId: '11111111-1111-4111-8111-111111111111', conclusion: 'failed' };
    await expect(record.invoke(event)).rejects.toThrow(/AutomationExecutionNotFoundException/);
  });
});

test('sizes, bundled: asks EC2 for volumes, remembers what was applied, and answers the deploy', async () => {
  const answers: Record<string, unknown>[] = [];
  const deploy = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      answers.push(JSON.parse(body) as Record<string, unknown>);
      response.end();
    });
  });
  await new Promise<void>((resolve) => deploy.listen(0, '127.0.0.1', resolve));
  const ResponseURL = `http://127.0.0.1:${(deploy.address() as AddressInfo).port}/`;
  const request = (RequestType: string, SizeGiB: number, PhysicalResourceId?: string) => ({
    ...{ RequestType, ResponseURL, StackId: 's', RequestId: 'r', LogicalResourceId: 'l', PhysicalResourceId },
    ResourceProperties: {
      EnvironmentFile: 'environments/prod.yaml',
      Groups: [{ Name: 'control-plane', SizeGiB: String(SizeGiB), Path: 'controlPlane' }],
    },
  });
  try {
    const sizes = await started('sizes');
    await sizes.invoke(request('Create', VOLUME_GIB));
    expect(answers).toMatchObject([{ Status: 'SUCCESS' }]);
    const first = String(answers[0]?.['PhysicalResourceId']);
    await sizes.invoke(request('Update', VOLUME_GIB + 12, first));
    // moto's nodes are seconds old, and such a one is left alone for a while.
    expect(answers[1]).toMatchObject({
      Status: 'SUCCESS',
      Reason: expect.stringContaining(
        `has ${VOLUME_GIB} GiB, but ${VOLUME_GIB + 12} GiB are declared`,
      ) as string,
    });
    await sizes.invoke(request('Delete', VOLUME_GIB, first));
    await sizes.invoke(request('Update', VOLUME_GIB, String(answers[1]?.['PhysicalResourceId'])));
    expect(answers[3]).toMatchObject({
      Status: 'FAILED',
      Reason: expect.stringContaining(`must be at least ${VOLUME_GIB + 12}`) as string,
    });
  } finally {
    deploy.close();
  }
});
