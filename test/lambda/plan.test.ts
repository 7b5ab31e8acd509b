import { createHandler } from '../../lambda/plan/handler';
import type { PlanPayload } from '../../lib/domain/plan/plan-payload';
import { GIB } from '../../lib/domain/units';
import {
  INSTANCE,
  NOW_MS,
  VOLUME,
  assessResult,
  filesystem,
  reclaimResult,
  rootFigures,
} from '../domain/fixtures';
import { awsError, fakeSdk, recordingLog, type Answers } from './fake-sdk';
import { ledgerBucket } from './ledger-bucket';
import { setPlanEnvironment } from './plan-setup';

const POLICY = {
  warningPercent: 80,
  criticalPercent: 90,
  emergencyPercent: 95,
  targetPercent: 75,
  maxSizeGiB: 100,
  sizeGiB: 20,
};
const instance = (tags: Record<string, string> = {}, more: object = {}) => ({
  State: { Name: 'running' },
  RootDeviceName: '/dev/sda1',
  BlockDeviceMappings: [
    { DeviceName: '/dev/sdf', Ebs: { VolumeId: 'vol-data' } },
    { DeviceName: '/dev/sda1', Ebs: { VolumeId: VOLUME } },
  ],
  Tags: Object.entries({
    'headroom:environment': 'prod',
    'headroom:role': 'control-plane',
    'headroom:node-group': 'control-plane',
    ...tags,
  }).map(([Key, Value]) => ({ Key, Value })),
  ...more,
});

const setUp = (answers: Answers = {}) => {
  const sdk = fakeSdk(['ec2', 'autoscaling', 'cloudwatch', 'ssm', 's3'], {
    'ssm:GetParameter': () => ({ Parameter: { Value: 'none' } }),
    'ec2:DescribeInstances': () => ({ Reservations: [{ Instances: [instance()] }] }),
    'ec2:DescribeVolumes': () => ({ Volumes: [{ VolumeId: VOLUME, Size: 20 }] }),
    'ec2:DescribeVolumesModifications': () => ({ VolumesModifications: [] }),
    'cloudwatch:GetMetricData': () => ({ MetricDataResults: [{ Id: 'q0', Timestamps: [], Values: [] }] }),
    ...ledgerBucket().answers,
    ...answers,
  });
  const { log, lines } = recordingLog();
  let nowMs = NOW_MS;
  const sleep = (milliseconds: number): Promise<void> => {
    nowMs += milliseconds;
    return Promise.resolve();
  };
  const handler = createHandler(sdk.clients, { clock: { now: () => nowMs, sleep }, log });
  const run = (
    assessOutput: unknown = JSON.stringify(assessResult()),
    reclaimOutput: unknown = JSON.stringify(reclaimResult()),
  ) =>
    handler({
      instanceId: INSTANCE,
      executionId: 'e1',
      assessOutput: assessOutput as string,
      reclaimOutput: reclaimOutput as string,
    }) as Promise<PlanPayload>;
  return { ...sdk, run, handler, lines };
};

beforeEach(() => {
  setPlanEnvironment({ 'control-plane': POLICY, general: POLICY });
});

test('a full disk grows: volume, size, reason and the levels that the verdict is judged by', async () => {
  expect(await setUp().run()).toEqual({
    action: 'grow',
    reason: expect.stringContaining('grow vol-0123456789abcdef0 from 20 to 30 GiB') as string,
    volumeId: VOLUME,
    targetSizeGiB: 30,
    volumeSizeGiB: 20,
    nodeGroup: 'control-plane',
    warningPercent: 80,
    targetPercent: 75,
    mode: 'act',
    usdPerMonth: 1,
    ...{ reboots: false, drains: false },
    maxSizeGiB: 100,
    usedPercent: 97,
    inodesUsedPercent: 5,
    growthPercentPerDay: null,
    until: null,
    mayWait: false,
  });
});

