import { createHandler } from '../../lambda/sweep/handler';
import { SILENT_NODES_LOG } from '../../lib/domain/sweep/silence';
import { INSTANCE, NOW_MS, policy } from '../domain/fixtures';
import { awsError, fakeSdk, recordingLog, type Answers } from './fake-sdk';
import { healingOutputs } from './healing-outputs';

const DOCUMENT = 'headroom-prod-HealNode';
const QUEUE = 'https://sqs/headroom-prod-heal.fifo';
const OTHER = 'i-0ff99ee88dd77cc66';

interface Query {
  readonly Id: string;
  readonly MetricStat: {
    readonly Metric: {
      readonly MetricName: string;
      readonly Dimensions: readonly { readonly Name: string; readonly Value: string }[];
    };
  };
}

const instance = (instanceId: string, group: string | undefined, more: object = {}) => ({
  InstanceId: instanceId,
  LaunchTime: new Date(NOW_MS - 1e9),
  Tags: [
    { Key: 'headroom:environment', Value: 'prod' },
    ...(group === undefined ? [] : [{ Key: 'headroom:node-group', Value: group }]),
  ],
  ...more,
});
const dimensionOf = ({ MetricStat }: Query, name: string): string | undefined =>
  MetricStat.Metric.Dimensions.find(({ Name }) => Name === name)?.Value;

/** Every node reported this a minute ago. */
const reported =
  (value: number) =>
  ({ MetricDataQueries }: { MetricDataQueries: Query[] }) => ({
    MetricDataResults: MetricDataQueries.map(({ Id }) => ({
      ...{ Id, Timestamps: [new Date(NOW_MS - 60_000)], Values: [value] },
    })),
  });

const setUp = (used: Record<string, number>, answers: Answers = {}) => {
  const sdk = fakeSdk(['ec2', 'cloudwatch', 'ssm', 'sqs'], {
    'ec2:DescribeInstances': () => ({
      Reservations: Object.keys(used).map((id) => ({ Instances: [instance(id, 'control-plane')] })),
    }),
    'cloudwatch:GetMetricData': ({ MetricDataQueries }: { MetricDataQueries: Query[] }) => ({
      MetricDataResults: MetricDataQueries.map((query) => {
        const value =
          query.MetricStat.Metric.MetricName === 'disk_used_percent'
            ? used[dimensionOf(query, 'InstanceId') ?? '']
            : undefined;
        return value === undefined
          ? { Id: query.Id, Timestamps: [], Values: [] }
          : { Id: query.Id, Timestamps: [new Date(NOW_MS - 60_000)], Values: [value] };
      }),
    }),
    'cloudwatch:DescribeAlarms': () => ({ MetricAlarms: [] }),
    'ssm:DescribeAutomationExecutions': () => ({ AutomationExecutionMetadataList: [] }),
    'sqs:SendMessage': () => ({}),
    'ssm:GetParameter': () => ({ Parameter: { Value: 'none' } }),
    'cloudwatch:PutMetricData': () => ({}),
    ...answers,
  });
  const { log, lines } = recordingLog();
  return { ...sdk, lines, handle: createHandler(sdk.clients, { clock: { now: () => NOW_MS }, log }) };
};

const execution = (more: object = {}) => ({
  AutomationExecutionId: 'e1',
  DocumentName: DOCUMENT,
  AutomationExecutionStatus: 'Success',
  ExecutionStartTime: new Date(NOW_MS - 20 * 60_000),
  ExecutionEndTime: new Date(NOW_MS - 10 * 60_000),
  Outputs: healingOutputs('record', { verdict: 'healed' }),
  ...more,
});
const executions = (...all: object[]): Answers => ({
  'ssm:DescribeAutomationExecutions': () => ({ AutomationExecutionMetadataList: all }),
  'ssm:GetAutomationExecution': () => ({
    AutomationExecution: { Parameters: { InstanceId: [INSTANCE] } },
  }),
});

