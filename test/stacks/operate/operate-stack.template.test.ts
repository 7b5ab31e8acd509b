import { OPERATE_DOCUMENTS, RETIRE_HOOK_NAME } from '../../../lib/domain/names/naming';
import { allResources, environmentOf, flat, resources, shipped, synthesize } from '../../app/synthesized';
import { roleStatements } from '../../app/policies';
import { documentsOfSchema, rendered } from '../../runbooks/every-document';

const prod = () => shipped('prod').operate;
const hooks = () => Object.values(resources(prod(), 'AWS::AutoScaling::LifecycleHook'));
const rules = () =>
  Object.values(resources(prod(), 'AWS::Events::Rule')).map(
    ({ Properties }) =>
      Properties as {
        readonly EventPattern: { readonly 'detail-type': string[]; readonly detail: Record<string, unknown> };
        readonly Targets: readonly Record<string, unknown>[];
      },
  );
const actionsOf = (role: string): string[] =>
  [...new Set(roleStatements(allResources(shipped('prod')), role).flatMap(({ actions }) => actions))]
    .filter((action) => !/^ssm:(Get|List|Describe)/.test(action))
    .sort();
const documentsOf = (role: string): string[] =>
  roleStatements(allResources(shipped('prod')), role)
    .filter(({ Sid }) => Sid === 'RunItsCommands')
    .flatMap(({ resources: all }) => all.flatMap((text) => /headroom-prod-(\w+)$/.exec(text)?.[1] ?? text));

test('every worker group has the hook, and it never holds a termination for ever', () => {
  expect(hooks().map(({ Properties }) => Properties)).toEqual(
    ['general', 'memory'].map((group) => ({
      AutoScalingGroupName: `headroom-prod-workers-${group}`,
      LifecycleHookName: RETIRE_HOOK_NAME,
      LifecycleTransition: 'autoscaling:EC2_INSTANCE_TERMINATING',
      HeartbeatTimeout: 1200,
      DefaultResult: 'CONTINUE',
    })),
  );
});

test('RetireWorker has let go before the hook does, whatever takes as long as it may', () => {
  const { mainSteps } = rendered('RetireWorker');
  const until = mainSteps.findIndex(({ name }) => name === 'complete');
  const seconds = mainSteps.slice(0, until).reduce((sum, { timeoutSeconds = 0 }) => sum + timeoutSeconds, 0);
  expect(seconds).toBeGreaterThan(300);
  expect(seconds).toBeLessThan(1200 - 120);
});

test('the two events start it with every parameter that it needs, for our groups alone', () => {
  expect(rules().map(({ EventPattern }) => EventPattern)).toEqual([
    expect.objectContaining({
      source: ['aws.autoscaling'],
      'detail-type': ['EC2 Instance-terminate Lifecycle Action'],
      detail: {
        AutoScalingGroupName: ['headroom-prod-workers-general', 'headroom-prod-workers-memory'],
        LifecycleHookName: [RETIRE_HOOK_NAME],
      },
    }),
    expect.objectContaining({ 'detail-type': ['EC2 Instance Terminate Successful'] }),
  ]);
  for (const { Targets } of rules()) {
    expect(flat(Targets[0]!['Arn'])).toMatch(/:automation-definition\/headroom-prod-RetireWorker:\$DEFAULT$/);
    expect(Targets[0]).toHaveProperty('DeadLetterConfig.Arn');
    const { InputTemplate: template, InputPathsMap: paths } = Targets[0]!['InputTransformer'] as {
      readonly InputTemplate: string;
      readonly InputPathsMap: Record<string, string>;
    };
    const named = [...template.matchAll(/<(\w+)>/g)].map(([, name]) => name);
    expect(named.sort()).toEqual(Object.keys(paths).sort());
    const filled = JSON.parse(template.replace(/<\w+>/g, '"x"')) as Record<string, string[]>;
    expect(Object.keys(rendered('RetireWorker').parameters)).toEqual(
      expect.arrayContaining(Object.keys(filled)),
    );
    expect(filled).toHaveProperty('InstanceId', ['x']);
  }
});

test.each([
  ['RunbooksDiagnoseNodeRole', ['InspectNode', 'ClusterFacts'], []],
  ['RunbooksDrainNodeRole', ['CordonDrainNode'], []],
  ['RunbooksUpgradeNodeRole', ['ClusterFacts', 'CordonDrainNode', 'UpgradePackages', 'VerifyNode'], []],
  ['RunbooksReplaceWorkerRole', ['CordonDrainNode'], ['autoscaling:TerminateInstanceInAutoScalingGroup']],
  ['RunbooksRetireWorkerRole', ['CordonDrainNode'], ['autoscaling:CompleteLifecycleAction', 'sns:Publish']],
])('%s may do what its runbook does, and no more', (role, commands, more) => {
  expect(actionsOf(role)).toEqual([...more, 'lambda:InvokeFunction', 'ssm:SendCommand'].sort());
  const sent = roleStatements(allResources(shipped('prod')), role).find(
    ({ Sid }) => Sid === 'RunItsCommands',
  );
  expect(JSON.stringify(sent)).toMatch(
    new RegExp(commands.map((name) => `headroom-prod-${name}`).join('.*')),
  );
  expect(documentsOf(role).length).toBeGreaterThan(0);
  for (const { actions, resources: on } of roleStatements(allResources(shipped('prod')), role))
    if (actions.some((action) => action.startsWith('autoscaling:')))
      for (const arn of on)
        expect(arn).toMatch(/autoScalingGroupName\/headroom-prod-workers-(general|memory)$/);
});

test.each(OPERATE_DOCUMENTS.filter((name) => documentsOfSchema('0.3').includes(name)))(
  '%s starts with the instance id alone, and asks first whether it may',
  (name) => {
    const { parameters, mainSteps } = rendered(name);
    const required = Object.entries(parameters).filter(([, { default: value }]) => value === undefined);
    expect(required.map(([parameter]) => parameter)).toEqual(['InstanceId']);
    expect(mainSteps[0]).toMatchObject({ name: 'target', inputs: { InputPayload: { step: 'target' } } });
  },
);

test('an environment without workers has no hook, no rule and no queue', () => {
  const { operate } = synthesize('prod', { ...environmentOf('prod'), workerGroups: {} });
  for (const type of ['AWS::AutoScaling::LifecycleHook', 'AWS::Events::Rule', 'AWS::SQS::Queue'])
    expect(resources(operate, type)).toEqual({});
});
