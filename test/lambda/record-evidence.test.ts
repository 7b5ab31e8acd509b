import type { AutomationExecutionFacts } from '../../lib/domain/outcome/automation-execution';
import { EXECUTION, deadAgentExecution, grownExecution, step } from '../domain/executions';
import { INSTANCE, NOW_MS, assessResult } from '../domain/fixtures';
import { awsError } from './fake-sdk';
import { BUCKET, failed, finished, setUp, setVariables, type MetricsInput } from './record-setup';

beforeEach(setVariables);

const EVIDENCE = `evidence/${INSTANCE}/${EXECUTION}/assess.json`;
const line = JSON.stringify(assessResult());
const assessed = (assessOutput?: unknown) => ({
  executionId: EXECUTION,
  conclusion: 'assessed',
  assessOutput,
});
const kept = (objects: ReadonlyMap<string, { readonly Body: string }>): unknown =>
  JSON.parse(objects.get(EVIDENCE)?.Body ?? 'null');

describe('what was seen is kept before anything is deleted', () => {
  test('and nothing else is done', async () => {
    const { handler, objects, operations } = setUp();
    expect(await handler(assessed(line))).toEqual({ evidenceKey: EVIDENCE, readable: true });
    expect(operations()).toEqual(['ssm:GetAutomationExecution', 's3:PutObject']);
    expect(kept(objects)).toMatchObject({
      schema: 1,
      environment: 'prod',
      instanceId: INSTANCE,
      executionId: EXECUTION,
      keptAt: new Date(NOW_MS + 120_000).toISOString(),
      assess: assessResult(),
      unreadable: null,
      output: line,
    });
  });

  test('keeps the second assessment if the first got no answer', async () => {
    const failed = step('assess', 0, { Output: 'no space left' }, { status: 'Failed' });
    const execution = { ...grownExecution(), steps: [failed, step('assessAgain', 1, { Output: line })] };
    const { handler, objects } = setUp(execution);
    expect(await handler(assessed('no space left'))).toEqual({ evidenceKey: EVIDENCE, readable: true });
    expect(kept(objects)).toMatchObject({ assess: assessResult(), output: line });
  });

  test.each([
    ['half a line', line.slice(0, line.length / 2)],
    ['not ours', 'Segmentation fault'],
    ['bytes that were no text', '\ufffd\ufffd\u0000{"headroom":1'],
  ])('as it came, where it cannot be read: %s', async (_, output) => {
    const execution = { ...grownExecution(), steps: [step('assess', 0, { Output: output })] };
    const { handler, objects } = setUp(execution);
    expect(await handler(assessed())).toEqual({ evidenceKey: EVIDENCE, readable: false });
    expect(kept(objects)).toMatchObject({
      assess: null,
      unreadable: expect.stringContaining('assess-node: ') as string,
      output,
    });
  });

  test('without S3 the call fails, so that the step does', async () => {
    const { handler } = setUp(grownExecution(), {
      's3:PutObject': () => {
        throw awsError('SlowDown');
      },
    });
    await expect(handler(assessed(line))).rejects.toThrow('SlowDown');
  });
});

describe('the report says where the evidence is', () => {
  const withEvidence = (status: string, failureMessage?: string): AutomationExecutionFacts => {
    const grown = grownExecution();
    const evidence = step('evidence', 0, {}, { status, failureMessage });
    return { ...grown, steps: [...grown.steps.slice(0, 1), evidence, ...grown.steps.slice(1)] };
  };

  test('when it was kept', async () => {
    const { handler, report, inputs } = setUp(withEvidence('Success'));
    await handler(finished);
    expect(report().evidence.keptAt).toBe(`s3://${BUCKET}/${EVIDENCE}`);
    expect(JSON.stringify(inputs('sns:Publish'))).toContain(`s3://${BUCKET}/${EVIDENCE}`);
  });

  test('when it was not: the healing still counts, and the failure is reported', async () => {
    const { handler, report, inputs } = setUp(withEvidence('Failed', 'SlowDown: reduce your rate'));
    await expect(handler(finished)).resolves.toMatchObject({ verdict: 'healed' });
    expect(report().evidence).toMatchObject({
      keptAt: null,
      failures: ['evidence: Failed: SlowDown: reduce your rate'],
    });
    expect(JSON.stringify(inputs('sns:Publish'))).toContain('SlowDown: reduce your rate');
  });
});