beforeEach(() => {
  process.env['HEADROOM_ENVIRONMENT'] = 'prod';
  process.env['HEADROOM_NAMESPACES'] = 'separate';
  process.env['HEADROOM_HEAL_DOCUMENT_NAME'] = DOCUMENT;
  process.env['HEADROOM_HEAL_QUEUE_URL'] = QUEUE;
  process.env['HEADROOM_DISK_LEVELS'] = JSON.stringify(policy);
  process.env['HEADROOM_DECLARED_SIZES'] = '{}';
  process.env['HEADROOM_ATTACHED_WORKERS'] = '{}';
  process.env['HEADROOM_FILESYSTEMS'] = JSON.stringify({ 'control-plane': 'ext4' });
});

test('a node over a level is queued, one that is well is not', async () => {
  const { handle, inputs } = setUp({ [INSTANCE]: 91, [OTHER]: 50 });
  expect(await handle()).toMatchObject({ nodes: 2, findings: [{ instanceId: INSTANCE }] });
  const [message, ...more] = inputs<Record<string, string>>('sqs:SendMessage');
  expect(more).toEqual([]);
  expect(message).toMatchObject({
    QueueUrl: QUEUE,
    MessageGroupId: 'control-plane',
    MessageDeduplicationId: expect.stringContaining(INSTANCE) as string,
  });
  expect(JSON.parse(message?.['MessageBody'] ?? '')).toEqual({
    source: 'headroom.sweep',
    'detail-type': 'Headroom Sweep Finding',
    time: new Date(NOW_MS).toISOString(),
    detail: {
      instanceId: INSTANCE,
      nodeGroup: 'control-plane',
      finding: 'over-level',
      reason: '/ is at 91 %, level critical, and no healing is running',
      usedPercent: 91,
    },
  });
});

test('only running nodes of the environment are asked for', async () => {
  const { handle, inputs } = setUp({});
  await handle();
  expect(inputs('ec2:DescribeInstances')).toMatchObject([
    {
      Filters: [
        { Name: 'tag:headroom:environment', Values: ['prod'] },
        { Name: 'instance-state-name', Values: ['running'] },
      ],
    },
  ]);
});

test('a group of an unknown filesystem is asked for both, and one node more than a call takes makes two calls', async () => {
  const ids = Array.from({ length: 84 }, (_, index) => `i-${String(index).padStart(17, '0')}`);
  const { handle, inputs } = setUp(
    {},
    {
      'ec2:DescribeInstances': () => ({
        Reservations: [{ Instances: ids.map((id) => instance(id, 'new')) }],
      }),
      'cloudwatch:GetMetricData': reported(50),
    },
  );
  await handle();
  const calls = inputs<{ MetricDataQueries: Query[] }>('cloudwatch:GetMetricData');
  expect(calls.map(({ MetricDataQueries }) => MetricDataQueries.length)).toEqual([498, 6]);
  const queries = calls.flatMap(({ MetricDataQueries }) => MetricDataQueries);
  expect(new Set(queries.map((query) => dimensionOf(query, 'fstype')))).toEqual(new Set(['ext4', 'xfs']));
  const asked = queries.map((query) => `${dimensionOf(query, 'InstanceId')}/${dimensionOf(query, 'fstype')}`);
  expect(new Set(asked).size).toBe(2 * ids.length);
});

