import fc from 'fast-check';
import {
  absent,
  known,
  unknown,
  type AgentFacts,
  type AlarmFacts,
  type BlockDevice,
  type EventRuleFacts,
  type Fact,
  type Facts,
  type InstanceFacts,
  type LiveNodeGroup,
  type NodeGroupFacts,
  type Place,
  type TopicFacts,
} from '../../../lib/audit/facts';
import { QUERY } from './facts';

/** Any facts: those that a reader makes of sensible templates, and those of hostile ones. */

const fact = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<Fact<T>> =>
  fc.oneof(
    { weight: 3, arbitrary: value.map(known) },
    fc.constant(absent),
    fc.constant(unknown('a parameter')),
  );

/** Mostly sensible, now and then not. */
const figure = (...usual: number[]): fc.Arbitrary<number> =>
  fc.oneof({ weight: 5, arbitrary: fc.constantFrom(...usual) }, fc.double({ noNaN: false }), fc.integer());
const words = (...usual: string[]): fc.Arbitrary<string> =>
  fc.oneof({ weight: 5, arbitrary: fc.constantFrom(...usual) }, fc.string(), fc.constant('__proto__'));

const IDS = ['a', 'b', 'c', 'd'] as const;
const id = fc.constantFrom(...IDS);

const place = (logicalId: string): fc.Arbitrary<Place> =>
  fc.record(
    {
      file: fc.constantFrom('one.json', 'two.json'),
      stackName: fc.constantFrom('one', 'two'),
      logicalId: fc.constant(logicalId),
      resourceType: fc.constant('AWS::EC2::Instance'),
      declaredIn: fc.record({
        file: fc.constant('environments/prod.yaml'),
        path: fc.constantFrom('controlPlane', 'workerGroups.a', 'workerGroups.a.rootVolume'),
      }),
    },
    { requiredKeys: ['file', 'stackName', 'logicalId', 'resourceType'] },
  );
const anyPlace = id.chain(place);

const device: fc.Arbitrary<BlockDevice> = fc.record({
  deviceName: fact(words('/dev/sda1', '/dev/xvda', '/dev/xvdb', '/dev/sdf')),
  sizeGiB: fact(figure(8, 20, 64, 128, 20_000)),
  volumeType: fact(words('gp3', 'gp2', 'io1', 'io2', 'standard')),
  iops: fact(figure(3_000, 4_000, 90_000)),
  throughputMiBps: fact(figure(125, 500, 3_000)),
  encrypted: fact(fc.boolean()),
  snapshotId: fact(fc.constant('snap-1')),
  ebs: fc.boolean(),
});

/** No instance is in two groups. */
const instance = (groupId: string): fc.Arbitrary<InstanceFacts> =>
  fc.record({
    place: fc.constantFrom('1', '2', '3').chain((index) => place(`${groupId}${index}`)),
    replacing: fc.dictionary(fc.constantFrom('ImageId', 'LaunchTemplate', 'UserData'), fc.string()),
  });

