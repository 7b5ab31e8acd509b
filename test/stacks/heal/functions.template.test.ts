import { DISPATCH_ENVIRONMENT } from '../../../lambda/dispatch/environment';
import { OUT_OF_BAND_ENVIRONMENT, PLAN_ENVIRONMENT } from '../../../lambda/plan/environment';
import { RECORD_ENVIRONMENT } from '../../../lambda/record/environment';
import { SIZES_ENVIRONMENT } from '../../../lambda/sizes/environment';
import { SWEEP_ENVIRONMENT } from '../../../lambda/sweep/environment';
import { readMetricNamespaces } from '../../../lib/domain/names/metric-namespaces';
import { NODE_ROLES, agentParameterName } from '../../../lib/domain/names/naming';
import { parseEnvironment } from '../../../lib/config/parse';
import { readNodeGroupPolicies } from '../../../lib/domain/plan/node-group-policies';
import { environmentWith } from '../../config/valid-environment';
import { allResources, environmentOf, flat, resources, shipped, synthesize } from '../../app/synthesized';
import { roleStatements, type Statement } from '../../app/policies';

const functionOf = (name: string, { heal } = shipped('prod')) =>
  Object.values(resources(heal, 'AWS::Lambda::Function')).find(
    ({ Properties }) => Properties['FunctionName'] === `headroom-prod-${name}`,
  )!.Properties;
const variablesOf = (name: string): Record<string, unknown> =>
  (functionOf(name)['Environment'] as { Variables: Record<string, unknown> }).Variables;
const statements = (role: string): Statement[] => roleStatements(allResources(shipped('prod')), role);
const mayOn = (role: string, action: string): string[] =>
  statements(role)
    .filter(({ actions }) => actions.includes(action))
    .flatMap(({ resources: all }) => all);
const allActions = (role: string): string[] =>
  [...new Set(statements(role).flatMap(({ actions }) => actions))].sort();

test.each(['dispatch', 'plan', 'record', 'sizes', 'sweep'])(
  '%s runs on Node 24 and arm64, with a log that ends',
  (name) => {
    expect(functionOf(name)).toMatchObject({
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      Handler: 'index.handler',
    });
    expect(functionOf(name)['LoggingConfig']).toHaveProperty('LogGroup');
    const groups = Object.values(resources(shipped('prod').heal, 'AWS::Logs::LogGroup'));
    expect(groups).toHaveLength(5);
    for (const { Properties } of groups) expect(Properties['RetentionInDays']).toBe(365);
  },
);

test.each([
  ['dispatch', DISPATCH_ENVIRONMENT],
  ['plan', { ...PLAN_ENVIRONMENT, ...OUT_OF_BAND_ENVIRONMENT }],
  ['record', RECORD_ENVIRONMENT],
  ['sizes', SIZES_ENVIRONMENT],
  ['sweep', SWEEP_ENVIRONMENT],
])('%s is given every variable of its contract, and no other', (name, contract) => {
  const own = { ...variablesOf(name) };
  // The CDK's own, for SDK v2.
  delete own['AWS_NODEJS_CONNECTION_REUSE_ENABLED'];
  expect(Object.keys(own).sort()).toEqual(Object.values(contract).sort());
  for (const value of Object.values(own)) expect(flat(value)).not.toBe('');
});

test('only one dispatch runs at a time, since it keeps the pace of starts', () => {
  expect(functionOf('dispatch')['ReservedConcurrentExecutions']).toBe(1);
});

test('plan knows the levels and limits of every group', () => {
  const policies = readNodeGroupPolicies(flat(variablesOf('plan')[PLAN_ENVIRONMENT.nodeGroupPolicies]));
  expect(Object.keys(policies)).toEqual(['control-plane', 'general', 'memory']);
  expect(policies).toMatchObject({
    memory: {
      warningPercent: 80,
      criticalPercent: 90,
      emergencyPercent: 95,
      targetPercent: 75,
      sizeGiB: 80,
      maxSizeGiB: 500,
    },
  });
});