describe('nodes of an Auto Scaling group', () => {
  const MEMBERS = Array.from({ length: 60 }, (_, index) => `i-${String(index).padStart(17, '0')}`);
  const [SOME] = MEMBERS as [string];
  type AnyQuery = Query & { readonly MetricStat: { readonly Stat: string } };

  /** Every node sends each minute, for itself and for its group. @param used percent of those that are not at 40 % */
  const groupOf = (used: Record<string, number | undefined>, more: object = {}, answers: Answers = {}) => {
    const values = MEMBERS.map((id) => (id in used ? used[id] : 40)).filter((each) => each !== undefined);
    const valueOf = (query: AnyQuery): number | undefined => {
      const id = dimensionOf(query, 'InstanceId');
      const name = query.MetricStat.Metric.MetricName;
      if (id !== undefined && id in used && used[id] === undefined) return undefined;
      if (name === 'disk_inodes_total') return 1_000;
      if (name === 'disk_inodes_used') return 100;
      if (id !== undefined) return used[id] ?? 40;
      return query.MetricStat.Stat === 'SampleCount' ? values.length : Math.max(...values);
    };
    return setUp(
      {},
      {
        'ec2:DescribeInstances': () => ({
          Reservations: [
            {
              Instances: MEMBERS.map((id) =>
                instance(id, 'general', {
                  Tags: [
                    ...instance(id, 'general').Tags,
                    { Key: 'aws:autoscaling:groupName', Value: 'headroom-prod-general' },
                  ],
                  ...more,
                }),
              ),
            },
          ],
        }),
        'cloudwatch:GetMetricData': (input: { MetricDataQueries: AnyQuery[]; StartTime: Date }) => ({
          MetricDataResults: input.MetricDataQueries.map((query) => {
            const value = valueOf(query);
            const minutes = Array.from(
              { length: 15 },
              (_, minute) => new Date(NOW_MS - minute * 60_000),
            ).filter((at) => at >= input.StartTime);
            return value === undefined
              ? { Id: query.Id, Timestamps: [], Values: [] }
              : { Id: query.Id, Timestamps: minutes, Values: minutes.map(() => value) };
          }),
        }),
        ...answers,
      },
    );
  };
  const seriesRead = ({ inputs }: ReturnType<typeof setUp>): number =>
    inputs<{ MetricDataQueries: Query[] }>('cloudwatch:GetMetricData').flatMap(
      ({ MetricDataQueries }) => MetricDataQueries,
    ).length;

  beforeEach(() => {
    process.env['HEADROOM_FILESYSTEMS'] = JSON.stringify({ general: 'xfs' });
  });

  test('that are all well cost the group’s four series, and one series of each sixth node', async () => {
    const set = groupOf({});
    expect(await set.handle()).toEqual({ nodes: 60, read: 10, findings: [] });
    expect(seriesRead(set)).toBe(4 + 10);
  });

  test.each([
    ['is over a level', 85, 'over-level'],
    ['is silent', undefined, 'silent'],
  ])('are read when one of them %s, and that one is found', async (_, used, finding) => {
    const set = groupOf({ [SOME]: used });
    const { read, findings } = await set.handle();
    expect(read).toBe(60);
    expect(findings).toMatchObject([{ instanceId: SOME, finding }]);
  });

  test('that are new are read, since they have yet to report', async () => {
    const set = groupOf({}, { LaunchTime: new Date(NOW_MS - 60_000) });
    expect(await set.handle()).toMatchObject({ nodes: 60, read: 60 });
  });

  test('that an execution or an alarm speaks of are read', async () => {
    const set = groupOf(
      {},
      {},
      {
        'cloudwatch:DescribeAlarms': () => ({
          MetricAlarms: [
            {
              ...{ AlarmName: 'disk', StateUpdatedTimestamp: new Date(NOW_MS - 420_000) },
              Dimensions: [{ Name: 'InstanceId', Value: SOME }],
            },
          ],
        }),
      },
    );
    expect(await set.handle()).toMatchObject({ findings: [{ instanceId: SOME }] });
  });
});