const optional = <T extends object>(shape: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<
  Partial<T>
> => fc.record(shape, { requiredKeys: [] }) as fc.Arbitrary<Partial<T>>;

const percent = figure(70, 75, 80, 85, 90, 95);

export const nodeGroup = (groupId: string): fc.Arbitrary<NodeGroupFacts> =>
  fc
    .record({
      name: fc.constant(groupId),
      kind: fc.constantFrom('instance', 'auto-scaling-group', 'eks-node-group', 'fleet', 'launch-template'),
      place: place(groupId),
      role: fc.constantFrom('control-plane', 'worker', 'unknown'),
      nodes: fc.record({
        min: fact(figure(0, 1, 2)),
        desired: fact(figure(1, 2, 3, 4)),
        max: fact(figure(3)),
      }),
      instances: fc.uniqueArray(instance(groupId), { selector: (one) => one.place.logicalId, maxLength: 3 }),
      instanceTypes: fact(fc.array(words('m7g.large', 't4g.medium'), { maxLength: 2 })),
      image: fc.record({
        family: fact(
          fc.constantFrom(
            'ubuntu',
            'debian',
            'amazon-linux-2',
            'amazon-linux-2023',
            'bottlerocket',
            'windows',
            'other',
          ),
        ),
        id: fact(fc.string()),
      }),
      blockDevices: fact(fc.array(device, { maxLength: 3 })),
      rootVolume: fact(device),
      imdsV2Required: fact(fc.boolean()),
      userData: fact(words('kubeadm init', '--quota-backend-bytes=8589934592')),
      policy: optional({
        environment: fc.constant('prod'),
        maxSizeGiB: figure(20, 60, 200, 70_000),
        sizeGiB: figure(20),
        growthGiBPerDay: figure(0, 1, 100),
        etcdQuotaGiB: figure(2, 8, 16),
        diskLevels: fc.record({
          warningPercent: percent,
          criticalPercent: percent,
          emergencyPercent: percent,
          targetPercent: percent,
        }),
        kubelet: optional({
          imageGcLowPercent: percent,
          imageGcHighPercent: percent,
          evictionPercent: percent,
        }),
      }),
      tags: fc.dictionary(fc.string(), fc.string(), { maxKeys: 2 }),
      region: fact(fc.constant('eu-central-1')),
    })
    .map((group) => ({ ...group, id: groupId }));

const metricName = words('disk_used_percent', 'disk_free', 'mem_used_percent', 'CPUUtilization');
const dimensions = fc.dictionary(
  fc.constantFrom('InstanceId', 'path', 'fstype', 'device'),
  words('/', 'ext4', 'xfs'),
);
const expression = words(
  QUERY,
  'SELECT MAX(disk_used_percent) FROM CWAgent',
  'a - FILL(b, 0) / 5',
  'm1',
  'SELECT',
);

const alarm: fc.Arbitrary<AlarmFacts> = fc.record(
  {
    place: anyPlace,
    name: fact(words('prod-disk', 'prod-silent')),
    metric: fact(
      fc.record({
        namespace: fact(words('CWAgent', 'AWS/EC2')),
        name: fact(metricName),
        dimensions: fact(dimensions),
      }),
    ),
    expressions: fc.array(expression, { maxLength: 2 }),
    metrics: fc.array(
      fc.record({
        id: fc.string(),
        namespace: fact(words('CWAgent', 'AWS/AutoScaling')),
        name: fact(metricName),
        dimensions: fact(dimensions),
        statistic: fact(words('SampleCount', 'Maximum')),
      }),
      { maxLength: 2 },
    ),
    statistic: fact(words('SampleCount', 'Maximum')),
    threshold: fact(figure(1, 80, 95)),
    comparison: fact(words('LessThanThreshold', 'GreaterThanThreshold')),
    periodSeconds: fact(figure(60)),
    evaluationPeriods: fact(figure(1)),
    treatMissingData: fact(words('breaching', 'notBreaching', 'missing', 'ignore')),
    actionsEnabled: fact(fc.boolean()),
    alarmActions: fact(fc.array(words('ref:a', 'arn:aws:sns:x'), { maxLength: 2 })),
    watches: fact(fc.array(id, { maxLength: 2 })),
  },
  {
    requiredKeys: [
      'place',
      'name',
      'metric',
      'expressions',
      'threshold',
      'comparison',
      'periodSeconds',
      'evaluationPeriods',
      'treatMissingData',
      'actionsEnabled',
      'alarmActions',
      'watches',
    ],
  },
);

const agent = fc.record({
  place: anyPlace,
  name: fact(fc.string()),
  nodeGroups: fact(fc.array(id, { maxLength: 2 })),
  configuration: fact(
    fc.record(
      {
        namespace: words('CWAgent'),
        appendDimensions: fc.array(words('InstanceId', 'AutoScalingGroupName'), { maxLength: 2 }),
        aggregationDimensions: fc.array(fc.array(words('InstanceId'), { maxLength: 2 }), { maxLength: 2 }),
        disk: fc.record({
          measurements: fc.array(words('used_percent', 'inodes_free'), { maxLength: 2 }),
          resources: fc.array(words('/', '*', '/data'), { maxLength: 2 }),
          dropDevice: fc.boolean(),
          intervalSeconds: figure(60),
        }),
      },
      { requiredKeys: ['namespace', 'appendDimensions'] },
    ),
  ),
}) as fc.Arbitrary<AgentFacts>;

const eventRule: fc.Arbitrary<EventRuleFacts> = fc.record({
  place: anyPlace,
  enabled: fact(fc.boolean()),
  alarmNames: fact(
    fc.array(
      fc.record({
        kind: fc.constantFrom('exact' as const, 'prefix' as const),
        text: words('prod-', 'prod-disk'),
      }),
      {
        maxLength: 2,
      },
    ),
  ),
  targets: fact(figure(0, 1)),
});

const topic: fc.Arbitrary<TopicFacts> = fc.record({
  place: anyPlace,
  subscriptions: fact(fc.array(words('email'), { maxLength: 1 })),
});

export const anyFacts: fc.Arbitrary<Facts> = fc.record({
  stacks: fc.constant([]),
  nodeGroups: fc.subarray([...IDS]).chain((ids) => fc.tuple(...ids.map(nodeGroup))),
  volumes: fc.array(fc.record({ place: anyPlace, device }), { maxLength: 2 }),
  alarms: fc.array(alarm, { maxLength: 3 }),
  agents: fc.array(agent, { maxLength: 2 }),
  eventRules: fc.array(eventRule, { maxLength: 2 }),
  topics: fc.array(topic, { maxLength: 2 }),
  suppressions: fc.constant([]),
  unreadable: fc.constant([]),
});

export const anyLive: fc.Arbitrary<readonly LiveNodeGroup[]> = fc.uniqueArray(
  fc.record({
    id,
    volumes: fc.array(
      fc.record({
        instanceId: fc.string(),
        volumeId: fc.string(),
        sizeGiB: fc.integer({ min: 1, max: 100_000 }),
      }),
      { maxLength: 3 },
    ),
    samples: fc.array(
      fc.record({
        atMs: fc.integer({ min: 0, max: 1e12 }),
        usedPercent: fc.double({ min: 0, max: 100, noNaN: true }),
      }),
      { maxLength: 5 },
    ),
  }),
  { selector: (group) => group.id, maxLength: 3 },
);
