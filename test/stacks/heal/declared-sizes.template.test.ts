import { SIZES_ENVIRONMENT, SIZES_WAIT_SECONDS } from '../../../lambda/sizes/environment';
import { roleStatements } from '../../app/policies';
import { allResources, environmentOf, flat, resources, shipped, synthesize } from '../../app/synthesized';

const { heal } = shipped('prod');
const [[, resource] = []] = Object.entries(resources(heal, 'Custom::HeadroomDeclaredSizes'));
const functionOf = (name: string) =>
  Object.entries(resources(heal, 'AWS::Lambda::Function')).find(
    ([, { Properties }]) => Properties['FunctionName'] === `headroom-prod-${name}`,
  )!;

test('the deploy calls the function, and CloudFormation waits no longer than it can take', () => {
  const [logicalId, { Properties }] = functionOf('sizes');
  expect(resource?.Properties['ServiceToken']).toEqual({ 'Fn::GetAtt': [logicalId, 'Arn'] });
  const timeout = Number(Properties['Timeout']);
  expect(timeout).toBeGreaterThan(SIZES_WAIT_SECONDS + 60);
  // Lambda's most.
  expect(timeout).toBeLessThanOrEqual(900);
  expect(Number(resource?.Properties['ServiceTimeout'])).toBeGreaterThan(timeout);
});

test('what it queues is decided by what this very deploy declares', () => {
  const awaited = new Set(resource?.DependsOn);
  for (const name of ['plan', 'record', 'sweep', 'dispatch']) expect(awaited).toContain(functionOf(name)[0]);
  for (const id of Object.keys(resources(heal, 'AWS::Lambda::EventSourceMapping')))
    expect(awaited).toContain(id);
  const healNode = Object.entries(resources(heal, 'AWS::SSM::Document')).find(
    ([, { Properties }]) => Properties['Name'] === 'headroom-prod-HealNode',
  )!;
  expect(awaited).toContain(healNode[0]);
});

test('groups that leave running nodes as they are take no part', () => {
  expect(resource?.Properties['Groups']).toEqual([
    { Name: 'control-plane', SizeGiB: 40, Path: 'controlPlane' },
  ]);
  const environment = environmentOf('prod');
  environment.workerGroups['memory']!.growExisting = true;
  const [growing] = Object.values(
    resources(synthesize('prod', environment).heal, 'Custom::HeadroomDeclaredSizes'),
  );
  expect(growing?.Properties['Groups']).toEqual([
    { Name: 'control-plane', SizeGiB: 40, Path: 'controlPlane' },
    { Name: 'memory', SizeGiB: 80, Path: 'workerGroups.memory' },
  ]);
});

test('it looks, queues, and writes one parameter', () => {
  const statements = roleStatements(allResources(shipped('prod')), 'DeclaredSizes');
  const actions = [...new Set(statements.flatMap(({ actions: own }) => own))].sort();
  expect(actions.filter((action) => !action.startsWith('logs:'))).toEqual([
    'ec2:DescribeInstances',
    'ec2:DescribeVolumes',
    'ec2:DescribeVolumesModifications',
    'sqs:SendMessage',
    'ssm:DeleteParameter',
    'ssm:DescribeAutomationExecutions',
    'ssm:GetAutomationExecution',
    'ssm:GetParameter',
    'ssm:PutParameter',
  ]);
  const on = (action: string): string[] =>
    statements.filter(({ actions: own }) => own.includes(action)).flatMap(({ resources: all }) => all);
  const name = '/headroom/prod/applied-sizes';
  expect(on('ssm:PutParameter')).toEqual([`arn:aws:ssm:ap-northeast-1:777788889999:parameter${name}`]);
  expect(on('sqs:SendMessage')).toEqual([expect.stringMatching(/^<QueuesHeal.*\.Arn>$/)]);
  const { Variables } = functionOf('sizes')[1].Properties['Environment'] as {
    Variables: Record<string, unknown>;
  };
  expect(flat(Variables[SIZES_ENVIRONMENT.appliedSizesParameter])).toBe(name);
});

test('how the nodes stand is an output of the stack', () => {
  const outputs = Object.values(heal.findOutputs('*'));
  expect(JSON.stringify(outputs)).toContain('"Summary"');
});
