import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { flannelManifest } from '../../../lib/stacks/cluster/cni/flannel';
import { statementsOf } from '../../app/policies';
import {
  ROOT,
  environmentOf,
  flat,
  resources,
  shipped,
  synthesize,
  type Resource,
} from '../../app/synthesized';

const one = (type: string, id: string): Resource => {
  const found = Object.entries(resources(shipped('prod').cluster, type)).filter(([name]) =>
    name.startsWith(id),
  );
  expect(found).toHaveLength(1);
  return found[0]![1];
};

const rights = (role: 'ControlPlaneRole' | 'WorkerRole', cluster = shipped('prod').cluster) =>
  Object.entries(resources(cluster, 'AWS::IAM::Policy'))
    .filter(([id]) => id.startsWith(role))
    .flatMap(([, { Properties }]) => statementsOf(Properties['PolicyDocument']));
const about = (role: 'ControlPlaneRole' | 'WorkerRole', text: string) =>
  rights(role).filter(({ resources: of }) => of.some((resource) => flat(resource).includes(text)));

describe('the stack waits for its nodes', () => {
  const condition = (id: string) => one('AWS::CloudFormation::WaitCondition', id);
  const parameters = () =>
    (shipped('prod').cluster.toJSON() as { Parameters: Record<string, { Default: unknown }> }).Parameters;
  const countOf = (id: string) =>
    parameters()[(condition(id).Properties['Count'] as { Ref: string }).Ref]?.Default;

  test('for every control plane, and for as many workers as there are at least', () => {
    expect(countOf('ControlPlaneSignal')).toBe(3);
    expect(countOf('WorkerSignal')).toBe(4);
  });

  test('the count is a parameter, which keeps its value: a wait condition cannot be updated', () => {
    const environment = environmentOf('prod');
    environment.workerGroups['general']!.min = 5;
    const edited = synthesize('prod', environment).cluster;
    expect(resources(edited, 'AWS::CloudFormation::WaitCondition')).toEqual(
      resources(shipped('prod').cluster, 'AWS::CloudFormation::WaitCondition'),
    );
  });

  test('only when instances and listener are there does its time run; workers begin when the control plane stands', () => {
    const instances = Object.keys(resources(shipped('prod').cluster, 'AWS::EC2::Instance'));
    const [listener] = Object.keys(
      resources(shipped('prod').cluster, 'AWS::ElasticLoadBalancingV2::Listener'),
    );
    expect(condition('ControlPlaneSignal').DependsOn).toEqual(
      expect.arrayContaining([...instances, listener]),
    );
    for (const group of Object.values(
      resources(shipped('prod').cluster, 'AWS::AutoScaling::AutoScalingGroup'),
    ))
      expect(JSON.stringify(group.DependsOn)).toContain('ControlPlaneSignal');
  });

  test('an environment without workers waits for none', () => {
    const environment = environmentOf('dev');
    environment.workerGroups['general']!.min = 0;
    const ids = Object.keys(
      resources(synthesize('dev', environment).cluster, 'AWS::CloudFormation::WaitCondition'),
    );
    expect(ids.map((id) => id.replace(/Condition.*$/, ''))).toEqual(['ControlPlaneSignal']);
  });
});

/** Of this creation of the stack, and of no other. */
const JOIN = '/headroom/prod/join/<AWS::StackId>[2]';

describe('who may read how to join', () => {
  test('control planes publish, workers read only their own', () => {
    expect(
      about('ControlPlaneRole', ':parameter/headroom/prod/join').map(({ actions, resources: of }) => [
        actions,
        of.map(flat).map((arn) => arn.split('parameter')[1]),
      ]),
    ).toEqual([[['ssm:GetParameter', 'ssm:PutParameter'], [`${JOIN}/*`]]]);
    expect(
      about('WorkerRole', ':parameter/headroom/prod/join').map(({ actions, resources: of }) => [
        actions,
        of.map(flat).map((arn) => arn.split('parameter')[1]),
      ]),
    ).toEqual([[['ssm:GetParameter'], [`${JOIN}/worker`]]]);
  });

  test('the key answers them only through Systems Manager, and only for these parameters', () => {
    for (const [role, parameter] of [
      ['ControlPlaneRole', `${JOIN}/*`],
      ['WorkerRole', `${JOIN}/worker`],
    ] as const) {
      const [statement, ...more] = about(role, '<Key').filter(({ actions }) =>
        actions.includes('kms:Decrypt'),
      );
      expect(more).toEqual([]);
      const { StringEquals, StringLike } = statement!.Condition!;
      expect(flat(StringEquals!['kms:ViaService'])).toMatch(/^ssm\.ap-northeast-1\./);
      expect(flat(StringLike!['kms:EncryptionContext:PARAMETER_ARN'])).toContain(`parameter${parameter}`);
    }
  });

  test('the key rotates, outlives the stack, and has the environment’s alias', () => {
    const key = one('AWS::KMS::Key', 'Key');
    expect(key.Properties['EnableKeyRotation']).toBe(true);
    expect(key.DeletionPolicy).toBe('RetainExceptOnCreate');
    expect(one('AWS::KMS::Alias', 'Key').Properties['AliasName']).toBe('alias/headroom-prod');
  });
});