describe('the next datapoint after verification', () => {
  const verifiedAtMs = grownExecution().steps.find(({ name }) => name === 'verify')?.endedAtMs ?? 0;
  const answer = (atMs: number, usedPercent: number) => ({
    'cloudwatch:GetMetricData': () => ({
      MetricDataResults: [{ Id: 'q0', Timestamps: [new Date(atMs)], Values: [usedPercent] }],
    }),
  });

  test('is asked for by the exact dimensions of the node', async () => {
    const { handler, inputs } = setUp();
    await handler(finished);
    expect(inputs('cloudwatch:GetMetricData')).toMatchObject([
      {
        StartTime: new Date(verifiedAtMs),
        MetricDataQueries: [
          {
            MetricStat: {
              Metric: {
                Namespace: 'Headroom/prod/control-plane',
                MetricName: 'disk_used_percent',
                Dimensions: [
                  { Name: 'InstanceId', Value: INSTANCE },
                  { Name: 'path', Value: '/' },
                  { Name: 'fstype', Value: 'ext4' },
                ],
              },
            },
          },
        ],
      },
    ]);
  });

  test('below the warning level confirms', async () => {
    const { handler, report } = setUp(grownExecution(), answer(verifiedAtMs + 1, 48));
    await expect(handler(finished)).resolves.toMatchObject({ verdict: 'healed' });
    expect(report().nextDatapoint).toMatchObject({ state: 'below', usedPercent: 48 });
  });

  test('over the warning level escalates: the disk fills faster than healing frees it', async () => {
    const { handler } = setUp(grownExecution(), answer(verifiedAtMs + 1, 91));
    await expect(handler(finished)).resolves.toMatchObject({
      verdict: 'escalated',
      reason: expect.stringContaining('the metric reports 91 %') as string,
    });
  });

  test('that may be older than the healing does not count, and is not waited for', async () => {
    const { handler, report, inputs } = setUp(grownExecution(), answer(verifiedAtMs - 1, 97));
    await expect(handler(finished)).resolves.toMatchObject({ verdict: 'healed' });
    expect(report().nextDatapoint).toMatchObject({ state: 'not-seen' });
    expect(JSON.stringify(inputs('sns:Publish'))).toContain('no datapoint yet; the sweep checks again');
  });

  test('that cannot be read changes no verdict, and is told', async () => {
    const { handler, report } = setUp(grownExecution(), {
      'cloudwatch:GetMetricData': () => {
        throw awsError('AccessDenied');
      },
    });
    await expect(handler(finished)).resolves.toMatchObject({ verdict: 'healed' });
    expect(report().nextDatapoint).toEqual({ state: 'unknown', why: 'AccessDenied: AccessDenied' });
  });

  test('is not asked for where nothing was verified', async () => {
    const { handler, operations } = setUp(deadAgentExecution());
    await handler(failed);
    expect(operations()).not.toContain('cloudwatch:GetMetricData');
  });
});

describe('metrics of our own', () => {
  const event = (Status: string) => ({ detail: { ExecutionId: EXECUTION, Status } });

  test.each([
    ['Failed', 1],
    ['TimedOut', 1],
    // A person did that.
    ['Cancelled', 0],
  ])('an execution that ended %s without a verdict counts %i', async (status, count) => {
    const { handler, metrics } = setUp(deadAgentExecution());
    await handler(event(status));
    expect(metrics()).toMatchObject({ HealingFailed: count, Escalations: 1 });
  });

  test('one that has told its verdict before does not count', async () => {
    const { handler, another, metrics } = setUp(deadAgentExecution());
    await handler(failed);
    await another(event('Failed'));
    expect(metrics()).toMatchObject({ HealingFailed: 0 });
  });

  test('go to the environment, the node group, and by instance for what EBS counts', async () => {
    const { handler, inputs } = setUp();
    await handler(finished);
    const data = inputs<MetricsInput>('cloudwatch:PutMetricData').flatMap(({ MetricData }) => MetricData);
    const dimensionsOf = (name: string) =>
      data
        .filter(({ MetricName }) => MetricName === name)
        .map(({ Dimensions }) =>
          (Dimensions as { Name: string; Value: string }[])
            .map(({ Name, Value }) => `${Name}=${Value}`)
            .join(' '),
        );
    const both = ['Environment=prod', 'Environment=prod NodeGroup=control-plane'];
    for (const name of ['Heals', 'Escalations', 'SecondsToHeal', 'GiBReclaimed', 'GiBGrown'])
      expect([name, dimensionsOf(name)]).toEqual([name, both]);
    expect(dimensionsOf('SecondsToFirstAction')).toEqual(['Environment=prod']);
    expect(dimensionsOf('Grows')).toEqual(['Environment=prod', `Environment=prod InstanceId=${INSTANCE}`]);
  });
});
