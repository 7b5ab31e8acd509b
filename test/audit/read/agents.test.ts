import type { AgentFacts } from '../../../lib/audit/facts';
import { factsOfTemplate, removeMade } from './support';

afterAll(removeMade);

const CONFIGURATION = {
  agent: { metrics_collection_interval: 30 },
  metrics: {
    namespace: 'Nodes',
    append_dimensions: { InstanceId: '${aws:InstanceId}' },
    aggregation_dimensions: [['InstanceId'], []],
    metrics_collected: {
      disk: {
        measurement: ['used_percent', { name: 'inodes_free', rename: 'x' }],
        resources: ['/'],
        drop_device: true,
        append_dimensions: { pool: 'general' },
      },
    },
  },
};
const TEXT = JSON.stringify(CONFIGURATION, null, 2);

const READ = {
  namespace: 'Nodes',
  appendDimensions: ['InstanceId'],
  aggregationDimensions: [['InstanceId'], []],
  disk: {
    measurements: ['used_percent', 'inodes_free'],
    resources: ['/'],
    dropDevice: true,
    intervalSeconds: 30,
    appendDimensions: ['pool'],
  },
};

const instance = (userData: unknown, tag = 'general', metadata: object = {}) => ({
  Type: 'AWS::EC2::Instance',
  Metadata: metadata,
  Properties: { UserData: userData, Tags: [{ Key: 'pool', Value: tag }] },
});
const parameter = (name: unknown, value: unknown = TEXT) => ({
  Type: 'AWS::SSM::Parameter',
  Properties: { Type: 'String', Name: name, Value: value },
});
const association = (location: unknown, targets: unknown) => ({
  Type: 'AWS::SSM::Association',
  Properties: {
    Name: 'AmazonCloudWatch-ManageAgent',
    Parameters: { action: ['configure'], optionalConfigurationLocation: [location] },
    Targets: targets,
  },
});
const agentsOf = (resources: object): readonly AgentFacts[] =>
  factsOfTemplate({
    Parameters: { Unknown: { Type: 'String' } },
    Resources: { A: instance('x', 'general'), B: instance('x', 'build'), ...resources },
  }).agents;

test('a configuration is read', () => {
  expect(agentsOf({ Configuration: parameter('/agent') })).toMatchObject([
    { name: { value: '/agent' }, configuration: { value: READ }, nodeGroups: { state: 'unknown' } },
  ]);
});

test.each<[string, object, object]>([
  [
    'defaults',
    { metrics: { metrics_collected: { disk: {} } } },
    {
      namespace: 'CWAgent',
      disk: { intervalSeconds: 60, dropDevice: false, resources: [], measurements: [] },
    },
  ],
  [
    "the section's own interval",
    {
      agent: { metrics_collection_interval: 10 },
      metrics: { metrics_collected: { disk: { metrics_collection_interval: 300 } } },
    },
    { disk: { intervalSeconds: 300 } },
  ],
  [
    'counters of Windows',
    { metrics: { metrics_collected: { LogicalDisk: { measurement: ['% Free Space'], resources: ['*'] } } } },
    { disk: { measurements: ['% Free Space'], resources: ['*'] } },
  ],
  ['logs alone', { logs: { logs_collected: { files: {} } } }, { appendDimensions: [] }],
])('%s', (_, json, read) => {
  const [agent] = agentsOf({ C: parameter('/agent', JSON.stringify(json)) });
  expect(agent?.configuration).toMatchObject({ value: read });
  expect('disk' in read).toBe(agent?.configuration.state === 'known' && 'disk' in agent.configuration.value);
});

test.each<[string, unknown, unknown, RegExp | undefined]>([
  ['any text', '/feature', 'on', undefined],
  ['other JSON', '/feature', '{"metrics": {}}', undefined],
  ['a text where a configuration should be', 'AmazonCloudWatch-linux', 'on', undefined],
  ['an agent by its name, and no JSON', '/amazon-cloudwatch-agent', '{', /no JSON/],
  ['an agent by its name, and another JSON', '/amazon-cloudwatch-agent', '{}', /no configuration/],
  ['an agent by its name, and an unknown value', '/cloudwatch-agent', { Ref: 'Unknown' }, /no default/],
])('a parameter with %s', (_, name, value, why) => {
  const agents = agentsOf({ C: parameter(name, value) });
  expect(agents).toHaveLength(why === undefined ? 0 : 1);
  if (why !== undefined)
    expect(agents[0]?.configuration).toMatchObject({
      state: 'unknown',
      why: expect.stringMatching(why) as string,
    });
});

const known = (...names: string[]): object => ({
  state: 'known',
  value: names.map((name) => `template/${name}`),
});
const unknown = (why: RegExp): object => ({ state: 'unknown', why: expect.stringMatching(why) as string });

