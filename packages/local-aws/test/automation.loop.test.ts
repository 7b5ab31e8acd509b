import { readAutomation } from '../src/automation/document';
import { Execution } from '../src/automation/execution';
import { executionFields } from '../src/automation/records';
import type { AutomationWorld } from '../src/automation/types';
import { runPython } from '../src/automation/python-runner';
import { documentParameters } from '../src/automation/documents';
import type { Fields } from '../src/values/fields';
import { AwsError } from '../src/api/aws-error';
import { unwitnessed, type Unwitnessed } from '../src/unwitnessed';
import { document, PLACE } from './support/resources';
import { VirtualClock } from '../src/time/virtual-clock';

interface Script {
  readonly steps: readonly object[];
  readonly parameters?: object;
  readonly outputs?: readonly string[];
  readonly given?: object;
  /** Answers of `service:Operation`, one after the other; the last one stays. */
  readonly api?: Readonly<Record<string, readonly (Fields | Error)[]>>;
  readonly unwitnessed?: Partial<Unwitnessed>;
  readonly lambda?: (payload: string) => { readonly payload: string; readonly functionError?: string };
}

async function run({ steps, parameters = {}, outputs = [], given = {}, api = {}, lambda, ...more }: Script) {
  const clock = new VirtualClock();
  const calls: { readonly name: string; readonly input: Fields }[] = [];
  const world: AutomationWorld = {
    clock,
    place: PLACE,
    onEvent: () => undefined,
    unwitnessed: unwitnessed(more.unwitnessed),
    call: (service, operation, input) => {
      const name = `${service}:${operation}`;
      const answers = api[name] ?? [];
      const answer = answers[Math.min(calls.filter((call) => call.name === name).length, answers.length - 1)];
      calls.push({ name, input });
      if (answer === undefined) throw new Error(`no answer for ${name}`);
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
    },
    invokeFunction: (_name, payload) =>
      Promise.resolve({ statusCode: 200, logTail: '', ...(lambda?.(payload) ?? { payload }) }),
    runPython: (...task) => clock.during(runPython(...task)),
  };
  const content = { schemaVersion: '0.3', parameters, outputs, mainSteps: steps };
  const source = document('Heal', 'Automation', content);
  const values = documentParameters(source, given);
  if ('wrong' in values) throw new Error(values.wrong.join());
  const execution = new Execution('e-1', readAutomation(source), values.values, 'role', world);
  await execution.run();
  const ran = execution.steps.map(({ name, status }) => `${name} ${status}`);
  return { execution, ran, calls, fields: executionFields(execution) };
}

const api = (name: string, more: object = {}, inputs: object = {}) => ({
  name,
  action: 'aws:executeAwsApi',
  inputs: { Service: 'ec2', Api: 'DescribeVolumes', ...inputs },
  ...more,
});
const pass = { 'ec2:DescribeVolumes': [{ Volumes: [{ Size: 20 }] }] };
const broken = { 'ec2:DescribeVolumes': [new AwsError('RequestLimitExceeded', 'Rate exceeded')] };

describe('where it goes on', () => {
  test.each([
    ['in order', [api('a'), api('b')], pass, ['a Success', 'b Success'], 'Success'],
    [
      'to nextStep',
      [api('a', { nextStep: 'c' }), api('b'), api('c')],
      pass,
      ['a Success', 'c Success'],
      'Success',
    ],
    ['not past isEnd', [api('a', { isEnd: true }), api('b')], pass, ['a Success'], 'Success'],
    ['nowhere on Abort', [api('a'), api('b')], broken, ['a Failed'], 'Failed'],
    ['on with Continue', [api('a', { onFailure: 'Continue', isEnd: true })], broken, ['a Failed'], 'Success'],
    [
      'to the step of onFailure, and fails in the end',
      [
        api('a', { onFailure: 'step:c' }),
        api('b'),
        { name: 'c', action: 'aws:sleep', inputs: { Duration: 'PT1S' } },
      ],
      broken,
      ['a Failed', 'c Success'],
      'Failed',
    ],
    [
      'well after a step that is not critical',
      [
        api('a', { onFailure: 'step:c', isCritical: false }),
        api('b'),
        { name: 'c', action: 'aws:sleep', inputs: { Duration: 'PT1S' } },
      ],
      broken,
      ['a Failed', 'c Success'],
      'Success',
    ],
  ])('%s', async (_name, steps, answers, expected, status) => {
    const { ran, execution } = await run({ steps, api: answers });
    expect(ran).toEqual(expected);
    expect(execution.status).toBe(status);
  });

  test('maxAttempts tries again', async () => {
    const answers = { 'ec2:DescribeVolumes': [new AwsError('X', 'no'), { Volumes: [] }] };
    const { ran, calls } = await run({ steps: [api('a', { maxAttempts: 2 })], api: answers });
    expect(ran).toEqual(['a Success']);
    expect(calls).toHaveLength(2);
  });

  test('steps that did not run are Pending, as GetAutomationExecution shows them', async () => {
    const { fields } = await run({ steps: [api('a'), api('b')], api: broken });
    expect(fields).toMatchObject({
      AutomationExecutionStatus: 'Failed',
      FailureMessage: expect.stringContaining('RequestLimitExceeded') as string,
      StepExecutions: [
        { StepName: 'a', StepStatus: 'Failed', FailureDetails: { FailureType: 'RequestLimitExceeded' } },
        { StepName: 'b', StepStatus: 'Pending' },
      ],
    });
  });

  test('every declared output is listed, those of steps that did not run or failed with a placeholder', async () => {
    const none = ['No output available yet because the step is not successfully executed'];
    const size = { outputs: [{ Name: 'Size', Selector: '$.Volumes[0].Size', Type: 'Integer' }] };
    const lambda = (name: string) => ({
      name,
      action: 'aws:invokeLambdaFunction',
      onFailure: 'Continue',
      inputs: { FunctionName: 'f', InvocationType: 'RequestResponse', InputPayload: { name } },
    });
    const { fields } = await run({
      steps: [api('a', { ...size, nextStep: 'b' }), lambda('b'), lambda('c'), api('d')],
      outputs: ['a.Size', 'b.Payload', 'c.Payload', 'd.Output'],
      api: { 'ec2:DescribeVolumes': [{ Volumes: [{ Size: 20 }] }, new AwsError('X', 'no')] },
      unwitnessed: { lambdaError: 'fails-step' },
      lambda: (payload) => (payload.includes('"b"') ? { payload } : { payload, functionError: 'Unhandled' }),
    });
    expect(fields.Outputs).toEqual({
      'a.Size': ['20'],
      'b.Payload': ['{"name":"b"}'],
      'c.Payload': none,
      'd.Output': none,
    });
  });

  test('a document that goes round for ever is stopped', async () => {
    await expect(run({ steps: [api('a', { nextStep: 'a' })], api: pass })).rejects.toThrow(
      /200 steps without an end/,
    );
  });
});

