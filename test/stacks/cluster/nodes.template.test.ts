import { environmentOf, resources, shipped, synthesize, type Resource } from '../../app/synthesized';

interface TemplateData {
  readonly ImageId: string;
  readonly InstanceType: string;
  readonly KeyName?: string;
  readonly MetadataOptions: Record<string, unknown>;
  readonly BlockDeviceMappings: { readonly DeviceName: string; readonly Ebs: Record<string, unknown> }[];
  readonly TagSpecifications: {
    readonly ResourceType: string;
    readonly Tags: { Key: string; Value: string }[];
  }[];
}

const launchTemplates = (environment: string): [string, TemplateData][] =>
  Object.entries(resources(shipped(environment).cluster, 'AWS::EC2::LaunchTemplate')).map(
    ([id, { Properties }]) => [id, Properties['LaunchTemplateData'] as TemplateData],
  );

const instances = (environment: string): Resource[] =>
  Object.values(resources(shipped(environment).cluster, 'AWS::EC2::Instance'));

describe.each(['dev', 'staging', 'prod'])('launch templates of %s', (environment) => {
  test.each(launchTemplates(environment))('%s: one encrypted gp3 root volume, IMDSv2, no key', (_, data) => {
    const ubuntu = data.ImageId.includes('canonical');
    expect(data.BlockDeviceMappings).toHaveLength(1);
    expect(data.BlockDeviceMappings[0]).toMatchObject({
      DeviceName: ubuntu ? '/dev/sda1' : '/dev/xvda',
      Ebs: { Encrypted: true, VolumeType: 'gp3', DeleteOnTermination: true },
    });
    expect(data.MetadataOptions).toMatchObject({ HttpTokens: 'required', HttpPutResponseHopLimit: 1 });
    expect(data.KeyName).toBeUndefined();
    expect(data.ImageId).toMatch(/^resolve:ssm:\/aws\/service\//);
    const arm = /\d[a-z]*g/.test(data.InstanceType);
    expect(data.ImageId).toContain(ubuntu ? (arm ? '/arm64/' : '/amd64/') : arm ? 'arm64' : 'x86_64');
  });

  test.each(launchTemplates(environment))(
    '%s: instance and volume carry the tags that rights hang on',
    (_, data) => {
      for (const type of ['instance', 'volume']) {
        const { Tags } = data.TagSpecifications.find(({ ResourceType }) => ResourceType === type)!;
        const keys = Tags.map(({ Key }) => Key);
        expect(keys).toEqual(
          expect.arrayContaining(['headroom:environment', 'headroom:role', 'headroom:node-group']),
        );
        expect(Tags).toContainEqual({ Key: 'headroom:environment', Value: environment });
      }
    },
  );
});

describe('the control plane', () => {
  test('has as many nodes as the environment says, each in a zone of its own', () => {
    expect(instances('dev')).toHaveLength(1);
    expect(instances('prod')).toHaveLength(3);
    const subnets = instances('prod').map(({ Properties }) => JSON.stringify(Properties['SubnetId']));
    expect(new Set(subnets).size).toBe(3);
    const zones = Object.values(resources(shipped('prod').cluster, 'AWS::EC2::Subnet'))
      .filter(({ Properties }) => JSON.stringify(Properties['Tags']).includes('Private'))
      .map(({ Properties }) => Properties['AvailabilityZone']);
    expect(zones).toEqual(['ap-northeast-1a', 'ap-northeast-1c', 'ap-northeast-1d']);
  });

  test('is pinned to the first version of its launch template, and says nothing of its own about size', () => {
    for (const { Properties } of instances('prod')) {
      expect(Properties['LaunchTemplate']).toMatchObject({ Version: '1' });
      for (const property of ['BlockDeviceMappings', 'ImageId', 'InstanceType', 'UserData', 'KeyName'])
        expect(Properties).not.toHaveProperty(property);
    }
  });

  test('its instances are tagged, whatever version of the template they came from', () => {
    for (const { Properties } of instances('prod')) {
      expect(Properties['Tags']).toEqual(
        expect.arrayContaining([
          { Key: 'headroom:environment', Value: 'prod' },
          { Key: 'headroom:role', Value: 'control-plane' },
          { Key: 'headroom:node-group', Value: 'control-plane' },
        ]),
      );
    }
  });

  test('no edit of a size, a level or an instance type touches an instance', () => {
    const environment = environmentOf('prod');
    environment.controlPlane.rootVolume = {
      ...environment.controlPlane.rootVolume,
      sizeGiB: 100,
      maxSizeGiB: 300,
      iops: 6000,
    };
    environment.controlPlane.instanceType = 'm7i.2xlarge';
    environment.diskLevels.warningPercent = 78;
    const edited = synthesize('prod', environment).cluster;
    expect(resources(edited, 'AWS::EC2::Instance')).toEqual(
      resources(shipped('prod').cluster, 'AWS::EC2::Instance'),
    );
    // The edit did reach the launch template, so the comparison above compares something.
    expect(JSON.stringify(resources(edited, 'AWS::EC2::LaunchTemplate'))).toContain('"VolumeSize":100');
  });
});

describe('workers', () => {
  const groups = () =>
    Object.values(resources(shipped('prod').cluster, 'AWS::AutoScaling::AutoScalingGroup'));

  test('each group has the name, bounds and tags of the environment file', () => {
    expect(groups().map(({ Properties }) => Properties['AutoScalingGroupName'])).toEqual([
      'headroom-prod-workers-general',
      'headroom-prod-workers-memory',
    ]);
    expect(groups()[0]?.Properties).toMatchObject({ MinSize: '3', MaxSize: '12' });
    expect(groups()[0]?.Properties).not.toHaveProperty('DesiredCapacity');
    expect(groups()[0]?.Properties['Tags']).toEqual(
      expect.arrayContaining([
        { Key: 'headroom:environment', Value: 'prod', PropagateAtLaunch: true },
        { Key: 'headroom:role', Value: 'worker', PropagateAtLaunch: true },
        { Key: 'headroom:node-group', Value: 'general', PropagateAtLaunch: true },
      ]),
    );
  });

  test('take the latest template at their next launch, and are not replaced by a deploy', () => {
    for (const group of groups()) {
      expect(JSON.stringify(group.Properties['LaunchTemplate'])).toContain('LatestVersionNumber');
      expect(group).not.toHaveProperty('UpdatePolicy.AutoScalingRollingUpdate');
      expect(group).not.toHaveProperty('UpdatePolicy.AutoScalingReplacingUpdate');
    }
  });

  test('are counted, for the silence alarm', () => {
    for (const { Properties } of groups())
      expect(Properties['MetricsCollection']).toEqual([
        { Granularity: '1Minute', Metrics: ['GroupInServiceInstances'] },
      ]);
  });
});