test('as long as an execution takes is read only of nodes that say too little: silent ones, and those whose healing ended badly', async () => {
  const [well, silent] = ['i-0aaaaaaaaaaaaaaa1', 'i-0aaaaaaaaaaaaaaa2'];
  const { handle, inputs } = setUp(
    { [INSTANCE]: 91, [well]: 50, [silent]: 50 },
    {
      ...executions(execution({ AutomationExecutionStatus: 'Failed', Outputs: healingOutputs(undefined) })),
      'cloudwatch:GetMetricData': (input: { MetricDataQueries: Query[] }) => ({
        MetricDataResults: reported(91)(input).MetricDataResults.filter(
          (_, index) => dimensionOf(input.MetricDataQueries[index] as Query, 'InstanceId') !== silent,
        ),
      }),
    },
  );
  await handle();
  const calls = inputs<{ MetricDataQueries: Query[]; StartTime: Date }>('cloudwatch:GetMetricData');
  const asked = calls.map(({ MetricDataQueries, StartTime }) => ({
    minutes: (NOW_MS - StartTime.getTime()) / 60_000,
    nodes: [...new Set(MetricDataQueries.map((query) => dimensionOf(query, 'InstanceId')))],
  }));
  expect(asked).toEqual([
    { minutes: 15, nodes: [INSTANCE, well, silent] },
    { minutes: 300, nodes: [INSTANCE, silent] },
  ]);
});

test('control-plane nodes inside an Auto Scaling group (kops) are read as their agents report', async () => {
  const { handle, inputs } = setUp(
    { [INSTANCE]: 50 },
    {
      'ec2:DescribeInstances': () => ({
        Reservations: [
          {
            Instances: [
              instance(INSTANCE, 'control-plane', {
                Tags: [
                  { Key: 'headroom:role', Value: 'control-plane' },
                  { Key: 'headroom:node-group', Value: 'control-plane' },
                  { Key: 'aws:autoscaling:groupName', Value: 'master-eu-central-1a' },
                ],
              }),
            ],
          },
        ],
      }),
    },
  );
  expect((await handle()).findings).toEqual([]);
  const [asked] = inputs<{ MetricDataQueries: Query[] }>('cloudwatch:GetMetricData');
  expect(asked?.MetricDataQueries[0]?.MetricStat.Metric.Dimensions.map(({ Name }) => Name)).toEqual([
    ...['InstanceId', 'path', 'fstype'],
  ]);
});

test('a node in flight is left alone; each execution is asked for its node once in a container', async () => {
  const { handle, inputs } = setUp(
    { [INSTANCE]: 99 },
    executions(execution({ AutomationExecutionStatus: 'InProgress', ExecutionEndTime: undefined })),
  );
  await handle();
  await handle();
  expect(inputs('sqs:SendMessage')).toEqual([]);
  expect(inputs('ssm:GetAutomationExecution')).toHaveLength(1);
});

test('backs off ten minutes after an escalation, but not after a healing', async () => {
  const escalated = execution({ Outputs: healingOutputs('escalate', { verdict: 'escalated' }) });
  const history = {
    'cloudwatch:GetMetricData': ({ MetricDataQueries }: { MetricDataQueries: Query[] }) => ({
      MetricDataResults: MetricDataQueries.slice(0, 1).map(({ Id }) => ({
        Id,
        Timestamps: [new Date(NOW_MS - 60_000), new Date(NOW_MS - 15 * 60_000)],
        Values: [91, 91],
      })),
    }),
  };
  const held = setUp({ [INSTANCE]: 91 }, { ...executions(escalated), ...history });
  expect((await held.handle()).findings).toEqual([]);
  const free = setUp({ [INSTANCE]: 91 }, { ...executions(execution()), ...history });
  expect((await free.handle()).findings).toMatchObject([{ finding: 'over-level' }]);
});