describe('values', () => {
  test('outputs are selected and typed, and an integer stays one', async () => {
    const size = { outputs: [{ Name: 'Size', Selector: '$.Volumes[0].Size', Type: 'Integer' }] };
    const { calls, fields } = await run({
      steps: [api('a', size), api('b', {}, { MaxResults: '{{ a.Size }}', NextToken: 'at {{a.Size}}' })],
      outputs: ['a.Size'],
      api: pass,
    });
    expect(calls[1]?.input).toEqual({ MaxResults: 20, NextToken: 'at 20' });
    expect(fields).toMatchObject({ Outputs: { 'a.Size': ['20'] } });
  });

  test('a type that does not fit fails the step', async () => {
    const wrong = { outputs: [{ Name: 'Size', Selector: '$.Volumes', Type: 'Integer' }] };
    const { fields } = await run({ steps: [api('a', wrong)], api: pass });
    expect(fields).toMatchObject({
      FailureMessage: expect.stringMatching(/at \$\.Volumes is no Integer/) as string,
    });
  });

  test('a reference without a value stays text; system variables and parameters are filled', async () => {
    const { calls } = await run({
      steps: [
        api(
          'a',
          {},
          {
            A: '{{ nothing.Output }}',
            B: '{{automation:EXECUTION_ID}}',
            C: '{{ Id }}',
            D: '{{global:DATE_TIME}}',
          },
        ),
      ],
      parameters: { Id: { type: 'String' } },
      given: { Id: ['i-1'] },
      api: pass,
    });
    expect(calls[0]?.input).toEqual({
      A: '{{ nothing.Output }}',
      B: 'e-1',
      C: 'i-1',
      D: '2026-11-20_04.00.00',
    });
  });

  test('Python gets the payload and gives a typed value', async () => {
    const script = 'def decide(events, context):\n  print("noise")\n  return {"Size": events["size"] + 1}\n';
    const step = {
      name: 'decide',
      action: 'aws:executeScript',
      inputs: { Runtime: 'python3.11', Handler: 'decide', Script: script, InputPayload: { size: 41 } },
      outputs: [{ Name: 'Size', Selector: '$.Payload.Size', Type: 'Integer' }],
    };
    const { fields } = await run({ steps: [step], outputs: ['decide.Size'] });
    expect(fields).toMatchObject({
      AutomationExecutionStatus: 'Success',
      Outputs: { 'decide.Size': ['42'] },
    });
  });

  test('a Python error fails the step with its traceback', async () => {
    const inputs = {
      Runtime: 'python3.11',
      Handler: 'f',
      Script: 'def f(e, c):\n  raise ValueError("bad")\n',
    };
    const { fields } = await run({ steps: [{ name: 's', action: 'aws:executeScript', inputs }] });
    expect(fields).toMatchObject({ FailureMessage: expect.stringContaining('ValueError: bad') as string });
  });
});

