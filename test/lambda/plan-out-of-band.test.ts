import { createHandler } from '../../lambda/plan/handler';
import { INSTANCE, NOW_MS, VOLUME, policy } from '../domain/fixtures';
import { awsError, fakeSdk, recordingLog, type Answers } from './fake-sdk';
import { ledgerBucket } from './ledger-bucket';
import { setPlanEnvironment } from './plan-setup';

const MEMBERS = [INSTANCE, 'i-0aa11bb22cc33dd45', 'i-0aa11bb22cc33dd46'];
const HELPER = MEMBERS[1];

const described = (instanceId: string, role: string, more: object = {}) => ({
  InstanceId: instanceId,
  State: { Name: 'running' },
  PrivateIpAddress: '10.0.1.23',
  RootDeviceName: '/dev/sda1',
  BlockDeviceMappings: [{ DeviceName: '/dev/sda1', Ebs: { VolumeId: VOLUME } }],
  Tags: [
    { Key: 'headroom:environment', Value: 'prod' },
    { Key: 'headroom:role', Value: role },
    { Key: 'headroom:node-group', Value: role === 'worker' ? 'general' : 'control-plane' },
  ],
  ...more,
});

interface Query {
  readonly MetricStat: {
    readonly Metric: {
      readonly MetricName: string;
      readonly Dimensions: readonly { readonly Name: string; readonly Value: string }[];
    };
  };
}

const setUp = (answers: Answers = {}, role = 'control-plane', members: readonly object[] = []) => {
  const sdk = fakeSdk(['ec2', 'autoscaling', 'cloudwatch', 'ssm', 's3'], {
    'ec2:DescribeInstances': ({ InstanceIds }: { InstanceIds?: string[] }) => ({
      Reservations: [
        {
          Instances:
            InstanceIds === undefined
              ? MEMBERS.map((id) => described(id, 'control-plane')).concat(members as [])
              : InstanceIds.map((id) => described(id, role)),
        },
      ],
    }),
    'ec2:DescribeInstanceStatus': ({ InstanceIds }: { InstanceIds: string[] }) => ({
      InstanceStatuses: InstanceIds.map((InstanceId) => ({
        InstanceId,
        InstanceStatus: { Status: 'ok' },
        SystemStatus: { Status: 'ok' },
      })),
    }),
    'ec2:DescribeVolumes': () => ({ Volumes: [{ VolumeId: VOLUME, Size: 20 }] }),
    'ec2:DescribeVolumesModifications': () => ({ VolumesModifications: [] }),
    'cloudwatch:GetMetricData': ({ MetricDataQueries: [query] }: { MetricDataQueries: Query[] }) => {
      const { MetricName, Dimensions } = query?.MetricStat.Metric ?? { MetricName: '', Dimensions: [] };
      const value = (name: string) => Dimensions.find(({ Name }) => Name === name)?.Value;
      const full = value('InstanceId') === INSTANCE ? 97 : 40;
      return value('fstype') === 'xfs' && MetricName === 'disk_used_percent'
        ? { MetricDataResults: [{ Id: 'q0', Timestamps: [new Date(NOW_MS - 60_000)], Values: [full] }] }
        : { MetricDataResults: [{ Id: 'q0', Timestamps: [], Values: [] }] };
    },
    'ssm:GetParameter': () => ({ Parameter: { Value: 'none' } }),
    'ssm:DescribeAutomationExecutions': () => ({ AutomationExecutionMetadataList: [] }),
    ...ledgerBucket().answers,
    ...answers,
  });
  const { log } = recordingLog();
  const handler = createHandler(sdk.clients, {
    clock: { now: () => NOW_MS, sleep: () => Promise.resolve() },
    log,
  });
  const run = (lane = 'out-of-band') => handler({ instanceId: INSTANCE, executionId: 'e1', lane });
  return { ...sdk, run };
};

beforeEach(() => {
  setPlanEnvironment({ 'control-plane': policy, general: policy });
  process.env['HEADROOM_CONTROL_PLANE_COUNT'] = '3';
});

const inFlight = (instanceId: string): Answers => ({
  'ssm:DescribeAutomationExecutions': () => ({
    AutomationExecutionMetadataList: [
      {
        AutomationExecutionId: 'e2',
        DocumentName: 'headroom-prod-HealNode',
        AutomationExecutionStatus: 'InProgress',
      },
    ],
  }),
  'ssm:GetAutomationExecution': () => ({
    AutomationExecution: { Parameters: { InstanceId: [instanceId] } },
  }),
});

test('grow, with the node’s address and another node to drain it; whichever filesystem root has', async () => {
  expect(await setUp().run()).toMatchObject({
    action: 'grow',
    volumeId: VOLUME,
    targetSizeGiB: 30,
    nodeGroup: 'control-plane',
    warningPercent: 80,
    usedPercent: 97,
    nodeAddress: '10.0.1.23',
    helperInstanceId: HELPER,
  });
});

test.each<[string, Answers, string]>([
  ['is being healed', inFlight(MEMBERS[2] ?? ''), `${MEMBERS[2]} is being healed`],
  [
    'fails a status check',
    { 'ec2:DescribeInstanceStatus': () => ({ InstanceStatuses: [] }) },
    'fails a status check',
  ],
  [
    'is unknown: executions',
    {
      'ssm:DescribeAutomationExecutions': () => {
        throw awsError('ThrottlingException');
      },
    },
    'ThrottlingException',
  ],
  [
    'is unknown: status',
    {
      'ec2:DescribeInstanceStatus': () => {
        throw awsError('UnauthorizedOperation');
      },
    },
    'UnauthorizedOperation',
  ],
])(
  'another member %s: a person is called, and the lane quorum does not allow it',
  async (_, answers, why) => {
    expect(await setUp(answers).run()).toMatchObject({
      action: 'escalate',
      reason: expect.stringContaining(why) as string,
    });
    expect(await setUp(answers).run('quorum')).toMatchObject({
      allowed: false,
      decision: 'refused',
      reason: expect.stringMatching(new RegExp(`^${INSTANCE} must not be rebooted now: .*${why}`)) as string,
    });
  },
);