test('the policies of as many groups as the schema allows fit into Lambda’s 4 KB', () => {
  const group = {
    min: 1,
    max: 1,
    instanceType: 't4g.small',
    rootVolume: { sizeGiB: 65_536, maxSizeGiB: 65_536 },
    growExisting: true,
  };
  const names = Array.from(
    { length: 20 },
    (_, index) => `${'x'.repeat(27)}-${String.fromCharCode(97 + index)}`,
  );
  const text = environmentWith({ workerGroups: Object.fromEntries(names.map((name) => [name, group])) });
  const { environment } = parseEnvironment('x.yaml', text);
  const synthesized = synthesize('prod', environment);
  for (const name of ['plan', 'sweep']) {
    const { Variables } = functionOf(name, synthesized)['Environment'] as { Variables: object };
    expect(Buffer.byteLength(JSON.stringify(Variables))).toBeLessThan(4_096);
  }
});

test('dispatch may start HealNode only, and hand over its role to Systems Manager only', () => {
  const here = 'arn:aws:ssm:ap-northeast-1:777788889999';
  expect(mayOn('Dispatch', 'ssm:StartAutomationExecution').sort()).toEqual([
    `${here}:automation-definition/headroom-prod-HealNode:*`,
    `${here}:automation-execution/*`,
    `${here}:document/headroom-prod-HealNode`,
  ]);
  const [pass] = statements('Dispatch').filter(({ actions }) => actions.includes('iam:PassRole'));
  expect(pass?.Condition).toEqual({ StringEquals: { 'iam:PassedToService': 'ssm.amazonaws.com' } });
  expect(pass?.resources).toEqual([expect.stringMatching(/^<AutomationRole.*\.Arn>$/)]);
});

test('plan only looks, and enters purchases in the month’s ledger alone', () => {
  for (const action of allActions('Plan'))
    expect(action).toMatch(
      /^(ec2:Describe|autoscaling:Describe|cloudwatch:Get|ssm:(Describe|Get)Automation|ssm:GetParameter$|logs:|s3:(GetObject|PutObject|ListBucket)$)/,
    );
  for (const action of ['s3:GetObject', 's3:PutObject'])
    expect(mayOn('Plan', action)).toEqual([expect.stringMatching(/^<Evidence.*\.Arn>\/ledger\/growth\/\*$/)]);
  for (const { actions, Condition } of statements('Plan'))
    if (actions.some((action) => action.startsWith('s3:')))
      expect(Condition).toEqual({ StringEquals: { 'aws:ResourceAccount': '777788889999' } });
});

test('what is paused is read from its own parameter alone', () => {
  const parameter = 'arn:aws:ssm:ap-northeast-1:777788889999:parameter/headroom/prod/pause';
  for (const name of ['Dispatch', 'Plan', 'Sweep'])
    expect([name, mayOn(name, 'ssm:GetParameter')]).toEqual([name, [parameter]]);
});

test('the sweep looks, and sends to the heal queue alone', () => {
  // The second one is where a sweep that failed is seen.
  expect(mayOn('Sweep', 'sqs:SendMessage')).toEqual([
    expect.stringMatching(/^<QueuesHeal.*\.Arn>$/),
    expect.stringMatching(/^<QueuesUndelivered.*\.Arn>$/),
  ]);
});

test('which sizes nodes that run are grown to: the control plane, and the groups that ask for it', () => {
  expect(JSON.parse(flat(variablesOf('sweep')[SWEEP_ENVIRONMENT.declaredSizes]))).toEqual({
    'control-plane': 40,
  });
  const environment = environmentOf('prod');
  environment.workerGroups['memory']!.growExisting = true;
  const { Variables } = functionOf('sweep', synthesize('prod', environment))['Environment'] as {
    Variables: Record<string, string>;
  };
  expect(JSON.parse(flat(Variables[SWEEP_ENVIRONMENT.declaredSizes]))).toEqual({
    'control-plane': 40,
    memory: 80,
  });
});