describe('a control-plane node', () => {
  test('finds its index in its tags', () => {
    const indices = Object.values(resources(shipped('prod').cluster, 'AWS::EC2::Instance')).map(
      ({ Properties }) =>
        (Properties['Tags'] as { Key: string; Value: string }[]).find(({ Key }) => Key === 'headroom:index')
          ?.Value,
    );
    expect(indices).toEqual(['1', '2', '3']);
    const data = one('AWS::EC2::LaunchTemplate', 'ControlPlane').Properties['LaunchTemplateData'];
    expect(data).toMatchObject({ MetadataOptions: { InstanceMetadataTags: 'enabled' } });
  });

  test('has its rights before it boots', () => {
    const [policy] = Object.keys(resources(shipped('prod').cluster, 'AWS::IAM::Policy')).filter((id) =>
      id.startsWith('ControlPlaneRole'),
    );
    for (const { DependsOn } of Object.values(resources(shipped('prod').cluster, 'AWS::EC2::Instance')))
      expect(DependsOn).toContain(policy);
  });
});

describe('manifests', () => {
  const folder = join(ROOT, 'manifests-of-a-test');
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  test('a file becomes an object that control planes alone may read, and it alone', () => {
    mkdirSync(folder);
    writeFileSync(join(folder, 'cni.yaml'), 'kind: List\n');
    const environment = environmentOf('prod');
    environment.cluster.cniManifest = 'manifests-of-a-test/cni.yaml';
    const { cluster } = synthesize('prod', environment);
    const reading = (role: 'ControlPlaneRole' | 'WorkerRole') =>
      rights(role, cluster)
        .filter(({ actions }) => actions.includes('s3:GetObject'))
        .flatMap(({ resources: of }) => of.map(flat))
        .filter((arn) => arn.includes('assets'));
    expect(reading('ControlPlaneRole')).toEqual([
      expect.stringMatching(/assets-777788889999-ap-northeast-1\/[0-9a-f]{64}\.yaml$/),
    ]);
    expect(reading('WorkerRole')).toEqual([]);
    expect(JSON.stringify(resources(cluster, 'AWS::EC2::LaunchTemplate'))).toMatch(
      /HEADROOM_CNI_MANIFEST='s3:\/\/cdk-[a-z0-9-]+\/[0-9a-f]{64}\.yaml'/,
    );
  });

  test('an environment that names none gets flannel, in its own pod range, as an object that control planes alone may read', () => {
    const environment = environmentOf('prod');
    environment.cluster.podCidr = '100.64.0.0/16';
    const { cluster, assembly } = synthesize('prod', environment);
    const [, name] = /HEADROOM_CNI_MANIFEST='s3:\/\/cdk-[a-z0-9-]+\/([0-9a-f]{64})\.yaml'/.exec(
      JSON.stringify(resources(cluster, 'AWS::EC2::LaunchTemplate')),
    )!;
    const objects = rights('ControlPlaneRole', cluster).filter(({ resources: of }) =>
      JSON.stringify(of).includes(name!),
    );
    expect(objects.map(({ actions }) => actions)).toEqual([['s3:GetObject']]);
    expect(JSON.stringify(rights('WorkerRole', cluster))).not.toContain(name);
    const manifest = readFileSync(join(assembly.directory, '..', `asset.${name}.yaml`), 'utf8');
    expect(manifest).toBe(flannelManifest('100.64.0.0/16'));
  });

  test('an environment that wants none has none, and a warning says what that means', () => {
    const environment = environmentOf('prod');
    environment.cluster.cniManifest = 'none';
    const { cluster, assembly } = synthesize('prod', environment);
    const messages = assembly.stacks.flatMap(({ messages: of }) =>
      of.map(({ entry }) => entry.data as string),
    );
    expect(messages).toEqual([
      expect.stringMatching(
        /^environments\/prod\.yaml has cluster\.cniManifest: none\. .*NotReady.*docs\/cni\.md/,
      ),
    ]);
    expect(JSON.stringify(resources(cluster, 'AWS::EC2::LaunchTemplate'))).toContain(
      "HEADROOM_CNI_MANIFEST=''",
    );
  });

  test('a link that leads out of the project names no file of it', () => {
    mkdirSync(folder);
    symlinkSync('/etc/passwd', join(folder, 'cni.yaml'));
    const environment = environmentOf('prod');
    environment.cluster.cniManifest = 'manifests-of-a-test/cni.yaml';
    expect(() => synthesize('prod', environment)).toThrow(/must name a file that is there/);
  });

  test('a file that is not there is told with file, field, rule, value and next step', () => {
    const environment = environmentOf('prod');
    environment.cluster.metricsServerManifest = 'manifests/none.yaml';
    expect(() => synthesize('prod', environment)).toThrow(
      /environments\/prod\.yaml:\d+:1 {2}cluster\.metricsServerManifest\n {2}must name a file that is there.*\n {2}found: "manifests\/none\.yaml"\n {2}fix: save the manifest/,
    );
  });
});
