import { Match, type Template } from 'aws-cdk-lib/assertions';
import { controlPlaneCount } from '../../../lib/config/node-groups';
import type { AttachedEnvironment } from '../../../lib/config/schema';
import { applies, statements } from '../../../packages/local-aws/src';
import {
  allResources,
  resources,
  synthesize,
  warningsOf,
  type Resource,
  type Synthesized,
} from '../../app/synthesized';
import { roleStatements, statementsOf } from '../../app/policies';
import { EXAMPLES, exampleEnvironment } from './example-environments';

const cache = new Map<string, Synthesized>();
const example = (name: string): Synthesized => {
  const known = cache.get(name) ?? synthesize(name, exampleEnvironment(name));
  cache.set(name, known);
  return known;
};
const attachOf = (name: string): Template => example(name).attach;
const allOf = (name: string): [string, Resource][] => allResources(example(name));
const stacksOf = ({ assembly }: Synthesized): readonly string[] =>
  assembly.stacks.map(({ stackName }) => stackName);

test('docs/attach.md has an example of each kind', () =>
  expect(EXAMPLES).toEqual(['kops', 'kubeadm', 'eks']));

describe.each(EXAMPLES)('%s', (name) => {
  const environment = exampleEnvironment(name);
  const groups = Object.entries(environment.cluster.existing.workerGroups);

  test('no template makes, launches or replaces a node, or a network', () => {
    const made = allOf(name).filter(([, { Type }]) =>
      /^AWS::(?:EC2|AutoScaling|EKS|ElasticLoadBalancing\w*)::/.test(Type),
    );
    expect(made).toEqual([]);
    expect(stacksOf(example(name))).not.toContain(`headroom-${name}-cluster`);
  });

  test('offers what can work: no drain without a control-plane node to speak from, no upgrade', () => {
    const names = allOf(name).flatMap(([, { Type, Properties }]) =>
      Type === 'AWS::SSM::Document' ? [String(Properties['Name']).replace(`headroom-${name}-`, '')] : [],
    );
    expect(names).toContain('DiagnoseNode');
    expect(names).not.toContain('UpgradeNode');
    const byControlPlane = ['ClusterFacts', 'DrainNode', 'ReplaceWorker', 'RetireWorker', 'UncordonNode'];
    expect(byControlPlane.filter((each) => names.includes(each))).toEqual(
      name === 'eks' ? [] : byControlPlane,
    );
  });

  test('synthesizes offline, without warnings', () => {
    const { assembly } = example(name);
    expect(assembly.manifest.missing ?? []).toEqual([]);
    expect(warningsOf(assembly)).toEqual([]);
  });

  test('tags are there before the associations that hang on them', () => {
    for (const stack of ['agents', 'observe'] as const)
      expect(example(name).dependenciesOf(stack)).toContain('attach');
  });

  test('a custom resource stands for each group, one after the other, and bears what the audit reads', () => {
    const declared = Object.entries(resources(attachOf(name), 'Custom::HeadroomNodeGroup'));
    expect(declared).toHaveLength(groups.length + (controlPlaneCount(environment) > 0 ? 1 : 0));
    for (const [index, [, { Properties, DependsOn = [] }]] of declared.entries()) {
      expect(Properties['Tags']).toEqual(environment.cluster.existing.tags);
      const earlier = declared.slice(0, index).map(([id]) => id);
      if (index > 0) expect(DependsOn.some((id) => earlier.includes(id))).toBe(true);
    }
    const [, last] = declared.at(-1)!;
    expect((last as unknown as { Metadata: unknown }).Metadata).toMatchObject({
      Headroom: {
        environment: name,
        environmentFile: `environments/${name}.yaml`,
        environmentPath: expect.stringMatching(/^cluster\.existing\./) as string,
        maxSizeGiB: groups.at(-1)![1].rootVolume.maxSizeGiB,
        diskLevels: environment.diskLevels,
      },
    });
  });

  test('the schedule hands over the same groups every five minutes, and goes before their tags do', () => {
    const declared = resources(attachOf(name), 'Custom::HeadroomNodeGroup');
    const [rule] = Object.values(resources(attachOf(name), 'AWS::Events::Rule'));
    expect(rule?.Properties['ScheduleExpression']).toBe('rate(5 minutes)');
    const [target] = rule?.Properties['Targets'] as { Input: string; RetryPolicy: unknown }[];
    expect(JSON.parse(target!.Input)).toEqual({
      attachment: {
        tags: environment.cluster.existing.tags,
        groups: Object.values(declared).map(({ Properties }) => Properties['Group']),
      },
    });
    expect(rule?.DependsOn).toContain(Object.keys(declared).at(-1));
  });

  test('alarms of workers look at the group that exists, control planes at their instances', () => {
    const observe = example(name).observe;
    const alarms = JSON.stringify(observe.findResources('AWS::CloudWatch::Alarm'));
    for (const [, { autoScalingGroupName }] of groups) {
      expect(alarms).toContain(`AutoScalingGroupName = '${autoScalingGroupName}'`);
      observe.hasResourceProperties('AWS::CloudWatch::Alarm', {
        ...{ Namespace: 'Headroom', MetricName: 'SilentNodes' },
        Dimensions: Match.arrayWith([{ Name: 'AutoScalingGroupName', Value: autoScalingGroupName }]),
      });
    }
    expect(alarms).not.toContain(`headroom-${name}-workers-general'`);
    const ids = environment.cluster.existing.controlPlane?.instanceIds ?? [];
    for (const id of ids) expect(alarms).toContain(id);
    expect(alarms.match(/control-plane-\d+-disk-critical/g) ?? []).toHaveLength(ids.length);
    const roles = Object.values(resources(example(name).agents, 'AWS::SSM::Parameter')).map(
      ({ Properties }) => Properties['Name'],
    );
    expect(roles).toHaveLength(ids.length > 0 ? 2 : 1);
  });

  test('the nodes’ roles get what the agents need, and an output names the policy', () => {
    const [policy] = Object.values(resources(attachOf(name), 'AWS::IAM::ManagedPolicy'));
    expect(policy?.Properties['Roles']).toEqual(environment.cluster.existing.nodeRoleNames);
    const found = statementsOf(policy?.Properties['PolicyDocument']);
    expect(found.flatMap(({ actions }) => actions)).toEqual(
      expect.arrayContaining([
        'ssm:UpdateInstanceInformation',
        'ssm:PutConfigurePackageResult',
        'ssm:GetParameter',
      ]),
    );
    const parameters = found.find(({ Sid }) => Sid === 'ReadAgentConfiguration')?.resources ?? [];
    expect(parameters.every((arn) => arn.includes(`parameter/headroom/${name}/cloudwatch-agent/`))).toBe(
      true,
    );
    attachOf(name).hasOutput('NodePolicyArn', {});
  });

  test('the agent is installed where the tag is, and configured again half an hour later', () => {
    const target = { Key: 'tag:headroom:environment', Values: [name] };
    attachOf(name).hasResourceProperties('AWS::SSM::Association', {
      Name: 'AWS-ConfigureAWSPackage',
      Parameters: { action: ['Install'], name: ['AmazonCloudWatchAgent'] },
      Targets: [target],
      ScheduleExpression: 'rate(30 minutes)',
      // A node above a share would wait for the next half hour.
      MaxConcurrency: '100%',
    });
    example(name).agents.hasResourceProperties('AWS::SSM::Association', {
      Name: `headroom-${name}-ConfigureAgent`,
      ScheduleExpression: 'rate(30 minutes)',
    });
    example(name).heal.hasResourceProperties('AWS::SSM::Association', {
      Name: `headroom-${name}-PrepareNode`,
      Targets: [target],
    });
  });

  test('the plan counts the control-plane nodes that are named', () => {
    const [plan] = Object.values(resources(example(name).heal, 'AWS::Lambda::Function')).filter(
      ({ Properties }) => Properties['FunctionName'] === `headroom-${name}-plan`,
    );
    expect((plan?.Properties['Environment'] as { Variables: object }).Variables).toMatchObject({
      HEADROOM_CONTROL_PLANE_COUNT: String(controlPlaneCount(environment)),
    });
  });
});

