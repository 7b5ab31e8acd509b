import { EXECUTION, deadAgentExecution, grownExecution, refusedExecution } from '../domain/executions';
import { INSTANCE } from '../domain/fixtures';
import { awsError } from './fake-sdk';
import { BUCKET, KEY, failed, finished, setUp, setVariables, type MetricsInput } from './record-setup';

beforeEach(setVariables);

describe('a healed node', () => {
  test('report first, then metrics, then the message; no OpsItem', async () => {
    const { handler, operations } = setUp();
    expect(await handler(finished)).toEqual({
      verdict: 'healed',
      reason: '/ is at 48.5 %, inodes at 5 %, at or below the target of 75 %; all checks pass',
      reportKey: KEY,
      instanceId: INSTANCE,
      usedPercent: 48.5,
      until: null,
      repeated: false,
    });
    expect(operations()).toEqual([
      'ssm:GetAutomationExecution',
      's3:HeadObject',
      'ec2:DescribeInstances',
      'cloudwatch:GetMetricData',
      's3:PutObject',
      'cloudwatch:PutMetricData',
      'sns:Publish',
      's3:PutObject',
    ]);
  });

  test('writes the report, the metrics and the message', async () => {
    const { handler, report, metrics, inputs } = setUp();
    await handler(finished);
    expect(report()).toMatchObject({ verdict: 'healed', nodeGroup: 'control-plane', gibGrown: 20 });
    expect(metrics()).toEqual({
      Heals: 1,
      Escalations: 0,
      SecondsToHeal: 120,
      SecondsToFirstAction: 5,
      Grows: 1,
      HealingFailed: 0,
      GiBReclaimed: expect.closeTo(0.559, 3) as number,
      GiBGrown: 20,
    });
    expect(inputs<MetricsInput>('cloudwatch:PutMetricData')[0]).toMatchObject({
      Namespace: 'Headroom',
    });
    expect(inputs('sns:Publish')).toMatchObject([
      {
        Subject: '[prod] HEALED: i-0aa11bb22cc33dd44 disk, / at 48.5 %',
        Message: expect.stringContaining(`s3://${BUCKET}/${KEY}`) as string,
        MessageAttributes: { verdict: { DataType: 'String', StringValue: 'healed' } },
      },
    ]);
  });
});

describe('an escalated node', () => {
  test('gets an OpsItem with its dedup string and resource', async () => {
    const { handler, inputs, metrics } = setUp(refusedExecution());
    expect(await handler(failed)).toMatchObject({ verdict: 'escalated', usedPercent: 97 });
    expect(inputs('ssm:CreateOpsItem')).toMatchObject([
      {
        Title: `Headroom prod: disk of ${INSTANCE} was not healed`,
        Source: 'Headroom',
        Severity: '1',
        Category: 'Availability',
        OperationalData: {
          '/aws/dedup': {
            Type: 'SearchableString',
            Value: `{"dedupString":"headroom/prod/${INSTANCE}/disk"}`,
          },
          '/aws/resources': {
            Value: `[{"arn":"arn:aws:ec2:ap-northeast-1:111122223333:instance/${INSTANCE}"}]`,
          },
        },
      },
    ]);
    expect(metrics()).toMatchObject({ Heals: 0, Escalations: 1, GiBGrown: 0 });
    expect(metrics()).not.toHaveProperty('SecondsToHeal');
  });

  test('does not open an incident for a node that is gone by now', async () => {
    const { handler, report, inputs, metrics } = setUp(deadAgentExecution(), {
      'ec2:DescribeInstances': () => {
        throw awsError('InvalidInstanceID.NotFound');
      },
    });
    await expect(handler(failed)).resolves.toMatchObject({ verdict: 'gone', usedPercent: null });
    expect(report()).toMatchObject({ nodeGroup: '', role: '' });
    expect([...inputs('ssm:CreateOpsItem'), ...inputs('sns:Publish')]).toEqual([]);
    expect(metrics()).toMatchObject({ Heals: 0, Escalations: 0 });
  });

  test('reports a node that cannot be described without its group', async () => {
    const { handler, report, inputs } = setUp(deadAgentExecution(), {
      'ec2:DescribeInstances': () => {
        throw awsError('RequestLimitExceeded');
      },
    });
    await expect(handler(failed)).resolves.toMatchObject({ verdict: 'escalated', usedPercent: null });
    expect(report()).toMatchObject({ nodeGroup: '', role: '' });
    expect(JSON.stringify(inputs('ssm:CreateOpsItem'))).not.toContain('/aws/resources');
  });
});