test('a node whose healing waits for EBS is left alone until then, and the outputs name the node', async () => {
  const began = NOW_MS - 20 * 3_600_000;
  const waiting = (untilMs: number) =>
    execution({
      ...{ ExecutionStartTime: new Date(began), ExecutionEndTime: new Date(began + 60_000) },
      Outputs: healingOutputs('record', {
        ...{ verdict: 'waiting', reason: 'four modifications in 24 h', instanceId: INSTANCE },
        until: new Date(untilMs).toISOString(),
      }),
    });
  const held = setUp({ [INSTANCE]: 83 }, executions(waiting(NOW_MS + 60_000)));
  expect((await held.handle()).findings).toEqual([]);
  expect(held.inputs('ssm:GetAutomationExecution')).toEqual([]);
  const due = setUp({ [INSTANCE]: 83 }, executions(waiting(NOW_MS)));
  expect((await due.handle()).findings).toMatchObject([{ finding: 'over-level' }]);
});

test('ignores executions of another document with the same prefix', async () => {
  const { handle } = setUp(
    { [INSTANCE]: 91 },
    executions(
      execution({
        DocumentName: `${DOCUMENT}2`,
        AutomationExecutionStatus: 'InProgress',
        ExecutionEndTime: undefined,
      }),
    ),
  );
  expect((await handle()).findings).toHaveLength(1);
});

describe('silent nodes of attached workers', () => {
  const attached = (at: string) => ({
    Tags: [...instance(INSTANCE, 'general').Tags, { Key: 'headroom:attached-at', Value: at }],
  });
  const silentFor = (more: object, answers: Answers = {}) => {
    process.env['HEADROOM_ATTACHED_WORKERS'] = JSON.stringify({ general: 'asg-1', spare: 'asg-2' });
    return setUp(
      {},
      {
        'ec2:DescribeInstances': () => ({
          Reservations: [{ Instances: [instance(INSTANCE, 'general', more)] }],
        }),
        'cloudwatch:GetMetricData': ({ MetricDataQueries }: { MetricDataQueries: Query[] }) => ({
          MetricDataResults: MetricDataQueries.map(({ Id }) => ({ Id, Timestamps: [], Values: [] })),
        }),
        ...answers,
      },
    );
  };
  const counted = (inputs: ReturnType<typeof setUp>['inputs']) =>
    inputs<{ MetricData: { MetricName: string; Value: number; Dimensions: unknown }[] }>(
      'cloudwatch:PutMetricData',
    )
      .flatMap(({ MetricData }) => MetricData)
      .filter(({ MetricName }) => MetricName === 'SilentNodes');

  test('are counted for each group, zeros too, with the group that the alarm looks at', async () => {
    const { handle, inputs } = silentFor({});
    expect((await handle()).findings).toMatchObject([{ finding: 'silent' }]);
    expect(counted(inputs)).toEqual(
      [
        ['asg-1', 1],
        ['asg-2', 0],
      ].map(([Value, count]) => ({
        ...{ MetricName: 'SilentNodes', Unit: 'Count', Value: count },
        Dimensions: [
          { Name: 'Environment', Value: 'prod' },
          { Name: 'AutoScalingGroupName', Value },
        ],
      })),
    );
  });

  test.each<[string, Answers, number]>([
    ['found', {}, 1],
    ['healed before', executions(execution()), 0],
    [
      'that cannot be counted',
      {
        'cloudwatch:PutMetricData': () => {
          throw awsError('AccessDenied');
        },
      },
      1,
    ],
  ])('are named in the log, those %s too', async (_, answers, messages) => {
    const { handle, lines, inputs } = silentFor({}, answers);
    await handle().catch(() => undefined);
    expect(inputs('sqs:SendMessage')).toHaveLength(messages);
    expect(lines.filter(({ message }) => message === SILENT_NODES_LOG)).toEqual([
      {
        ...{ level: 'warn', message: SILENT_NODES_LOG },
        fields: { autoScalingGroupName: 'asg-1', instanceIds: [INSTANCE] },
      },
    ]);
  });

  test('are none, and nothing is healed, while a node that has run for years was only just attached', async () => {
    const { handle, inputs } = silentFor(attached(new Date(NOW_MS - 30 * 60_000).toISOString()));
    expect((await handle()).findings).toEqual([]);
    expect(counted(inputs).map(({ Value }) => Value)).toEqual([0, 0]);
  });

  test('that cannot be counted fail the sweep when all else is done', async () => {
    const { handle, inputs } = silentFor(
      {},
      {
        'cloudwatch:PutMetricData': ({ MetricData }: { MetricData: { MetricName: string }[] }) => {
          if (MetricData[0]?.MetricName === 'SilentNodes') throw awsError('AccessDenied');
          return {};
        },
      },
    );
    await expect(handle()).rejects.toThrow('the sweep is incomplete: silent nodes: AccessDenied');
    expect(inputs('sqs:SendMessage')).toHaveLength(1);
  });
});