test.each<[string, object, object]>([
  [
    'user data that fetches it by name',
    { N: instance('amazon-cloudwatch-agent-ctl -c ssm:/agent -s') },
    known('N'),
  ],
  [
    'user data that fetches a longer name',
    { N: instance('-c ssm:/agent-windows') },
    unknown(/nothing in the templates/),
  ],
  [
    'user data that fetches a name below it',
    { N: instance('-c ssm:/agent/windows') },
    unknown(/nothing in the templates/),
  ],
  [
    'user data that fetches it by Ref',
    { N: instance({ 'Fn::Sub': 'ctl -c ssm:${Configuration}\n' }) },
    known('N'),
  ],
  [
    'user data that fetches another by Ref',
    {
      N: instance({ 'Fn::Sub': 'ctl -c ssm:${ConfigurationOfWindows}' }),
      ConfigurationOfWindows: parameter('/w', 'x'),
    },
    unknown(/nothing/),
  ],
  [
    'a command of cfn-init that fetches it',
    {
      N: instance('x', 'x', {
        'AWS::CloudFormation::Init': { config: { commands: { a: { command: 'ctl -c ssm:/agent' } } } },
      }),
    },
    known('N'),
  ],
  [
    'an association by tag',
    { S: association('/agent', [{ Key: 'tag:pool', Values: ['build'] }]) },
    known('B'),
  ],
  [
    'an association by Ref',
    { S: association({ Ref: 'Configuration' }, [{ Key: 'tag:pool', Values: ['general', 'build'] }]) },
    known('A', 'B'),
  ],
  [
    'an association by tag key',
    { S: association('/agent', [{ Key: 'tag-key', Values: ['pool'] }]) },
    known('A', 'B'),
  ],
  [
    'an association with all of two targets',
    {
      S: association('/agent', [
        { Key: 'tag-key', Values: ['pool'] },
        { Key: 'tag:pool', Values: ['general'] },
      ]),
    },
    known('A'),
  ],
  [
    'an association with an instance',
    { S: association('/agent', [{ Key: 'InstanceIds', Values: [{ Ref: 'B' }] }]) },
    known('B'),
  ],
  [
    'an association with all instances',
    { S: association('/agent', [{ Key: 'InstanceIds', Values: ['*'] }]) },
    known('A', 'B'),
  ],
  [
    'an association with nobody here',
    { S: association('/agent', [{ Key: 'tag:pool', Values: ['gone'] }]) },
    known(),
  ],
  [
    'an association with another parameter',
    { S: association('/other', [{ Key: 'tag-key', Values: ['pool'] }]) },
    unknown(/nothing/),
  ],
  [
    'an association with a resource group',
    { S: association('/agent', [{ Key: 'resource-groups:Name', Values: ['g'] }]) },
    unknown(/resource group/),
  ],
  [
    'an association with unknown targets',
    { S: association('/agent', [{ Key: { Ref: 'Unknown' }, Values: ['x'] }]) },
    unknown(/targets/),
  ],
  [
    'an association and user data',
    {
      S: association('/agent', [{ Key: 'tag:pool', Values: ['build'] }]),
      N: instance('-c "ssm:/agent"', 'own'),
    },
    known('B', 'N'),
  ],
])('who uses it: %s', (_, resources, users) => {
  const agents = agentsOf({ Configuration: parameter('/agent'), ...resources });
  expect(agents.find(({ name }) => name.state === 'known' && name.value === '/agent')?.nodeGroups).toEqual(
    users,
  );
});

test.each<[string, object]>([
  [
    'a heredoc',
    instance({ 'Fn::Base64': `#!/bin/bash\nfoo() { echo {a; }\ncat > agent.json <<'E'\n${TEXT}\nE\n` }),
  ],
  ['write_files', instance(`#cloud-config\nwrite_files:\n  - content: '${JSON.stringify(CONFIGURATION)}'\n`)],
  [
    'a file of cfn-init',
    instance('x', 'x', {
      'AWS::CloudFormation::Init': {
        config: {
          files: { '/opt/aws/amazon-cloudwatch-agent/etc/amazon-cloudwatch-agent.json': { content: TEXT } },
        },
      },
    }),
  ],
  [
    'a file of cfn-init of another name',
    instance('x', 'x', {
      'AWS::CloudFormation::Init': { config: { files: { '/tmp/config.json': { content: TEXT } } } },
    }),
  ],
  [
    'a mapping in cfn-init',
    instance('x', 'x', {
      'AWS::CloudFormation::Init': { setup: { files: { '/etc/a.json': { content: CONFIGURATION } } } },
    }),
  ],
  [
    'a script in cfn-init',
    instance('x', 'x', {
      'AWS::CloudFormation::Init': {
        config: { files: { '/run.sh': { content: { 'Fn::Join': ['\n', ['cat <<E', TEXT, 'E']] } } } },
      },
    }),
  ],
])('an agent that its node configures itself: %s', (_, node) => {
  const agents = agentsOf({ N: node });
  expect(agents).toMatchObject([
    {
      name: { state: 'absent' },
      nodeGroups: known('N'),
      configuration: { value: READ },
      place: { logicalId: 'N' },
    },
  ]);
});

test("cfn-init of a launch template is its group's", () => {
  const agents = agentsOf({
    Launch: {
      Type: 'AWS::EC2::LaunchTemplate',
      Metadata: { 'AWS::CloudFormation::Init': { config: { files: { '/a.json': { content: TEXT } } } } },
      Properties: { LaunchTemplateData: {} },
    },
    Group: {
      Type: 'AWS::AutoScaling::AutoScalingGroup',
      Properties: { LaunchTemplate: { LaunchTemplateId: { Ref: 'Launch' } } },
    },
  });
  expect(agents).toMatchObject([{ nodeGroups: known('Group'), place: { logicalId: 'Launch' } }]);
});
