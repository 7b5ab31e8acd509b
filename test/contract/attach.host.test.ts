import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  CreateTagsCommand,
  DescribeInstancesCommand,
  DescribeTagsCommand,
  DescribeVolumesCommand,
} from '@aws-sdk/client-ec2';
import { FunctionProcess } from './support/function-process';
import { startMoto, type MotoServer } from '../../packages/local-aws/test/contract/support/moto-server';
import {
  createGroup,
  wireClients,
  type WireClients,
} from '../../packages/local-aws/test/contract/support/moto-world';

jest.setTimeout(90_000);

let moto: MotoServer;
let clients: WireClients;
let attach: FunctionProcess;
/** CloudFormation, which gives each request an address for its answer. */
let cloudFormation: Server;
const answers: Record<string, unknown>[] = [];
let groups = 0;

beforeAll(async () => {
  moto = await startMoto();
  clients = wireClients(moto.endpoint);
  attach = await FunctionProcess.start('attach', {
    HEADROOM_ENVIRONMENT: 'shop',
    AWS_ENDPOINT_URL: moto.endpoint,
  });
  cloudFormation = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const { method, headers } = request;
      answers.push({
        ...(JSON.parse(Buffer.concat(parts).toString()) as Record<string, unknown>),
        method,
        contentType: headers['content-type'],
      });
      response.end();
    });
  });
  await new Promise<void>((resolve) => cloudFormation.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  await attach?.stop();
  await new Promise((resolve) => cloudFormation.close(resolve));
  await moto?.stop();
});
beforeEach(() => {
  answers.length = 0;
  groups += 1;
});

const name = (): string => `nodes-${groups}`;
const group = (autoScalingGroupName: string) => ({ name: 'general', role: 'worker', autoScalingGroupName });
const scheduled = (...names: string[]) => ({
  attachment: { tags: { team: 'shop' }, groups: names.map(group) },
});

const request = (RequestType: string, Group: unknown, more: object = {}) => ({
  ...{ RequestType, StackId: 's', RequestId: 'r', LogicalResourceId: 'GroupGeneral', ...more },
  ResponseURL: `http://127.0.0.1:${(cloudFormation.address() as AddressInfo).port}/answer?signed`,
  ResourceProperties: { ServiceToken: 'arn', Tags: { team: 'shop' }, Group },
});

interface Node {
  readonly instanceId: string;
  readonly volumeId: string;
}

const nodesOf = async (autoScalingGroupName: string): Promise<Node[]> => {
  const { Reservations } = await clients.ec2.send(
    new DescribeInstancesCommand({
      Filters: [{ Name: 'tag:aws:autoscaling:groupName', Values: [autoScalingGroupName] }],
    }),
  );
  return (Reservations ?? []).flatMap(({ Instances }) =>
    (Instances ?? []).map(({ InstanceId, BlockDeviceMappings, RootDeviceName }) => ({
      instanceId: InstanceId ?? '',
      volumeId:
        BlockDeviceMappings?.find(({ DeviceName }) => DeviceName === RootDeviceName)?.Ebs?.VolumeId ?? '',
    })),
  );
};

const tagsOf = async (id: string): Promise<Record<string, string>> => {
  const { Tags } = await clients.ec2.send(
    new DescribeTagsCommand({ Filters: [{ Name: 'resource-id', Values: [id] }] }),
  );
  return Object.fromEntries(
    (Tags ?? []).flatMap(({ Key, Value }) => (Key?.startsWith('headroom:') ? [[Key, Value ?? '']] : [])),
  );
};

const OURS = {
  'headroom:environment': 'shop',
  'headroom:role': 'worker',
  'headroom:node-group': 'general',
};

/** Of an instance. */
const ATTACHED = { ...OURS, 'headroom:attached-at': expect.stringMatching(/^20.*Z$/) as string };

test('the schedule tags nodes and root volumes, and untags who left', async () => {
  await createGroup(clients.autoscaling, name(), 2);
  const nodes = await nodesOf(name());
  expect(nodes).toHaveLength(2);
  const result = await attach.invoke(scheduled(name()));
  expect(result).toMatchObject({ tagged: 4, untagged: 0 });
  for (const { instanceId, volumeId } of nodes) {
    expect(await tagsOf(instanceId)).toEqual(ATTACHED);
    expect(await tagsOf(volumeId)).toEqual(OURS);
  }
  expect(await attach.invoke(scheduled(name()))).toMatchObject({ tagged: 0, untagged: 0 });

  const [left, stays] = nodes;
  await clients.ec2.send(
    new CreateTagsCommand({ Resources: [left!.instanceId], Tags: [{ Key: 'team', Value: 'other' }] }),
  );
  expect(await attach.invoke(scheduled(name()))).toMatchObject({ tagged: 0, untagged: 2 });
  expect([await tagsOf(left!.instanceId), await tagsOf(left!.volumeId)]).toEqual([{}, {}]);
  expect(await tagsOf(stays!.instanceId)).toEqual(ATTACHED);
  await attach.invoke(request('Delete', group(name()), { PhysicalResourceId: 'GroupGeneral' }));
});

