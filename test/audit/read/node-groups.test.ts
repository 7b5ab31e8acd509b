import { join } from 'node:path';
import { readFacts } from '../../../lib/audit/read/read-facts';
import { directoryOf, factsOfTemplate, removeMade } from './support';

afterAll(removeMade);

const UBUNTU =
  'resolve:ssm:/aws/service/canonical/ubuntu/server/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id';
const template = (image: string, device: string, extra = ''): string => `
Resources:
  Launch:
    Type: AWS::EC2::LaunchTemplate
    Properties:
      LaunchTemplateData:
        ImageId: '${image}'
        InstanceType: m7i.large
        MetadataOptions: { HttpTokens: required }
        BlockDeviceMappings:
          - DeviceName: ${device}
            Ebs: { VolumeSize: 40, VolumeType: gp3, Encrypted: true }
  Group:
    Type: AWS::AutoScaling::AutoScalingGroup
    Metadata: { Headroom: { nodeGroup: general, maxSizeGiB: 200${extra} } }
    Properties:
      MinSize: '1'
      MaxSize: 4
      LaunchTemplate: { LaunchTemplateId: !Ref Launch, Version: !GetAtt Launch.LatestVersionNumber }
`;

test('an Auto Scaling group has the disks of its launch template', () => {
  const { nodeGroups, unreadable } = factsOfTemplate(template(UBUNTU, '/dev/sda1'));
  expect(unreadable).toEqual([]);
  expect(nodeGroups).toHaveLength(1);
  expect(nodeGroups[0]).toMatchObject({
    id: 'template/Group',
    name: 'general',
    kind: 'auto-scaling-group',
    nodes: { min: { value: 1 }, desired: { state: 'absent' }, max: { value: 4 } },
    place: { line: 13, file: 'template.yaml' },
    launchTemplate: { logicalId: 'Launch', line: 3 },
    image: { family: { value: 'ubuntu' } },
    rootVolume: {
      value: { sizeGiB: { value: 40 }, encrypted: { value: true }, volumeType: { value: 'gp3' } },
    },
    imdsV2Required: { value: true },
    policy: { nodeGroup: 'general', maxSizeGiB: 200 },
  });
});

test.each<[string, string, string, string]>([
  ['ubuntu', UBUNTU, '/dev/sda1', '/dev/xvda'],
  ['debian', '{{resolve:ssm:/aws/service/debian/release/12/latest/amd64}}', '/dev/xvda', '/dev/sda1'],
  [
    'amazon-linux-2023',
    '{{resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64}}',
    '/dev/xvda',
    '/dev/sda1',
  ],
  [
    'amazon-linux-2',
    '{{resolve:ssm:/aws/service/eks/optimized-ami/1.29/amazon-linux-2/recommended/image_id}}',
    '/dev/xvda',
    '/dev/sda1',
  ],
  [
    'bottlerocket',
    '{{resolve:ssm:/aws/service/bottlerocket/aws-k8s-1.31/x86_64/latest/image_id}}',
    '/dev/xvda',
    '/dev/xvdb',
  ],
  [
    'windows',
    '{{resolve:ssm:/aws/service/ami-windows-latest/Windows_Server-2022-English-Core-Base}}',
    '/dev/sda1',
    '/dev/xvda',
  ],
])('root of %s is picked by its own device name', (family, image, right, wrong) => {
  const [good] = factsOfTemplate(template(image, right)).nodeGroups;
  expect(good?.image.family).toEqual({ state: 'known', value: family });
  expect(good?.rootVolume.state).toBe('known');
  expect(factsOfTemplate(template(image, wrong)).nodeGroups[0]?.rootVolume.state).toBe('absent');
});

test('a bare image id has no family, and the only mapping of a root name is meant for root', () => {
  const [group] = factsOfTemplate(template('ami-0123456789abcdef0', '/dev/xvda')).nodeGroups;
  expect(group?.image.family.state).toBe('unknown');
  expect(group?.rootVolume).toMatchObject({ state: 'known', value: { sizeGiB: { value: 40 } } });
});

test('metadata of a wrong type is named, and the other keys hold', () => {
  const { nodeGroups, unreadable } = factsOfTemplate(
    template(UBUNTU, '/dev/sda1', ', sizeGiB: many, colour: red'),
  );
  expect(unreadable.map(({ why }) => why)).toEqual([
    expect.stringContaining('Headroom.sizeGiB') as string,
    expect.stringContaining('Headroom.colour') as string,
  ]);
  expect(nodeGroups[0]?.policy).toEqual({ nodeGroup: 'general', maxSizeGiB: 200 });
});

const instances = (names: readonly string[], tag: boolean, version: unknown, sizeGiB = 40): object => ({
  Resources: {
    Launch: {
      Type: 'AWS::EC2::LaunchTemplate',
      Properties: {
        LaunchTemplateData: {
          ImageId: UBUNTU,
          BlockDeviceMappings: [{ DeviceName: '/dev/sda1', Ebs: { VolumeSize: sizeGiB } }],
        },
      },
    },
    ...Object.fromEntries(
      names.map((name) => [
        name,
        {
          Type: 'AWS::EC2::Instance',
          Properties: {
            LaunchTemplate: { LaunchTemplateId: { Ref: 'Launch' }, Version: version },
            SubnetId: 'subnet-1',
            Tags: tag ? [{ Key: 'headroom:node-group', Value: 'control-plane' }] : [],
          },
        },
      ]),
    ),
  },
});

