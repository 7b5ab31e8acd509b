import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv from 'ajv-draft-04';
import { NODE_ROLES, agentParameterName } from '../../../lib/domain/names/naming';
import { agentConfiguration } from '../../../lib/stacks/observe/disk-metrics';
import { flat, resources, shipped, synthesizeAnew } from '../../app/synthesized';

/** Source: https://github.com/aws/amazon-cloudwatch-agent, translator/config/schema.json */
const schema = JSON.parse(readFileSync(join(__dirname, 'cloudwatch-agent.schema.json'), 'utf8')) as object;
const validate = new Ajv({ strict: false, allErrors: true }).compile(schema);

const parameters = () =>
  Object.values(resources(shipped('prod').agents, 'AWS::SSM::Parameter')).map(({ Properties }) => Properties);
const associations = () =>
  Object.values(resources(shipped('prod').agents, 'AWS::SSM::Association')).map(
    ({ Properties }) => Properties,
  );

test.each(NODE_ROLES)('%s: the agent’s own schema accepts the configuration in the template', (role) => {
  const parameter = parameters().find(({ Name }) => Name === agentParameterName('prod', role));
  validate(JSON.parse(String(parameter?.['Value'])));
  expect(validate.errors).toBeNull();
});

test('the schema does refuse what the agent would', () => {
  expect(validate({ metrics: { metrics_collected: { disk: { drop_device: 'yes' } } } })).toBe(false);
});

test('only what append_dimensions knows is appended', () => {
  for (const role of NODE_ROLES) {
    const { metrics } = agentConfiguration(role, 'ns') as {
      metrics: { append_dimensions: Record<string, string> };
    };
    for (const [name, value] of Object.entries(metrics.append_dimensions)) {
      expect(['ImageId', 'InstanceId', 'InstanceType', 'AutoScalingGroupName']).toContain(name);
      expect(value).toBe(`\${aws:${name}}`);
    }
  }
});

test('each configuration reaches the nodes of its role in its environment, and no others', () => {
  expect(associations()).toHaveLength(NODE_ROLES.length);
  for (const role of NODE_ROLES) {
    const association = associations().find(({ AssociationName }) =>
      String(AssociationName).startsWith(`headroom-prod-cloudwatch-agent-${role}-`),
    );
    expect(association).toMatchObject({
      Name: 'headroom-prod-ConfigureAgent',
      ScheduleExpression: 'rate(30 minutes)',
      Targets: [
        { Key: 'tag:headroom:environment', Values: ['prod'] },
        { Key: 'tag:headroom:role', Values: [role] },
      ],
    });
    const [location] = (association?.['Parameters'] as { ConfigurationParameter: unknown[] })
      .ConfigurationParameter;
    expect(flat(location)).toMatch(/^<Agent.*Configuration/);
  }
});

test('they come again every half hour, to every node: an agent that was late has its configuration soon', () => {
  for (const association of associations()) {
    expect(association['ScheduleExpression']).toBe('rate(30 minutes)');
    expect(association).not.toHaveProperty('MaxConcurrency');
  }
});

test('agents have their configuration before a node boots, and alarms listen when nodes have been measured', () => {
  const { dependenciesOf } = shipped('prod');
  expect(dependenciesOf('cluster')).toContain('agents');
  expect(dependenciesOf('observe')).toEqual(expect.arrayContaining(['agents', 'cluster']));
});

test('an association runs again when its configuration changes: the hash is in its name', () => {
  const names = associations().map(({ AssociationName }) => String(AssociationName));
  for (const name of names) expect(name).toMatch(/-[0-9a-f]{8}$/);
  expect(new Set(names.map((name) => name.slice(-8))).size).toBe(NODE_ROLES.length);
  // …and does not run again for nothing.
  const again = Object.values(resources(synthesizeAnew('prod').agents, 'AWS::SSM::Association'));
  expect(again.map(({ Properties }) => Properties)).toEqual(associations());
});