test('CloudFormation is answered; when the group goes, so do its tags, and no others', async () => {
  await createGroup(clients.autoscaling, name(), 1);
  const [node] = await nodesOf(name());
  await attach.invoke(request('Create', group(name())));
  expect(await tagsOf(node!.volumeId)).toEqual(OURS);
  const other = await createGroup(clients.autoscaling, `${name()}-other`, 1);
  const [foreign] = await nodesOf(other);
  const tags = [{ Key: 'headroom:environment', Value: 'prod' }];
  await clients.ec2.send(new CreateTagsCommand({ Resources: [foreign!.instanceId], Tags: tags }));
  await attach.invoke(request('Delete', group(name()), { PhysicalResourceId: 'mine' }));
  expect([await tagsOf(node!.instanceId), await tagsOf(node!.volumeId)]).toEqual([{}, {}]);
  expect(await tagsOf(foreign!.instanceId)).toEqual({ 'headroom:environment': 'prod' });
  const common = { ...{ StackId: 's', RequestId: 'r', LogicalResourceId: 'GroupGeneral', method: 'PUT' } };
  expect(answers).toEqual([
    { ...common, Status: 'SUCCESS', PhysicalResourceId: 'GroupGeneral', contentType: '' },
    { ...common, Status: 'SUCCESS', PhysicalResourceId: 'mine', contentType: '' },
  ]);
});

test.each<[string, () => Promise<unknown>, RegExp]>([
  [
    'a group that is not there',
    () => Promise.resolve(request('Create', group('no-such-group'))),
    /there is no Auto Scaling group "no-such-group"/,
  ],
  [
    'a node of another environment',
    async () => {
      await createGroup(clients.autoscaling, name(), 1);
      const [node] = await nodesOf(name());
      const Tags = [{ Key: 'headroom:environment', Value: 'prod' }];
      await clients.ec2.send(new CreateTagsCommand({ Resources: [node!.volumeId], Tags }));
      return request('Create', group(name()));
    },
    /^headroom-shop is not attached: vol-\w+ of general is tagged headroom:environment=prod: a node can belong to one environment only/,
  ],
  [
    'properties that are no group',
    () => Promise.resolve(request('Create', { name: 'general', role: 'worker' })),
    /the event is not a valid attachment: Group: .*worker group has an autoScalingGroupName/,
  ],
])('CloudFormation is told why: %s', async (_, event, reason) => {
  expect(await attach.invoke(await event())).toBeUndefined();
  expect(answers).toMatchObject([{ Status: 'FAILED', Reason: expect.stringMatching(reason) as string }]);
});

test('the schedule does what it can, and fails for what it cannot', async () => {
  await createGroup(clients.autoscaling, name(), 1);
  const [node] = await nodesOf(name());
  const event = {
    attachment: {
      tags: { team: 'shop' },
      groups: [group(name()), { ...group('no-such-group'), name: 'gone' }],
    },
  };
  await expect(attach.invoke(event)).rejects.toThrow(/group gone: there is no Auto Scaling group/);
  expect(await tagsOf(node!.instanceId)).toEqual(ATTACHED);
  await attach.invoke(request('Delete', group(name())));
});

test('a volume that is no node’s root keeps its tags', async () => {
  await createGroup(clients.autoscaling, name(), 1);
  await attach.invoke(scheduled(name()));
  const { Volumes } = await clients.ec2.send(
    new DescribeVolumesCommand({ Filters: [{ Name: 'tag:headroom:environment', Values: ['shop'] }] }),
  );
  expect(Volumes?.map(({ VolumeId }) => VolumeId)).toEqual(
    (await nodesOf(name())).map((node) => node.volumeId),
  );
});

test.each([{}, { attachment: { tags: {}, groups: [] } }, 'text', null])('the event %j is refused', (event) =>
  expect(attach.invoke(event)).rejects.toThrow('the event is not a valid attachment'),
);