describe('actions', () => {
  test.each([
    ['fails-step', 'Failed'],
    ['succeeds-with-function-error', 'Success'],
  ] as const)('a function that throws %s and leaves its payload', async (lambdaError, status) => {
    const { execution } = await run({
      unwitnessed: { lambdaError },
      steps: [
        {
          name: 'plan',
          action: 'aws:invokeLambdaFunction',
          inputs: { FunctionName: 'f', InputPayload: { a: 1 } },
        },
      ],
      lambda: (payload) => ({ payload, functionError: 'Unhandled' }),
    });
    expect(execution.steps[0]).toMatchObject({
      status,
      outputs: { FunctionError: 'Unhandled', Payload: '{"a":1}' },
    });
  });

  const wait = (more = {}) => ({
    name: 'wait',
    action: 'aws:waitForAwsResourceProperty',
    timeoutSeconds: 60,
    ...more,
    inputs: {
      Service: 'ec2',
      Api: 'describe_volumes',
      PropertySelector: '$.Volumes[0].State',
      DesiredValues: ['done'],
    },
  });

  test('a property is awaited', async () => {
    const volume = (state: string) => ({ Volumes: [{ State: state }] });
    const answers = { 'ec2:DescribeVolumes': [volume('busy'), volume('busy'), volume('done')] };
    expect((await run({ steps: [wait()], api: answers })).calls).toHaveLength(3);
  });

  test.each([
    ['fails', ['wait Failed']],
    ['asks-again', ['wait Success']],
  ] as const)('a refused call while a property is awaited %s', async (waitOnApiError, expected) => {
    const refused = new AwsError('RequestLimitExceeded', 'Rate exceeded');
    const answers = { 'ec2:DescribeVolumes': [refused, { Volumes: [{ State: 'done' }] }] };
    const { ran } = await run({ steps: [wait()], api: answers, unwitnessed: { waitOnApiError } });
    expect(ran).toEqual(expected);
  });

  test.each([
    ['stays-literal', '"{{ a.Payload }}"'],
    ['resolves', '"{\\"name\\":\\"a\\"}"'],
  ] as const)('a reference to an output of a step that failed %s', async (failedStepReference, shown) => {
    const lambda = (name: string, payload: object) => ({
      name,
      action: 'aws:invokeLambdaFunction',
      onFailure: 'Continue',
      inputs: { FunctionName: 'f', InvocationType: 'RequestResponse', InputPayload: payload },
    });
    const { execution } = await run({
      steps: [lambda('a', { name: 'a' }), lambda('b', { name: 'b', said: '{{ a.Payload }}' })],
      unwitnessed: { failedStepReference, lambdaError: 'fails-step' },
      lambda: (payload) => ({ payload, ...(payload.includes('"b"') ? {} : { functionError: 'Unhandled' }) }),
    });
    expect(execution.steps[1]?.outputs).toMatchObject({ Payload: expect.stringContaining(shown) as string });
  });

  test('a property that never comes ends in TimedOut', async () => {
    const { ran, execution } = await run({ steps: [wait()], api: pass });
    expect(ran).toEqual(['wait TimedOut']);
    expect(execution.status).toBe('TimedOut');
  });

  test.each([
    [{ Variable: '{{ V }}', StringEquals: 'grow' }, 'yes'],
    [{ Variable: '{{ V }}', StringEquals: 'none' }, 'no'],
    [{ Not: { Variable: '{{ V }}', StringEquals: 'none' } }, 'yes'],
    [
      {
        And: [
          { Variable: '{{ V }}', StartsWith: 'g' },
          { Variable: '{{ N }}', NumericGreater: 5 },
        ],
      },
      'yes',
    ],
    [
      {
        Or: [
          { Variable: '{{ V }}', Contains: 'x' },
          { Variable: '{{ N }}', NumericEquals: 7 },
        ],
      },
      'yes',
    ],
  ])('a branch on %j goes to %s', async (choice, expected) => {
    const target = (name: string) => ({
      name,
      action: 'aws:sleep',
      inputs: { Duration: 'PT1S' },
      isEnd: true,
    });
    const { ran } = await run({
      steps: [
        {
          name: 'choose',
          action: 'aws:branch',
          inputs: { Choices: [{ NextStep: 'yes', ...choice }], Default: 'no' },
        },
        ...[target('yes'), target('no')],
      ],
      parameters: { V: { type: 'String', default: 'grow' }, N: { type: 'Integer', default: 7 } },
    });
    expect(ran).toEqual(['choose Success', `${expected} Success`]);
  });
});

test.each([
  ['an action', { name: 'x', action: 'aws:createStack' }, 'document Heal x: unknown action aws:createStack'],
  ['a property of a step', api('x', { retries: 3 }), 'document Heal x: unknown retries'],
  [
    'an input',
    { name: 'x', action: 'aws:runCommand', inputs: { DocumentName: 'd', Colour: 1 } },
    'document Heal x.inputs: unknown Colour',
  ],
  ['a step to jump to', api('x', { nextStep: 'y' }), 'document Heal x: there is no step y'],
  ['an onFailure', api('x', { onFailure: 'Retry' }), 'document Heal x: unknown onFailure Retry'],
  [
    'an operator of a branch',
    { name: 'x', action: 'aws:branch', inputs: { Choices: [{ NextStep: 'x', Variable: 'a', Like: 'b' }] } },
    'document Heal x.Choices: unknown Like',
  ],
])('%s that is not known is an error that names it', async (_what, step, message) => {
  await expect(run({ steps: [step] })).rejects.toThrow(message);
});