test.each([
  ['Dimensions', { Dimensions: [{ Name: 'InstanceId', Value: INSTANCE }] }],
  [
    'Metrics',
    { Metrics: [{ MetricStat: { Metric: { Dimensions: [{ Name: 'InstanceId', Value: INSTANCE }] } } }] },
  ],
])('finds an alarm without an execution (%s)', async (_, metric) => {
  const { handle } = setUp(
    { [INSTANCE]: 91 },
    {
      'cloudwatch:DescribeAlarms': () => ({
        MetricAlarms: [
          { AlarmName: 'group', StateUpdatedTimestamp: new Date(NOW_MS), Dimensions: [] },
          { AlarmName: 'disk', StateUpdatedTimestamp: new Date(NOW_MS - 420_000), ...metric },
        ],
      }),
    },
  );
  expect((await handle()).findings).toMatchObject([{ finding: 'alarm-without-execution' }]);
});

test('sweeps without the alarms', async () => {
  const { handle, lines } = setUp(
    { [INSTANCE]: 91 },
    {
      'cloudwatch:DescribeAlarms': () => {
        throw awsError('AccessDenied');
      },
    },
  );
  expect((await handle()).findings).toHaveLength(1);
  expect(lines).toContainEqual(expect.objectContaining({ message: 'the alarms are unknown' }));
});

test.each(['ec2:DescribeInstances', 'cloudwatch:GetMetricData', 'ssm:DescribeAutomationExecutions'])(
  'without %s it fails rather than guess: nothing known is not nothing wrong',
  async (operation) => {
    const { handle, inputs } = setUp(
      { [INSTANCE]: 91 },
      {
        [operation]: () => {
          throw awsError('ThrottlingException');
        },
      },
    );
    await expect(handle()).rejects.toThrow('ThrottlingException');
    expect(inputs('sqs:SendMessage')).toEqual([]);
  },
);

test('retries a message that cannot be sent, reports it, and sends the others', async () => {
  const { handle, inputs } = setUp(
    { [INSTANCE]: 91, [OTHER]: 92 },
    {
      'sqs:SendMessage': ({ MessageBody }: { MessageBody: string }) => {
        if (MessageBody.includes(INSTANCE)) throw awsError('InternalFailure');
        return {};
      },
    },
  );
  await expect(handle()).rejects.toThrow(
    new Error(`the sweep is incomplete: ${INSTANCE}: InternalFailure: InternalFailure`),
  );
  expect(inputs('sqs:SendMessage')).toHaveLength(3);
});

test('one refused call among many costs nothing', async () => {
  const once = (answer: object) => (_: never, count: number) => {
    if (count === 1) throw awsError('ThrottlingException');
    return answer;
  };
  const { handle, inputs } = setUp(
    { [INSTANCE]: 91, [OTHER]: 92 },
    {
      ...executions(execution()),
      'ssm:GetAutomationExecution': once({ AutomationExecution: { Parameters: { InstanceId: [OTHER] } } }),
      'sqs:SendMessage': once({}),
    },
  );
  expect((await handle()).findings).toHaveLength(2);
  expect(inputs('sqs:SendMessage')).toHaveLength(3);
});