describe('delivered once', () => {
  test('delivers nothing in a second call', async () => {
    const { handler, another, operations } = setUp();
    const first = await handler(finished);
    const before = operations().length;
    expect(await another(finished)).toEqual({ ...first, repeated: true });
    expect(operations().slice(before)).toEqual([
      'ssm:GetAutomationExecution',
      's3:HeadObject',
      'ec2:DescribeInstances',
      'cloudwatch:GetMetricData',
    ]);
  });

  test('keeps the reported verdict for a late event, and asks nothing of EC2 and CloudWatch', async () => {
    const { handler, another, operations } = setUp();
    await handler(finished);
    const before = operations().length;
    const event = { detail: { ExecutionId: EXECUTION, Status: 'Cancelled' } };
    expect(await another(event)).toMatchObject({ verdict: 'healed', repeated: true });
    expect(operations().slice(before)).toEqual(['ssm:GetAutomationExecution', 's3:HeadObject']);
  });

  test.each(['cloudwatch:PutMetricData', 'ssm:CreateOpsItem', 'sns:Publish'])(
    'a failing %s stops no other, fails the call, and only it is repeated',
    async (failing) => {
      let broken = true;
      const { handler, another, operations } = setUp(refusedExecution(), {
        [failing]: () => {
          if (broken) throw awsError('ThrottlingException', 'slow down');
          return {};
        },
      });
      await expect(handler(failed)).rejects.toThrow(/incomplete: .*ThrottlingException: slow down/);
      broken = false;
      await expect(another(failed)).resolves.toMatchObject({ verdict: 'escalated', repeated: false });
      const told = ['cloudwatch:PutMetricData', 'ssm:CreateOpsItem', 'sns:Publish'];
      const times = told.map((name) => operations().filter((operation) => operation === name).length);
      expect(times).toEqual(told.map((name) => (name === failing ? 2 : 1)));
    },
  );

  test('delivers everything without S3, fails naming it, and does not deliver again in this container', async () => {
    const { handler, operations } = setUp(refusedExecution(), {
      's3:PutObject': () => {
        throw awsError('AccessDenied');
      },
    });
    await expect(handler(failed)).rejects.toThrow(/report: AccessDenied/);
    await expect(handler(failed)).rejects.toThrow(/report: AccessDenied/);
    expect(operations().filter((operation) => operation === 'sns:Publish')).toHaveLength(1);
  });

  test('when S3 does not say whether there is a report, it is written', async () => {
    const { handler, objects, lines } = setUp(grownExecution(), {
      's3:HeadObject': () => {
        throw awsError('Forbidden');
      },
    });
    await expect(handler(finished)).resolves.toMatchObject({ verdict: 'healed' });
    expect(objects.has(KEY)).toBe(true);
    expect(lines).toContainEqual(expect.objectContaining({ level: 'warn' }));
  });
});

describe('an event of EventBridge', () => {
  const event = (Status: string) => ({
    source: 'aws.ssm',
    'detail-type': 'EC2 Automation Execution Status-change Notification',
    detail: { ExecutionId: EXECUTION, Status, Definition: 'headroom-prod-HealNode' },
  });

  test('records an execution that ended without a record', async () => {
    const { handler, objects } = setUp({ ...deadAgentExecution(), failureMessage: 'Cancelled by user' });
    await expect(handler(event('Cancelled'))).resolves.toMatchObject({
      verdict: 'escalated',
      repeated: false,
    });
    expect(objects.has(KEY)).toBe(true);
  });

  test('does nothing where a report is, even one that keeps no metadata', async () => {
    const { handler, operations } = setUp(refusedExecution(), { 's3:HeadObject': () => ({}) });
    await expect(handler(event('Failed'))).resolves.toMatchObject({ repeated: true });
    expect(operations()).not.toContain('sns:Publish');
  });
});

describe('bugs are errors', () => {
  test.each([
    undefined,
    {},
    { executionId: '', conclusion: 'finished' },
    { executionId: 'x', conclusion: 'maybe' },
  ])('payload %j', async (payload) => {
    const { handler, operations } = setUp();
    await expect(handler(payload)).rejects.toThrow(/payload must be/);
    expect(operations()).toEqual([]);
  });

  test('an execution that Automation does not know', async () => {
    const { handler } = setUp(grownExecution(), {
      'ssm:GetAutomationExecution': () => {
        throw awsError('AutomationExecutionNotFoundException');
      },
    });
    await expect(handler(finished)).rejects.toThrow(/AutomationExecutionNotFound/);
  });
});