test.each([
  ['general', 'observe', false],
  ['typo', 'refused', false],
])(
  'may the disk of a node of group %s be cleaned where others are observed? %s',
  async (group, decision, allowed) => {
    const observed = { ...POLICY, modes: 'oooo' };
    process.env['HEADROOM_NODE_GROUP_POLICIES'] = JSON.stringify({
      'control-plane': observed,
      general: observed,
    });
    const Instances = [instance({ 'headroom:node-group': group })];
    const { handler } = setUp({ 'ec2:DescribeInstances': () => ({ Reservations: [{ Instances }] }) });
    const asks = { ...{ instanceId: INSTANCE, executionId: 'e1' }, lane: 'permission', action: 'reclaim' };
    expect(await handler({ ...asks, assessOutput: '' })).toMatchObject({ decision, allowed });
  },
);

test('cleaning was enough', async () => {
  const reclaimed = JSON.stringify(reclaimResult(undefined, filesystem(60)));
  expect(await setUp().run(undefined, reclaimed)).toMatchObject({
    action: 'none',
    usedPercent: 60,
    targetSizeGiB: 0,
  });
});

describe('what a script said cannot be read', () => {
  const CUT = `${JSON.stringify(reclaimResult()).slice(0, 300)}`;
  const answering = (Outputs: Record<string, string[]>, StepName = 'assessAfterReclaim') =>
    setUp({
      'ssm:GetAutomationExecution': () => ({
        AutomationExecution: { StepExecutions: [{ StepName: 'assess' }, { StepName, Outputs }] },
      }),
    });
  const look = (usedPercent: number) => ({
    Output: [JSON.stringify(assessResult(rootFigures(usedPercent, 20)))],
  });

  test.each(['{{ reclaim.Output }}', '', undefined, 'killed', CUT])(
    'reclaim said %p: the look after it counts, never the one before',
    async (output) => {
      const { run, inputs } = answering(look(64.8));
      expect(await run(undefined, output ?? null)).toMatchObject({ action: 'none', usedPercent: 64.8 });
      expect(inputs('ssm:GetAutomationExecution')).toEqual([{ AutomationExecutionId: 'e1' }]);
    },
  );

  test('of assess: the look after reclaim counts, for it knows the layers below', async () => {
    const { run } = answering(look(91));
    expect(await run('failed to write script file')).toMatchObject({ action: 'grow', usedPercent: 91 });
  });

  test.each([
    ['none was taken', answering({}, 'evidence')],
    ['it printed nothing', answering({})],
    ['the execution cannot be read', setUp()],
  ])('and %s: nothing is bought, although assess saw a full disk', async (_, { run }) => {
    expect(await run(undefined, CUT)).toMatchObject({
      action: 'escalate',
      usedPercent: null,
      reason: expect.stringMatching(/the usage after reclaim is unknown: .*truncated.*second measurement:/) as string,
    });
    expect(await run('failed to write script file', '')).toMatchObject({
      action: 'escalate',
      reason: expect.stringContaining('failed to write script file') as string,
    });
  });

  test('the execution is not asked when both can be read', async () => {
    const { run, operations } = answering({ Output: [JSON.stringify(assessResult(rootFigures(91, 20)))] });
    await run();
    expect(operations()).not.toContain('ssm:GetAutomationExecution');
  });
});

test('a half-finished grow is extended', async () => {
  const root = rootFigures(97, 20, { diskBytes: 40 * GIB, partitionGrowableBytes: 20 * GIB });
  const { run } = setUp({ 'ec2:DescribeVolumes': () => ({ Volumes: [{ VolumeId: VOLUME, Size: 40 }] }) });
  expect(await run(JSON.stringify(assessResult(root)))).toMatchObject({ action: 'extend', targetSizeGiB: 0 });
});

test('a running modification: wait at 90 %, with what EC2 says of it', async () => {
  const { run } = setUp({
    'ec2:DescribeVolumesModifications': () => ({
      VolumesModifications: [
        {
          VolumeId: VOLUME,
          ModificationState: 'optimizing',
          Progress: 12,
          TargetSize: 20,
          StartTime: new Date(NOW_MS - 60_000),
        },
      ],
    }),
  });
  const reclaimed = JSON.stringify(reclaimResult(undefined, filesystem(90)));
  expect(await run(undefined, reclaimed)).toMatchObject({
    action: 'wait',
    reason: expect.stringContaining('still optimizing, 12 % done') as string,
  });
});

