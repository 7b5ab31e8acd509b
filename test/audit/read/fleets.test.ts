import type { NodeGroupFacts } from '../../../lib/audit/facts';
import { factsOfTemplate, removeMade } from './support';

afterAll(removeMade);

const UBUNTU =
  'resolve:ssm:/aws/service/canonical/ubuntu/server/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id';

const launch = (sizeGiB: number | undefined, InstanceType = 'm7i.large', name?: string) => ({
  Type: 'AWS::EC2::LaunchTemplate',
  Properties: {
    ...(name !== undefined && { LaunchTemplateName: name }),
    LaunchTemplateData: {
      ImageId: UBUNTU,
      InstanceType,
      TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: 'k8s.io/role/node', Value: '1' }] }],
      ...(sizeGiB !== undefined && {
        BlockDeviceMappings: [{ DeviceName: '/dev/sda1', Ebs: { VolumeSize: sizeGiB } }],
      }),
    },
  },
});
const by = (id: string) => ({ LaunchTemplateId: { Ref: id }, Version: '1' });

const groupsOf = (type: string, properties: object): readonly NodeGroupFacts[] =>
  factsOfTemplate({
    Parameters: { Unknown: { Type: 'String' } },
    Conditions: { Perhaps: { 'Fn::Equals': [{ Ref: 'Unknown' }, 'x'] } },
    Resources: {
      Big: launch(100),
      Big2: launch(100, 'm7a.large'),
      Small: launch(8, 'm7g.large', 'small'),
      Bare: launch(undefined),
      Nodes: { Type: type, Properties: properties },
    },
  }).nodeGroups.filter(({ kind }) => kind !== 'launch-template');

/** Size of root, or the state of it; types; nodes that are asked for. */
const short = ({ id, name, rootVolume, instanceTypes, nodes }: NodeGroupFacts) => {
  const size = rootVolume.state === 'known' ? rootVolume.value.sizeGiB : rootVolume;
  return {
    id,
    name,
    size: size.state === 'known' ? size.value : size.state,
    types: instanceTypes.state === 'known' ? instanceTypes.value.join() : instanceTypes.state,
    nodes: nodes.desired.state === 'known' ? nodes.desired.value : nodes.desired.state,
  };
};
const first = { id: 'template/Nodes', name: 'Nodes' };
const second = { id: 'template/Nodes#2', name: 'Nodes#2' };

const SPECIFICATION = (sizeGiB: number, InstanceType: string) => ({
  ImageId: 'ami-1',
  InstanceType,
  BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { VolumeSize: sizeGiB } }],
});
const spot = (data: object) =>
  groupsOf('AWS::EC2::SpotFleet', { SpotFleetRequestConfigData: { TargetCapacity: 6, ...data } });
const ec2 = (configs: unknown) =>
  groupsOf('AWS::EC2::EC2Fleet', {
    TargetCapacitySpecification: { TotalTargetCapacity: '4' },
    LaunchTemplateConfigs: configs,
  });
const config = (id: string, ...types: string[]) => ({
  LaunchTemplateSpecification: by(id),
  ...(types.length > 0 && { Overrides: types.map((InstanceType) => ({ InstanceType })) }),
});

