import { createHandler as createPlan } from '../../lambda/plan/handler';
import { createHandler as createSweep } from '../../lambda/sweep/handler';
import { separateNamespaces } from '../../lib/domain/names/metric-namespaces';
import type { NodeRole } from '../../lib/domain/names/naming';
import { NOW_MS, VOLUME, policy } from '../domain/fixtures';
import { fakeSdk, recordingLog, type Answers } from '../lambda/fake-sdk';
import { ledgerBucket, setBounds } from '../lambda/ledger-bucket';

/**
 * A worker puts any figure, of any instance, where it may: into the namespace of workers (test/security/metric-namespaces).
 * Nobody asks there for a control plane.
 */
const NAMESPACES = separateNamespaces('prod');
const [VICTIM, SECOND, THIRD] = [
  'i-0aa11bb22cc33dd44',
  'i-0aa11bb22cc33dd45',
  'i-0aa11bb22cc33dd46',
] as const;
const MEMBERS = [VICTIM, SECOND, THIRD];

beforeEach(() => {
  setBounds();
  Object.assign(process.env, {
    HEADROOM_ENVIRONMENT: 'prod',
    HEADROOM_HEAL_DOCUMENT_NAME: 'headroom-prod-HealNode',
    HEADROOM_NAMESPACES: 'separate',
    HEADROOM_GIB_USD: '0.1',
    HEADROOM_SNAPSHOT_FIRST: 'no',
    HEADROOM_NODE_GROUP_POLICIES: JSON.stringify({ 'control-plane': policy }),
    HEADROOM_CONTROL_PLANE_COUNT: '3',
    HEADROOM_HEAL_QUEUE_URL: 'https://sqs/headroom-prod-heal.fifo',
    HEADROOM_DISK_LEVELS: JSON.stringify(policy),
    HEADROOM_DECLARED_SIZES: '{}',
    HEADROOM_ATTACHED_WORKERS: '{}',
    HEADROOM_FILESYSTEMS: JSON.stringify({ 'control-plane': 'ext4' }),
  });
});

interface Query {
  readonly Id: string;
  readonly MetricStat: {
    readonly Metric: {
      readonly Namespace: string;
      readonly MetricName: string;
      readonly Dimensions: readonly { readonly Name: string; readonly Value: string }[];
    };
  };
}

/** Used percent by instance, as it lies in the namespace of a role. */
type Figures = Partial<Record<NodeRole, Readonly<Record<string, number>>>>;

/** One measurement a minute ago, of the exact series of a node whose root is ext4. */
const cloudWatch =
  (figures: Figures) =>
  ({ MetricDataQueries }: { MetricDataQueries: Query[] }) => ({
    MetricDataResults: MetricDataQueries.map(({ Id, MetricStat: { Metric } }) => {
      const { InstanceId = '', fstype } = Object.fromEntries(
        Metric.Dimensions.map(({ Name, Value }) => [Name, Value]),
      ) as Record<string, string>;
      const values = (['control-plane', 'worker'] as const).flatMap((role) => {
        const value = figures[role]?.[InstanceId];
        return Metric.Namespace === NAMESPACES[role] && value !== undefined ? [value] : [];
      });
      const found = Metric.MetricName === 'disk_used_percent' && fstype === 'ext4' ? values : [];
      return { Id, Values: found, Timestamps: found.map(() => new Date(NOW_MS - 60_000)) };
    }),
  });

const answers = (figures: Figures): Answers => ({
  'ec2:DescribeInstances': ({ InstanceIds = MEMBERS }: { InstanceIds?: readonly string[] }) => ({
    Reservations: InstanceIds.map((InstanceId) => ({
      Instances: [
        {
          ...{ InstanceId, State: { Name: 'running' }, PrivateIpAddress: '10.0.1.23' },
          ...{ LaunchTime: new Date(NOW_MS - 1e9), RootDeviceName: '/dev/sda1' },
          BlockDeviceMappings: [{ DeviceName: '/dev/sda1', Ebs: { VolumeId: VOLUME } }],
          Tags: [
            { Key: 'headroom:environment', Value: 'prod' },
            { Key: 'headroom:role', Value: 'control-plane' },
            { Key: 'headroom:node-group', Value: 'control-plane' },
          ],
        },
      ],
    })),
  }),
  'ec2:DescribeInstanceStatus': ({ InstanceIds }: { InstanceIds: string[] }) => ({
    InstanceStatuses: InstanceIds.map((InstanceId) => ({
      ...{ InstanceId, InstanceStatus: { Status: 'ok' }, SystemStatus: { Status: 'ok' } },
    })),
  }),
  'ec2:DescribeVolumes': () => ({ Volumes: [{ VolumeId: VOLUME, Size: 20 }] }),
  'ec2:DescribeVolumesModifications': () => ({ VolumesModifications: [] }),
  'cloudwatch:GetMetricData': cloudWatch(figures),
  'cloudwatch:DescribeAlarms': () => ({ MetricAlarms: [] }),
  'cloudwatch:PutMetricData': () => ({}),
  'ssm:DescribeAutomationExecutions': () => ({ AutomationExecutionMetadataList: [] }),
  'ssm:GetParameter': () => ({ Parameter: { Value: 'none' } }),
  'sqs:SendMessage': () => ({}),
  ...ledgerBucket().answers,
});

const options = { clock: { now: () => NOW_MS, sleep: () => Promise.resolve() }, log: recordingLog().log };
const all = (percent: number) => Object.fromEntries(MEMBERS.map((id) => [id, percent]));

const swept = async (figures: Figures) => {
  const { clients } = fakeSdk(['ec2', 'cloudwatch', 'ssm', 'sqs'], answers(figures));
  const { findings } = await createSweep(clients, options)();
  return findings.map(({ instanceId, finding }) => ({ instanceId, finding }));
};

const mayReboot = async (figures: Figures) => {
  const { clients } = fakeSdk(['ec2', 'autoscaling', 'cloudwatch', 'ssm', 's3'], answers(figures));
  return createPlan(clients, options)({ instanceId: VICTIM, executionId: 'e1', lane: 'quorum' });
};

test('a control plane that is well is not healed for a forged 99 %', async () => {
  expect(await swept({ 'control-plane': all(40), worker: all(99) })).toEqual([]);
  expect(await swept({ 'control-plane': { ...all(40), [VICTIM]: 99 } })).toEqual([
    { instanceId: VICTIM, finding: 'over-level' },
  ]);
});

test('a control plane that fell silent is found, whatever a worker reports for it', async () => {
  expect(await swept({ 'control-plane': { [SECOND]: 40, [THIRD]: 40 }, worker: all(40) })).toEqual([
    { instanceId: VICTIM, finding: 'silent' },
  ]);
});

test('no control plane is rebooted on the word of a worker that the others are well', async () => {
  expect(await mayReboot({ 'control-plane': all(40) })).toMatchObject({ allowed: true });
  expect(await mayReboot({ 'control-plane': { [VICTIM]: 97, [SECOND]: 40 }, worker: all(40) })).toMatchObject(
    { allowed: false, reason: expect.stringContaining(THIRD) as string },
  );
});

test('nor is a reboot kept off by a worker’s word that another is full', async () => {
  expect(await mayReboot({ 'control-plane': all(40), worker: all(99) })).toMatchObject({ allowed: true });
});