test('instances of one node group are one, foreign ones each their own', () => {
  const [ours, ...none] = factsOfTemplate(instances(['A', 'B', 'C'], true, '1')).nodeGroups;
  expect(none).toEqual([]);
  expect(ours).toMatchObject({ id: 'template/control-plane', nodes: { min: { value: 3 } } });
  expect(ours?.instances.map(({ place }) => place.logicalId)).toEqual(['A', 'B', 'C']);
  expect(factsOfTemplate(instances(['A', 'B'], false, '1')).nodeGroups.map(({ name }) => name)).toEqual([
    'A',
    'B',
  ]);
});

test.each([
  ['pinned', '1', true],
  ['latest', { 'Fn::GetAtt': ['Launch', 'LatestVersionNumber'] }, false],
])('a launch template whose version is %s: another size %#', (_, version, isSame) => {
  const replacing = (sizeGiB: number) =>
    factsOfTemplate(instances(['A'], true, version, sizeGiB)).nodeGroups[0]?.instances[0]?.replacing;
  expect(Object.keys(replacing(40) ?? {}).sort()).toEqual(['LaunchTemplate', 'SubnetId']);
  expect(JSON.stringify(replacing(40)) === JSON.stringify(replacing(60))).toBe(isSame);
});

test('of block device mappings, all but DeleteOnTermination replaces an instance', () => {
  const replacing = (ebs: object) =>
    factsOfTemplate({
      Resources: {
        A: {
          Type: 'AWS::EC2::Instance',
          Properties: { BlockDeviceMappings: [{ DeviceName: '/dev/sda1', Ebs: ebs }] },
        },
      },
    }).nodeGroups[0]?.instances[0]?.replacing;
  expect(replacing({ VolumeSize: 8, DeleteOnTermination: true })).toEqual(replacing({ VolumeSize: 8 }));
  expect(replacing({ VolumeSize: 9 })).not.toEqual(replacing({ VolumeSize: 8 }));
});

test('an EKS node group: DiskSize, AmiType, and a worker', () => {
  const group = (AmiType: string) =>
    factsOfTemplate({
      Resources: {
        Nodes: {
          Type: 'AWS::EKS::Nodegroup',
          Properties: {
            AmiType,
            DiskSize: 30,
            InstanceTypes: ['m7i.large'],
            ScalingConfig: { MinSize: 1, MaxSize: 3 },
          },
        },
      },
    }).nodeGroups[0];
  expect(group('AL2023_x86_64_STANDARD')).toMatchObject({
    role: 'worker',
    image: { family: { value: 'amazon-linux-2023' } },
    rootVolume: { value: { deviceName: { value: '/dev/xvda' }, sizeGiB: { value: 30 } } },
    instanceTypes: { value: ['m7i.large'] },
  });
  expect(group('BOTTLEROCKET_ARM_64')?.rootVolume).toMatchObject({
    value: { deviceName: { value: '/dev/xvdb' } },
  });
});

test.each([
  ['exports', { 'Fn::ImportValue': 'cluster:Node' }],
  ['parameters of Parameter Store', { Ref: 'NodeId' }],
])('%s of one stack of an assembly lead alarms of another to its instances', (_, value) => {
  const stack = (templateFile: string) => ({
    type: 'aws:cloudformation:stack',
    environment: 'aws://111122223333/eu-west-1',
    properties: { templateFile },
  });
  const directory = directoryOf({
    'manifest.json': JSON.stringify({
      artifacts: { stage: { type: 'cdk:cloud-assembly', properties: { directoryName: 'inner' } } },
    }),
    'inner/manifest.json': JSON.stringify({
      artifacts: { cluster: stack('c.json'), observe: stack('o.json') },
    }),
    'inner/c.json': JSON.stringify({
      Resources: {
        Node: { Type: 'AWS::EC2::Instance', Properties: {} },
        Id: { Type: 'AWS::SSM::Parameter', Properties: { Name: '/cluster/node', Value: { Ref: 'Node' } } },
      },
      Outputs: { Out: { Value: { Ref: 'Node' }, Export: { Name: 'cluster:Node' } } },
    }),
    'inner/o.json': JSON.stringify({
      Parameters: { NodeId: { Type: 'AWS::SSM::Parameter::Value<String>', Default: '/cluster/node' } },
      Resources: {
        Alarm: {
          Type: 'AWS::CloudWatch::Alarm',
          Properties: {
            Namespace: 'CWAgent',
            MetricName: 'disk_used_percent',
            Dimensions: [{ Name: 'InstanceId', Value: value }],
          },
        },
      },
    }),
  });
  const facts = readFacts(directory);
  expect(facts.stacks[0]).toMatchObject({ file: 'inner/c.json', region: { value: 'eu-west-1' } });
  expect(facts.alarms[0]?.watches).toEqual({ state: 'known', value: ['cluster/Node'] });
  expect(facts.alarms[0]?.metric).toMatchObject({
    value: { dimensions: { value: { InstanceId: 'ref:Node' } } },
  });
  expect(readFacts(join(directory, 'inner')).alarms).toHaveLength(1);
});