test.each<[string, readonly NodeGroupFacts[], object[]]>([
  [
    'launch specifications alike',
    spot({ LaunchSpecifications: [SPECIFICATION(50, 'c7i.large'), SPECIFICATION(50, 'c7a.large')] }),
    [{ ...first, size: 50, types: 'c7i.large,c7a.large', nodes: 6 }],
  ],
  [
    'launch specifications of two sizes',
    spot({ LaunchSpecifications: [SPECIFICATION(50, 'c7i.large'), SPECIFICATION(8, 'c7a.large')] }),
    [
      { ...first, size: 50, types: 'c7i.large', nodes: 'unknown' },
      { ...second, size: 8, types: 'c7a.large', nodes: 'unknown' },
    ],
  ],
  [
    'a launch template in a spot fleet',
    spot({ LaunchTemplateConfigs: [config('Big')] }),
    [{ ...first, size: 100, types: 'm7i.large', nodes: 6 }],
  ],
  [
    'a launch template',
    ec2([config('Big', 'a.large', 'b.large')]),
    [{ ...first, size: 100, types: 'a.large,b.large', nodes: 4 }],
  ],
  [
    'two launch templates alike',
    ec2([config('Big'), config('Big2')]),
    [{ ...first, size: 100, types: 'm7i.large,m7a.large', nodes: 4 }],
  ],
  [
    'two launch templates',
    ec2([config('Big'), config('Small')]),
    [
      { ...first, size: 100, types: 'm7i.large', nodes: 'unknown' },
      { ...second, size: 8, types: 'm7g.large', nodes: 'unknown' },
    ],
  ],
  [
    'a launch template without disks',
    ec2([config('Bare')]),
    [{ ...first, size: 'absent', types: 'm7i.large', nodes: 4 }],
  ],
  [
    'a launch template from elsewhere',
    ec2([{ LaunchTemplateSpecification: { LaunchTemplateId: 'lt-1' } }]),
    [{ ...first, size: 'unknown', types: 'unknown', nodes: 4 }],
  ],
  [
    'launch templates that are unknown',
    ec2({ 'Fn::If': ['Perhaps', [config('Big')], [config('Small')]] }),
    [{ ...first, size: 'unknown', types: 'unknown', nodes: 4 }],
  ],
])('a fleet of %s', (_, groups, expected) => {
  expect(groups.map(short)).toEqual(expected);
  expect(groups.every(({ kind }) => kind === 'fleet')).toBe(true);
});

test('a fleet has the role of its machines', () => {
  expect(ec2([config('Big')])[0]?.role).toBe('worker');
});

const mixed = (overrides: unknown, more: object = {}) =>
  groupsOf('AWS::AutoScaling::AutoScalingGroup', {
    MinSize: '1',
    DesiredCapacity: '3',
    MaxSize: '5',
    MixedInstancesPolicy: {
      LaunchTemplate: { LaunchTemplateSpecification: by('Big'), Overrides: overrides },
    },
    ...more,
  });

test.each<[string, unknown, object[]]>([
  ['no overrides', [], [{ ...first, size: 100, types: 'm7i.large', nodes: 3 }]],
  [
    'types',
    [{ InstanceType: 'a.large' }, { InstanceType: 'b.large' }],
    [{ ...first, size: 100, types: 'a.large,b.large', nodes: 3 }],
  ],
  [
    'a launch template alike',
    [{ InstanceType: 'a.large', LaunchTemplateSpecification: by('Big2') }],
    [{ ...first, size: 100, types: 'a.large', nodes: 3 }],
  ],
  [
    'a launch template of another size',
    [{ InstanceType: 'a.large' }, { InstanceType: 'g.large', LaunchTemplateSpecification: by('Small') }],
    [
      { ...first, size: 100, types: 'a.large', nodes: 'unknown' },
      { ...second, size: 8, types: 'g.large', nodes: 'unknown' },
    ],
  ],
  [
    'a launch template by name',
    [{ LaunchTemplateSpecification: { LaunchTemplateName: 'small', Version: '1' } }],
    [{ ...first, size: 8, types: 'm7g.large', nodes: 3 }],
  ],
  [
    'a launch template with no size',
    [{ InstanceType: 'a.large' }, { InstanceType: 'g.large', LaunchTemplateSpecification: by('Bare') }],
    [
      { ...first, size: 100, types: 'a.large', nodes: 'unknown' },
      { ...second, size: 'absent', types: 'g.large', nodes: 'unknown' },
    ],
  ],
  [
    'a launch template from elsewhere',
    [{ InstanceType: 'g.large', LaunchTemplateSpecification: { LaunchTemplateId: 'lt-1' } }],
    [{ ...first, size: 'unknown', types: 'g.large', nodes: 3 }],
  ],
  [
    'what is unknown',
    { 'Fn::If': ['Perhaps', [], [{ InstanceType: 'a.large' }]] },
    [{ ...first, size: 100, types: 'unknown', nodes: 3 }],
  ],
])('mixed instances whose overrides have %s', (_, overrides, expected) => {
  expect(mixed(overrides).map(short)).toEqual(expected);
});