test('a storm of findings is sent a few at a time: one after the other takes longer than the function has', async () => {
  const ids = Array.from({ length: 100 }, (_, index) => `i-${String(index).padStart(17, '0')}`);
  let [underWay, most] = [0, 0];
  const { handle } = setUp(Object.fromEntries(ids.map((id) => [id, 91])), {
    'sqs:SendMessage': async () => {
      most = Math.max(most, (underWay += 1));
      await new Promise(setImmediate);
      underWay -= 1;
      return {};
    },
  });
  expect((await handle()).findings).toHaveLength(100);
  expect(most).toBe(10);
});

describe('sizes', () => {
  const VOLUME = 'vol-0123456789abcdef0';
  const rooted = {
    RootDeviceName: '/dev/sda1',
    BlockDeviceMappings: [
      { DeviceName: '/dev/sdb', Ebs: { VolumeId: 'vol-0fffffffffffffff0' } },
      { DeviceName: '/dev/sda1', Ebs: { VolumeId: VOLUME } },
    ],
  };
  const volumes = (group: string, sizeGiB: number, more: Answers = {}): Answers => ({
    'ec2:DescribeInstances': () => ({ Reservations: [{ Instances: [instance(INSTANCE, group, rooted)] }] }),
    'ec2:DescribeVolumes': () => ({ Volumes: [{ VolumeId: VOLUME, Size: sizeGiB }] }),
    'ec2:DescribeVolumesModifications': () => ({ VolumesModifications: [] }),
    ...more,
  });
  const byVolume = [{ Filters: [{ Name: 'volume-id', Values: [VOLUME] }] }];
  beforeEach(() => {
    process.env['HEADROOM_DECLARED_SIZES'] = JSON.stringify({ 'control-plane': 40 });
  });

  test('a node below the size that its group declares is queued, with both sizes', async () => {
    const { handle, inputs } = setUp({ [INSTANCE]: 50 }, volumes('control-plane', 20));
    expect((await handle()).findings).toEqual([
      expect.objectContaining({
        finding: 'below-declared-size',
        reason: `/ is at 50 %; ${VOLUME} has 20 GiB, but 40 GiB are declared`,
      }),
    ]);
    expect(inputs('ec2:DescribeVolumes')).toMatchObject(byVolume);
    expect(inputs('ec2:DescribeVolumesModifications')).toEqual(byVolume);
  });

  test('one that has it, or more since healing grew it, costs one call and is no finding', async () => {
    for (const sizeGiB of [40, 200]) {
      const { handle, operations } = setUp({ [INSTANCE]: 50 }, volumes('control-plane', sizeGiB));
      expect((await handle()).findings).toEqual([]);
      expect(operations()).not.toContain('ec2:DescribeVolumesModifications');
    }
  });

  test('a group that declares none for nodes that run is not asked about', async () => {
    const { handle, operations } = setUp({ [INSTANCE]: 50 }, volumes('general', 20));
    expect((await handle()).findings).toEqual([]);
    expect(operations()).not.toContain('ec2:DescribeVolumes');
  });

  test('one that EBS would refuse is left until EBS takes it', async () => {
    const optimizing = {
      VolumesModifications: [
        { VolumeId: VOLUME, ModificationState: 'optimizing', StartTime: new Date(NOW_MS) },
      ],
    };
    const answers = volumes('control-plane', 20, { 'ec2:DescribeVolumesModifications': () => optimizing });
    expect((await setUp({ [INSTANCE]: 50 }, answers).handle()).findings).toEqual([]);
  });

  test('finds a full disk without the volumes', async () => {
    const answers = volumes('control-plane', 20, {
      'ec2:DescribeVolumes': () => {
        throw awsError('RequestLimitExceeded');
      },
    });
    const { handle, lines } = setUp({ [INSTANCE]: 91 }, answers);
    expect((await handle()).findings).toMatchObject([{ finding: 'over-level' }]);
    expect(lines).toContainEqual(
      expect.objectContaining({ level: 'warn', message: 'the volumes are unknown' }),
    );
  });
});