test('who reads the nodes’ measurements is told where their agents write', () => {
  const written = Object.fromEntries(
    NODE_ROLES.map((role) => {
      const parameter = Object.values(resources(shipped('prod').agents, 'AWS::SSM::Parameter')).find(
        ({ Properties }) => Properties['Name'] === agentParameterName('prod', role),
      );
      const { metrics } = JSON.parse(flat(parameter?.Properties['Value'])) as {
        metrics: { namespace: string };
      };
      return [role, metrics.namespace];
    }),
  );
  for (const name of ['plan', 'record', 'sweep']) {
    const layout = flat(variablesOf(name)[SWEEP_ENVIRONMENT.namespaceLayout]);
    expect([name, readMetricNamespaces('prod', layout)]).toEqual([name, written]);
  }
});

test('the sweep knows the levels, and the filesystem of every group', () => {
  expect(JSON.parse(flat(variablesOf('sweep')[SWEEP_ENVIRONMENT.diskLevels]))).toMatchObject({
    warningPercent: 80,
  });
  expect(JSON.parse(flat(variablesOf('sweep')[SWEEP_ENVIRONMENT.filesystems]))).toEqual({
    'control-plane': 'ext4',
    general: 'ext4',
    memory: 'ext4',
  });
});

test('record writes reports and evidence into their folders, metrics, one topic and OpsItems', () => {
  expect(mayOn('Record', 's3:PutObject')).toEqual([
    expect.stringMatching(/^<Evidence.*\.Arn>\/evidence\/\*$/),
    expect.stringMatching(/^<Evidence.*\.Arn>\/reports\/\*$/),
  ]);
  expect(mayOn('Record', 'ssm:UpdateOpsItem')).toEqual(['arn:aws:ssm:ap-northeast-1:777788889999:opsitem/*']);
});

describe('the Automation’s role', () => {
  test('runs our Command documents and no other', () => {
    const documents = mayOn('AutomationRole', 'ssm:SendCommand').filter((arn) => arn.includes(':document/'));
    expect(documents.map((arn) => arn.split('/')[1]).sort()).toEqual(
      ['AssessNode', 'CordonDrainNode', 'ExtendRoot', 'ReclaimDisk', 'RestartKubelet', 'VerifyNode'].map(
        (base) => `headroom-prod-${base}`,
      ),
    );
  });

  test('calls plan and record', () => {
    expect(mayOn('AutomationRole', 'lambda:InvokeFunction')).toEqual([
      expect.stringMatching(/^<PlanFunction.*\.Arn>$/),
      expect.stringMatching(/^<RecordFunction.*\.Arn>$/),
    ]);
  });

  test('is assumed by Systems Manager, for executions of this account', () => {
    const [role] = Object.entries(resources(shipped('prod').heal, 'AWS::IAM::Role')).filter(([id]) =>
      id.startsWith('AutomationRole'),
    );
    expect(role?.[1].Properties['AssumeRolePolicyDocument']).toMatchObject({
      Statement: [
        {
          Principal: { Service: 'ssm.amazonaws.com' },
          Condition: { StringEquals: { 'aws:SourceAccount': '777788889999' } },
        },
      ],
    });
  });

  test('can do everything that the steps of HealNode call', () => {
    expect(allActions('AutomationRole')).toEqual([
      'ec2:DescribeVolumesModifications',
      'ec2:ModifyVolume',
      'ec2:RebootInstances',
      'lambda:InvokeFunction',
      'ssm:DescribeInstanceInformation',
      'ssm:GetCommandInvocation',
      'ssm:ListCommandInvocations',
      'ssm:ListCommands',
      'ssm:SendCommand',
    ]);
  });
});