test('etcd’s snapshots are saved where the file asks for it, and only control-plane roles may read them', () => {
  const environment = exampleEnvironment('kubeadm');
  const policies = (): Resource[] =>
    Object.values(resources(synthesize('kubeadm', environment).attach, 'AWS::IAM::ManagedPolicy'));
  expect(JSON.stringify(policies())).not.toContain('s3:');
  expect(stacksOf(synthesize('kubeadm', environment))).toContain('headroom-kubeadm-protect');
  environment.protect.etcdSnapshots = { everyHours: 6, retentionDays: 14 };
  environment.cluster.existing.controlPlane!.nodeRoleNames = ['lab-control-plane'];
  const [ofNodes, ofControlPlane, ...others] = policies();
  expect(others).toEqual([]);
  expect(ofNodes?.Properties['Roles']).toEqual(['lab-control-plane', 'lab-worker']);
  expect(JSON.stringify(ofNodes)).not.toContain('s3:');
  expect(ofControlPlane?.Properties['Roles']).toEqual(['lab-control-plane']);
  expect(JSON.stringify(ofControlPlane)).toContain('s3:PutObject');
});

test('without control planes there is no protect stack', () =>
  expect(stacksOf(example('eks'))).not.toContain('headroom-eks-protect'));

test('without role names the policy is attached to none, and the output says what to do', () => {
  const environment: AttachedEnvironment = exampleEnvironment('eks');
  environment.cluster.existing.nodeRoleNames = [];
  const template = synthesize('eks', environment).attach;
  const [policy] = Object.values(resources(template, 'AWS::IAM::ManagedPolicy'));
  expect(policy?.Properties).not.toHaveProperty('Roles');
  template.hasOutput('NodePolicyArn', {
    Description: Match.stringLikeRegexp('Attach it to the instance roles'),
  });
});

