import { PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { RunInstancesCommand } from '@aws-sdk/client-ec2';
import { absent, known, type AgentFacts, type NodeGroupFacts } from '../../lib/audit/facts';
import { measuredGrowthGiBPerDay } from '../../lib/audit/figures';
import { LiveError, readLive, type LiveClient, type LiveSeries } from '../../lib/audit/live';
import { liveClient } from '../../lib/audit/live.client';
import { USABLE_RATIO } from '../../lib/domain/sizing/sizing';
import { startMoto, type MotoServer } from '../../packages/local-aws/test/contract/support/moto-server';
import { REGION, wireClients, type WireClients } from '../../packages/local-aws/test/contract/support/moto-world';

/** The emulator's first request of a service imports that service. */
jest.setTimeout(60_000);

const HOUR_MS = 3_600_000;
const NOW_MS = Math.floor(Date.now() / HOUR_MS) * HOUR_MS;

const group = (more: Partial<NodeGroupFacts>): NodeGroupFacts => ({
  id: 'g',
  name: 'general',
  kind: 'auto-scaling-group',
  place: {
    file: 'x',
    stackName: 'shop',
    logicalId: 'Group',
    resourceType: 'AWS::AutoScaling::AutoScalingGroup',
  },
  role: 'worker',
  nodes: { min: absent, desired: absent, max: absent },
  instances: [],
  instanceTypes: absent,
  image: { family: absent, id: absent },
  blockDevices: absent,
  rootVolume: absent,
  imdsV2Required: absent,
  userData: absent,
  policy: { environment: 'prod', nodeGroup: 'general' },
  tags: {},
  region: known(REGION),
  ...more,
});

const agent = (namespace: string, nodeGroups = ['g']): AgentFacts => ({
  place: group({}).place,
  name: absent,
  nodeGroups: known(nodeGroups),
  configuration: known({ namespace, appendDimensions: [] }),
});

let moto: MotoServer;
let wire: WireClients;
beforeAll(async () => {
  moto = await startMoto();
  wire = wireClients(moto.endpoint);
}, 60_000);
afterAll(() => moto.stop());

const launch = async (tags: Record<string, string>, sizeGiB: number): Promise<string> => {
  const { Instances } = await wire.ec2.send(
    new RunInstancesCommand({
      ...{ ImageId: 'ami-785db401', InstanceType: 't4g.small', MinCount: 1, MaxCount: 1 },
      BlockDeviceMappings: [
        { DeviceName: '/dev/sda1', Ebs: { VolumeSize: sizeGiB } },
        { DeviceName: '/dev/sdf', Ebs: { VolumeSize: 500 } },
      ],
      TagSpecifications: [
        { ResourceType: 'instance', Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) },
      ],
    }),
  );
  return Instances?.[0]?.InstanceId ?? '';
};

const measure = async (
  instanceId: string,
  fstype: string,
  hours: number,
  percent: (hour: number) => number,
) => {
  const dimensions = { InstanceId: instanceId, path: '/', fstype };
  await wire.cloudwatch.send(
    new PutMetricDataCommand({
      Namespace: 'CWAgent',
      MetricData: Array.from({ length: hours }, (_, hour) => ({
        MetricName: 'disk_used_percent',
        Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
        Timestamp: new Date(NOW_MS - (hours - hour) * HOUR_MS),
        Value: percent(hour),
      })),
    }),
  );
};

const read = (nodeGroups: readonly NodeGroupFacts[]) =>
  readLive({ nodeGroups, agents: [] }, () => liveClient(wire), NOW_MS);

test('root volumes, and the fullest node at each hour, over the wire', async () => {
  const tags = { 'headroom:environment': 'prod', 'headroom:node-group': 'general' };
  const [first, second] = [await launch(tags, 40), await launch(tags, 100)];
  await launch({ ...tags, 'headroom:environment': 'dev' }, 20);
  await measure(first, 'ext4', 48, (hour) => 20 + hour / 10);
  await measure(second, 'xfs', 48, () => 10);
  const [live] = await read([group({})]);
  expect(live?.volumes.map(({ instanceId, sizeGiB }) => [instanceId, sizeGiB])).toEqual(
    expect.arrayContaining([
      [first, 40],
      [second, 100],
    ]),
  );
  expect(live?.volumes).toHaveLength(2);
  expect(live?.samples).toHaveLength(48);
  expect(live?.samples[0]?.usedPercent).toBe(20);
  expect(live?.samples.at(-1)?.usedPercent).toBeCloseTo(24.7);
  expect(measuredGrowthGiBPerDay(live!)).toBeCloseTo(2.4 * USABLE_RATIO);
});

test.each([
  ['where their configuration says', [agent('Headroom/prod/worker')], ['Headroom/prod/worker']],
  ['in every namespace of several configurations', [agent('a'), agent('b'), agent('a')], ['a', 'b']],
  ['in their default, where no template configures them', [], ['CWAgent']],
  ['in their default, where only others are configured', [agent('x', ['other'])], ['CWAgent']],
])('what agents measured is read %s', async (_, agents, namespaces) => {
  const asked: LiveSeries[] = [];
  const client: LiveClient = {
    instances: () => Promise.resolve([{ instanceId: 'i-1', rootVolumeId: undefined, tags: {} }]),
    volumeSizes: () => Promise.resolve(new Map()),
    fullest: (series) => {
      asked.push(...series);
      return Promise.resolve(new Map());
    },
  };
  await readLive({ nodeGroups: [group({})], agents }, () => client, NOW_MS);
  expect([...new Set(asked.map(({ namespace }) => namespace))]).toEqual(namespaces);
});

test('a group of another template is found by the tags of CloudFormation, and one without nodes is empty', async () => {
  const id = await launch(
    { 'aws:cloudformation:stack-name': 'shop', 'aws:cloudformation:logical-id': 'Group' },
    33,
  ).catch(() => undefined);
  const [live, none] = await read([
    group({ policy: {} }),
    group({ id: 'n', policy: { environment: 'x', nodeGroup: 'y' } }),
  ]);
  // The emulator may keep the aws: prefix for itself, as AWS does.
  expect(live?.volumes.map(({ instanceId }) => instanceId)).toEqual(id === undefined ? [] : [id]);
  expect(none).toEqual({ id: 'n', volumes: [], samples: [] });
});

test('a refusal of AWS is reported with the next step', async () => {
  const refusing = (name: string) =>
    readLive(
      { nodeGroups: [group({})], agents: [] },
      () => ({
        ...liveClient(wire),
        instances: () => Promise.reject(Object.assign(new Error('no'), { name })),
      }),
      NOW_MS,
    );
  await expect(refusing('CredentialsProviderError')).rejects.toThrow(LiveError);
  await expect(refusing('CredentialsProviderError')).rejects.toThrow(
    /general in eu-central-1.*\n.*credentials/,
  );
  await expect(refusing('UnauthorizedOperation')).rejects.toThrow(/Allow ec2:DescribeInstances/);
  await expect(refusing('TimeoutError')).rejects.toThrow(/Try again/);
});