test('a spent budget: wait, with the time when EBS takes the next one', async () => {
  const { run } = setUp({
    'ec2:DescribeVolumesModifications': () => ({
      VolumesModifications: [1, 2, 3, 4].map((hours) => ({
        VolumeId: VOLUME,
        ModificationState: 'completed',
        StartTime: new Date(NOW_MS - hours * 3_600_000),
      })),
    }),
  });
  const reclaimed = JSON.stringify(reclaimResult(undefined, filesystem(90)));
  expect(await run(undefined, reclaimed)).toMatchObject({
    action: 'wait',
    until: '2026-11-21T00:06:00.000Z',
  });
});

describe('history', () => {
  const growing = () => ({
    MetricDataResults: [
      {
        Id: 'q0',
        Timestamps: [0, 1, 2, 3, 4].map((hour) => new Date(NOW_MS + (hour - 4) * 3_600_000)),
        Values: [80, 83, 86, 89, 92],
      },
    ],
  });

  test('is read of the series that the alarm watches, and makes the step bigger', async () => {
    const { run, inputs } = setUp({ 'cloudwatch:GetMetricData': growing });
    expect(await run()).toMatchObject({ targetSizeGiB: 35, growthPercentPerDay: 72 });
    expect(inputs('cloudwatch:GetMetricData')).toMatchObject([
      {
        StartTime: new Date(NOW_MS - 6 * 3_600_000),
        EndTime: new Date(NOW_MS),
        MetricDataQueries: [
          {
            MetricStat: {
              Stat: 'Maximum',
              Period: 300,
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

  test('of a worker has the group among its dimensions', async () => {
    const { run, inputs } = setUp({
      'ec2:DescribeInstances': () => ({
        Reservations: [
          {
            Instances: [
              instance({
                'headroom:node-group': 'general',
                'headroom:role': 'worker',
                'aws:autoscaling:groupName': 'headroom-prod-general',
              }),
            ],
          },
        ],
      }),
    });
    expect(await run()).toMatchObject({ nodeGroup: 'general' });
    expect(JSON.stringify(inputs('cloudwatch:GetMetricData'))).toContain(
      '{"Name":"AutoScalingGroupName","Value":"headroom-prod-general"}',
    );
  });

  test('of a control-plane node has none, even inside an Auto Scaling group', async () => {
    const { run, inputs } = setUp({
      'ec2:DescribeInstances': () => ({
        Reservations: [
          {
            Instances: [
              instance({ 'headroom:role': 'control-plane', 'aws:autoscaling:groupName': 'master-1a' }),
            ],
          },
        ],
      }),
    });
    await run();
    expect(JSON.stringify(inputs('cloudwatch:GetMetricData'))).not.toContain('AutoScalingGroupName');
  });

  test('that fails is unknown and logged; the plan stands without it', async () => {
    const { run, lines } = setUp({
      'cloudwatch:GetMetricData': () => {
        throw awsError('InternalServiceFault');
      },
    });
    expect(await run()).toMatchObject({ action: 'grow', growthPercentPerDay: null });
    expect(lines).toContainEqual({
      level: 'warn',
      message: 'no usage history',
      fields: { instanceId: INSTANCE, why: 'InternalServiceFault: InternalServiceFault' },
    });
  });
});

describe('a missing fact escalates, with its reason', () => {
  const failing = (operation: string): Answers => ({
    [operation]: () => {
      throw awsError('RequestLimitExceeded', 'slow down');
    },
  });
  const instances = (...found: object[]): Answers => ({
    'ec2:DescribeInstances': () => ({ Reservations: found.length === 0 ? [] : [{ Instances: found }] }),
  });

  test.each<[string, Answers, RegExp]>([
    ['instance', failing('ec2:DescribeInstances'), /EC2 did not describe i-/],
    ['volume', failing('ec2:DescribeVolumes'), /volume is unknown: RequestLimitExceeded: slow down/],
    ['volume size', { 'ec2:DescribeVolumes': () => ({ Volumes: [] }) }, /did not return the size/],
    ['modifications', failing('ec2:DescribeVolumesModifications'), /modifications are unknown: RequestLimit/],
    [
      'root volume',
      instances(instance({}, { BlockDeviceMappings: [] })),
      /returned no volume for the root device/,
    ],
    [
      'our tag',
      instances(instance({ 'headroom:environment': 'dev' })),
      /is not tagged headroom:environment with this environment's name/,
    ],
    ['policy', instances(instance({ 'headroom:node-group': 'toString' })), /group toString has no policy/],
  ])('%s', async (_, answers, reason) => {
    const payload = await setUp(answers).run();
    expect(payload.action).toBe('escalate');
    expect(payload.reason).toMatch(reason);
  });

  test('EC2 has forgotten the instance', async () => {
    const payload = await setUp({
      'ec2:DescribeInstances': () => {
        throw awsError('InvalidInstanceID.NotFound');
      },
    }).run();
    expect(payload).toMatchObject({ action: 'gone', volumeId: '', volumeSizeGiB: 0 });
  });

  test.each(['shutting-down', 'terminated'])('a %s worker is gone', async (state) => {
    const tags = { 'headroom:role': 'worker', 'aws:autoscaling:groupName': 'general' };
    const ending = instances(instance(tags, { State: { Name: state } }));
    expect(await setUp(ending).run()).toMatchObject({ action: 'gone' });
  });

  test('a terminated control-plane node that no group replaces needs a person', async () => {
    const payload = await setUp(instances(instance({}, { State: { Name: 'terminated' } }))).run();
    expect(payload).toMatchObject({ action: 'escalate' });
    expect(payload.reason).toMatch(/is terminated, and no Auto Scaling group replaces it/);
  });

  test('neither script could be read', async () => {
    const payload = await setUp().run('{{ assess.Output }}', '{"headroom":1,');
    expect(payload).toMatchObject({ action: 'escalate', usedPercent: null });
    expect(payload.reason).toMatch(/assess-node: the step did not run.*reclaim-disk: the JSON line is truncated/);
  });
});

describe('bugs are errors', () => {
  test('a hostile instance id', async () => {
    const { handler, operations } = setUp();
    await expect(handler({ instanceId: 'i-1; reboot', executionId: 'e1' })).rejects.toThrow(
      /instanceId: must match .* got "i-1; reboot"/,
    );
    expect(operations()).toEqual([]);
  });

  test('policies without a cap', async () => {
    const capless = { ...POLICY, maxSizeGiB: undefined };
    process.env['HEADROOM_NODE_GROUP_POLICIES'] = JSON.stringify({ general: capless });
    await expect(setUp().run()).rejects.toThrow(/general\.maxSizeGiB/);
  });

  test('a missing environment variable', async () => {
    delete process.env['HEADROOM_NODE_GROUP_POLICIES'];
    await expect(setUp().run()).rejects.toThrow(/HEADROOM_NODE_GROUP_POLICIES/);
  });
});

describe('right after ModifyVolume', () => {
  const before = {
    ...{ VolumeId: VOLUME, ModificationState: 'completed', OriginalSize: 20, TargetSize: 40 },
    StartTime: new Date(NOW_MS - 3_600_000),
  };
  const asked = { ...before, ModificationState: 'modifying', TargetSize: 60, StartTime: new Date(NOW_MS) };
  const event = {
    ...{ instanceId: INSTANCE, executionId: 'e-1', lane: 'modification' },
    ...{ volumeId: VOLUME, targetSizeGiB: '60' },
  };
  const answers = (...told: readonly (object | undefined)[]) => ({
    'ec2:DescribeVolumesModifications': (_: never, count: number) => ({
      VolumesModifications: [told[Math.min(count, told.length) - 1] ?? []].flat(),
    }),
  });

  test.each([
    ['the one before', before],
    ['none', undefined],
    [
      'one for the same size that failed long ago',
      { ...before, ModificationState: 'failed', TargetSize: 60 },
    ],
  ])('EC2 may tell %s: it is asked until it tells the one that was asked for', async (_, first) => {
    const { handler, inputs } = setUp(answers(first, first, asked));
    expect(await handler(event)).toMatchObject({ allowed: true });
    expect(inputs('ec2:DescribeVolumesModifications')).toHaveLength(3);
  });

  test('a modification that fails at once is one that has begun', async () => {
    const { handler } = setUp(answers({ ...asked, ModificationState: 'failed' }));
    expect(await handler(event)).toMatchObject({ allowed: true });
  });

  test('a modification that EC2 never reports is refused', async () => {
    const { handler } = setUp(answers(before));
    expect(await handler(event)).toEqual({
      allowed: false,
      reason: `EC2 does not report the modification of ${VOLUME} to 60 GiB`,
    });
  });
});