test('an output that names a policy of control-plane nodes says where their roles are written', () => {
  const environment = exampleEnvironment('kubeadm');
  environment.protect.etcdSnapshots = { everyHours: 6, retentionDays: 14 };
  environment.cluster.existing.metricNamespaces = 'separate';
  environment.cluster.existing.nodeRoleNames = [];
  const template = synthesize('kubeadm', environment).attach;
  const hint = (output: string): unknown => template.findOutputs(output)[output]?.['Description'];
  expect(hint('NodePolicyArn')).toMatch(/to the instance roles, or name them in nodeRoleNames$/);
  for (const output of ['ControlPlanePolicyArn', 'ControlPlaneMetricsPolicyArn'])
    expect(hint(output)).toMatch(
      /to the instance roles of control-plane nodes alone, or name them in controlPlane\.nodeRoleNames$/,
    );
});

test('where only control planes’ roles are named, the output says that workers’ need the policy too', () => {
  const environment = exampleEnvironment('kubeadm');
  environment.cluster.existing.nodeRoleNames = [];
  environment.cluster.existing.controlPlane!.nodeRoleNames = ['lab-control-plane'];
  synthesize('kubeadm', environment).attach.hasOutput('NodePolicyArn', {
    Description: Match.stringLikeRegexp('; attach it to the instance roles of all other nodes$'),
  });
});

test('a group whose name is longer than all else together is refused before it is deployed', () => {
  const environment: AttachedEnvironment = exampleEnvironment('eks');
  const group = environment.cluster.existing.workerGroups['general']!;
  environment.cluster.existing.tags = Object.fromEntries(
    Array.from({ length: 40 }, (_, index) => [`key-${index}`.padEnd(120, 'x'), 'y'.repeat(120)]),
  );
  environment.cluster.existing.workerGroups = { general: group };
  expect(() => synthesize('eks', environment)).toThrow(
    /cluster\.existing\n {2}must have groups and tags of at most 8192/,
  );
});