test('an alarm on a group of mixed instances watches all of its variants', () => {
  const { alarms } = factsOfTemplate({
    Resources: {
      Big: launch(100),
      Small: launch(8),
      Nodes: {
        Type: 'AWS::AutoScaling::AutoScalingGroup',
        Properties: {
          AutoScalingGroupName: 'nodes',
          MixedInstancesPolicy: {
            LaunchTemplate: {
              LaunchTemplateSpecification: by('Big'),
              Overrides: [{ InstanceType: 'a.large' }, { LaunchTemplateSpecification: by('Small') }],
            },
          },
        },
      },
      Alarm: {
        Type: 'AWS::CloudWatch::Alarm',
        Properties: {
          Namespace: 'CWAgent',
          MetricName: 'disk_used_percent',
          Dimensions: [{ Name: 'AutoScalingGroupName', Value: 'nodes' }],
        },
      },
    },
  });
  expect(alarms[0]?.watches).toEqual({ state: 'known', value: ['template/Nodes', 'template/Nodes#2'] });
});

test.each<[string, object, object, object]>([
  [
    'all that it says',
    { Size: '20', VolumeType: 'gp2', Iops: 3000, Throughput: 125, Encrypted: 'true', SnapshotId: 'snap-1' },
    {},
    {
      deviceName: { state: 'absent' },
      sizeGiB: { value: 20 },
      volumeType: { value: 'gp2' },
      iops: { value: 3000 },
      throughputMiBps: { value: 125 },
      encrypted: { value: true },
      snapshotId: { value: 'snap-1' },
      ebs: true,
    },
  ],
  [
    'nothing',
    {},
    {},
    { sizeGiB: { state: 'absent' }, volumeType: { state: 'absent' }, encrypted: { state: 'absent' } },
  ],
  ['an unknown size', { Size: { Ref: 'Unknown' } }, {}, { sizeGiB: { state: 'unknown' } }],
  ['a size that is none', { Size: 'big' }, {}, { sizeGiB: { state: 'unknown' } }],
  [
    'an attachment',
    {},
    {
      T: {
        Type: 'AWS::EC2::VolumeAttachment',
        Properties: { VolumeId: { Ref: 'Volume' }, Device: '/dev/sdf' },
      },
    },
    { deviceName: { value: '/dev/sdf' } },
  ],
  [
    'an attachment by VolumeId',
    {},
    {
      T: {
        Type: 'AWS::EC2::VolumeAttachment',
        Properties: { VolumeId: { 'Fn::GetAtt': ['Volume', 'VolumeId'] }, Device: '/dev/sdf' },
      },
    },
    { deviceName: { value: '/dev/sdf' } },
  ],
  [
    'an attachment of another',
    {},
    { T: { Type: 'AWS::EC2::VolumeAttachment', Properties: { VolumeId: 'vol-1', Device: '/dev/sdf' } } },
    { deviceName: { state: 'absent' } },
  ],
  [
    'an instance that attaches it',
    {},
    {
      I: {
        Type: 'AWS::EC2::Instance',
        Properties: {
          Volumes: [
            { VolumeId: 'vol-1', Device: '/dev/sdg' },
            { VolumeId: { Ref: 'Volume' }, Device: '/dev/sdf' },
          ],
        },
      },
    },
    { deviceName: { value: '/dev/sdf' } },
  ],
])('a volume of its own with %s', (_, Properties, resources, device) => {
  const { volumes } = factsOfTemplate({
    Parameters: { Unknown: { Type: 'String' } },
    Resources: { Volume: { Type: 'AWS::EC2::Volume', Properties }, ...resources },
  });
  expect(volumes).toMatchObject([{ place: { logicalId: 'Volume' }, device }]);
});