test('its own execution does not stand in its way', async () => {
  expect(await setUp(inFlight(INSTANCE)).run('quorum')).toMatchObject({ allowed: true });
});

test('a member that is declared and not there is missing', async () => {
  process.env['HEADROOM_CONTROL_PLANE_COUNT'] = '4';
  expect(await setUp().run('quorum')).toMatchObject({
    allowed: false,
    reason: expect.stringContaining('3 of 4 control-plane nodes exist') as string,
  });
});

test('a terminated member is no member, and no hindrance where it was replaced', async () => {
  const old = described('i-0aa11bb22cc33dd40', 'control-plane', { State: { Name: 'terminated' } });
  expect(await setUp({}, 'control-plane', [old]).run('quorum')).toMatchObject({ allowed: true });
});

describe('a storm', () => {
  const running = Array.from({ length: 100 }, (_, index) => ({
    ...{ AutomationExecutionId: `e${index}`, DocumentName: 'headroom-prod-HealNode' },
    AutomationExecutionStatus: 'InProgress',
  }));
  const storm = (calls: { now: number; most: number }): Answers => ({
    'ssm:DescribeAutomationExecutions': ({ Filters }: { Filters: { Values: string[] }[] }) => ({
      AutomationExecutionMetadataList: Filters.some(({ Values }) => Values.includes('Pending'))
        ? [...running, ...running.map((each) => ({ ...each, AutomationExecutionStatus: 'Pending' }))]
        : running,
    }),
    'ssm:GetAutomationExecution': async () => {
      calls.most = Math.max(calls.most, (calls.now += 1));
      await new Promise((resolve) => setImmediate(resolve));
      calls.now -= 1;
      return { AutomationExecution: { Parameters: { InstanceId: ['i-0ff99ee88dd77cc66'] } } };
    },
  });

  test('of the executions of a storm, a control-plane node asks for those that run, a few at a time', async () => {
    const calls = { now: 0, most: 0 };
    const { run, inputs } = setUp(storm(calls));
    expect(await run()).toMatchObject({ action: 'grow' });
    expect(inputs('ssm:GetAutomationExecution')).toHaveLength(running.length);
    expect(calls.most).toBeGreaterThan(1);
    expect(calls.most).toBeLessThanOrEqual(10);
  });

  test('a worker asks for none', async () => {
    const { run, operations } = setUp(storm({ now: 0, most: 0 }), 'worker');
    expect(await run()).toMatchObject({ action: 'grow', helperInstanceId: HELPER });
    expect(operations().filter((operation) => operation.startsWith('ssm:'))).toEqual(['ssm:GetParameter']);
  });
});

test('a worker needs no quorum', async () => {
  expect(await setUp(inFlight(MEMBERS[2] ?? ''), 'worker').run()).toMatchObject({
    action: 'grow',
    nodeGroup: 'general',
  });
});

test('escalates if nothing is known of the node', async () => {
  const { run } = setUp({
    'ec2:DescribeInstances': () => {
      throw awsError('RequestLimitExceeded');
    },
  });
  expect(await run()).toMatchObject({ action: 'escalate', nodeAddress: '', helperInstanceId: '' });
});

test('rejects an unknown lane', async () => {
  await expect(setUp().run('sideways')).rejects.toThrow(/plan's payload is invalid: .*lane/);
});

test('an earlier purchase had its effect, although the disk was full again within the hour', async () => {
  const began = NOW_MS - 8 * 3_600_000;
  interface Asked {
    readonly StartTime: Date;
    readonly EndTime: Date;
    readonly MetricDataQueries: readonly (Query & { readonly MetricStat: { readonly Period: number } })[];
  }
  const { run } = setUp({
    'ec2:DescribeVolumesModifications': () => ({
      VolumesModifications: [
        {
          VolumeId: VOLUME,
          ModificationState: 'completed',
          StartTime: new Date(began),
          ...{ OriginalSize: 10, TargetSize: 20 },
        },
      ],
    }),
    // CloudWatch's Maximum of each period: full, but for twenty minutes after the modification.
    'cloudwatch:GetMetricData': ({ StartTime, EndTime, MetricDataQueries: [query] }: Asked) => {
      const { Metric, Period } = query?.MetricStat ?? {
        Metric: { MetricName: '', Dimensions: [] },
        Period: 60,
      };
      const own = Metric.Dimensions.some(({ Value }) => Value === INSTANCE);
      const xfs = Metric.Dimensions.some(({ Value }) => Value === 'xfs');
      if (!xfs || Metric.MetricName !== 'disk_used_percent')
        return { MetricDataResults: [{ Id: 'q0', Timestamps: [], Values: [] }] };
      const usedAt = (atMs: number) => (atMs > began + 60_000 && atMs < began + 1_260_000 ? 60 : 97);
      const Timestamps: Date[] = [];
      const Values: number[] = [];
      const period = Period * 1_000;
      for (let at = Math.floor(StartTime.getTime() / period) * period; at < EndTime.getTime(); at += period) {
        Timestamps.push(new Date(at));
        const minutes = Array.from({ length: Period / 60 }, (_, minute) => usedAt(at + minute * 60_000));
        Values.push(own ? Math.max(...minutes) : 40);
      }
      return { MetricDataResults: [{ Id: 'q0', Timestamps, Values }] };
    },
  });
  expect(await run()).toMatchObject({ action: 'grow' });
});