describe('what IAM lets the function do', () => {
  const role = roleStatements(Object.entries(resources(attachOf('kops'), 'AWS::IAM::Policy')), 'AttachRole');
  const policy = statements(
    {
      Statement: role.map(({ Sid, Effect, actions, resources: arns, Condition }) => ({
        ...{ Sid, Effect, Action: actions, Resource: arns, ...(Condition && { Condition }) },
      })),
    },
    'role',
  );
  const OPERATORS = { 'aws:ResourceTag/KubernetesCluster': 'prod.example.com' };
  const MEMBER = {
    ...OPERATORS,
    'aws:ResourceTag/aws:autoscaling:groupName': 'nodes-eu-central-1a.prod.example.com',
  };
  const TAGS = {
    'headroom:environment': 'kops',
    'headroom:role': 'worker',
    'headroom:node-group': 'nodes',
  };
  const asked = (tags: Record<string, string>, more: object = {}) => ({
    ...Object.fromEntries(Object.entries(tags).map(([key, value]) => [`aws:RequestTag/${key}`, value])),
    'aws:TagKeys': Object.keys(tags),
    ...more,
  });
  const arn = (resource: string) => `arn:aws:ec2:eu-central-1:111122223333:${resource}`;
  const allowed = (action: string, resource: string, context: object): boolean =>
    policy.some((statement) =>
      applies(statement, { action, resource: arn(resource), context: context as Record<string, string> }),
    );
  const CONTROL_PLANE = {
    ...{ 'headroom:environment': 'kops', 'headroom:role': 'control-plane' },
    ...{ 'headroom:node-group': 'control-plane', 'headroom:index': '1' },
  };
  const FOREIGN = { 'aws:ResourceTag/headroom:environment': 'prod' };
  const OWN = { 'aws:ResourceTag/headroom:environment': 'kops' };

  test.each<[string, string, string, object]>([
    ['a worker of its group', 'ec2:CreateTags', 'instance/i-1', asked(TAGS, MEMBER)],
    ['one that has the tags', 'ec2:CreateTags', 'instance/i-1', asked(TAGS, { ...MEMBER, ...OWN })],
    [
      'a control-plane node by its id',
      'ec2:CreateTags',
      'instance/i-0a1b2c3d4e5f60001',
      asked(CONTROL_PLANE, OPERATORS),
    ],
    ['a volume without an owner', 'ec2:CreateTags', 'volume/vol-1', asked(TAGS)],
    ['untag what is ours', 'ec2:DeleteTags', 'instance/i-1', { 'aws:TagKeys': ['headroom:role'], ...OWN }],
  ])('allowed: %s', (_, action, resource, context) => expect(allowed(action, resource, context)).toBe(true));

  test.each<[string, string, string, object]>([
    ['an instance of another group', 'ec2:CreateTags', 'instance/i-1', asked(TAGS, OPERATORS)],
    [
      'a member without the operator’s tag',
      'ec2:CreateTags',
      'instance/i-1',
      asked(TAGS, { ...MEMBER, 'aws:ResourceTag/KubernetesCluster': 'other' }),
    ],
    ['another environment’s node', 'ec2:CreateTags', 'instance/i-1', asked(TAGS, { ...MEMBER, ...FOREIGN })],
    ['another environment’s volume', 'ec2:CreateTags', 'volume/vol-1', asked(TAGS, FOREIGN)],
    ['a tag that is not ours', 'ec2:CreateTags', 'volume/vol-1', asked({ ...TAGS, Name: 'x' })],
    ['no tag of ours at all', 'ec2:CreateTags', 'volume/vol-1', asked({ 'headroom:role': 'worker' })],
    [
      'into another environment',
      'ec2:CreateTags',
      'volume/vol-1',
      asked({ ...TAGS, 'headroom:environment': 'prod' }),
    ],
    [
      'a group that is none',
      'ec2:CreateTags',
      'volume/vol-1',
      asked({ ...TAGS, 'headroom:node-group': 'x' }),
    ],
    ['a control-plane node of another id', 'ec2:CreateTags', 'instance/i-1', asked(CONTROL_PLANE, OPERATORS)],
    ['a worker made a control-plane node', 'ec2:CreateTags', 'instance/i-1', asked(CONTROL_PLANE, MEMBER)],
    ['a snapshot', 'ec2:CreateTags', 'snapshot/snap-1', asked(TAGS)],
    ['untag another’s', 'ec2:DeleteTags', 'volume/v', { 'aws:TagKeys': ['headroom:role'], ...FOREIGN }],
    ['untag an owner’s tag', 'ec2:DeleteTags', 'volume/v', { 'aws:TagKeys': ['Name'], ...OWN }],
    ['untag all tags, by naming none', 'ec2:DeleteTags', 'volume/v', OWN],
    ['end a node', 'ec2:TerminateInstances', 'instance/i-1', { ...MEMBER, ...OWN }],
  ])('refused: %s', (_, action, resource, context) => expect(allowed(action, resource, context)).toBe(false));
});
