import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type EventSink, type FaultRule, VirtualClock } from '../../../packages/local-aws/src';
import { LocalCloud } from '../../../lib/drill/cloud/local-cloud';
import type { HealReport } from '../../../lib/domain/outcome/heal-report';
import { bundledAssembly } from '../../app/bundled';
import { ROOT } from '../../app/sources';
import { FakeNode } from './support/fake-node';

// Each one runs a healing whole, with Python for its scripts.
jest.setTimeout(60_000);

const HEALING = `
healing:
  snapshotBeforeFirstGrowth: true
  modes: { nodeGroups: { general: { grow: ask } } }
  approvers: ['arn:aws:iam::111122223333:role/oncall']
`;

let assembly: string;
beforeAll(async () => {
  const text = readFileSync(join(ROOT, 'environments/dev.yaml'), 'utf8') + HEALING;
  assembly = await bundledAssembly('dev', text);
}, 180_000);

interface Options {
  readonly role?: 'control-plane' | 'worker';
  readonly agentDead?: boolean;
  readonly usedGiB?: number;
  readonly faults?: readonly FaultRule[];
  readonly onEvent?: EventSink;
}

const open = ({ role = 'control-plane', faults = [], onEvent, ...options }: Options = {}) => {
  const node = new FakeNode({ diskGiB: 25, usedGiB: 25, role, ...options });
  const clock = new VirtualClock();
  const cloud = LocalCloud.open({
    ...{ assemblyDirectory: assembly, environmentName: 'dev', node, role, clock, faults },
    ...(onEvent && { onEvent }),
  });
  return { node, clock, cloud };
};
type Drill = ReturnType<typeof open>;

/** The alarm's way, to the end of the healing. @param usedBefore percent, of the last quarter of an hour */
const heal = async ({ cloud, node, clock }: Drill, usedBefore = 50): Promise<void> => {
  const figures = await node.rootFigures();
  await cloud.publishHistory({ ...figures, usedPercent: usedBefore }, 15);
  await cloud.evaluateAlarms();
  clock.advance(60);
  await cloud.publishNodeMetrics(figures);
  await cloud.evaluateAlarms();
  await cloud.settled();
};

const steps = ({ cloud }: Drill): readonly string[] =>
  (cloud.executions()[0]?.StepExecutions as { StepName: string; StepStatus: string }[])
    .filter(({ StepStatus }) => StepStatus !== 'Pending')
    .map(({ StepName, StepStatus }) => `${StepName} ${StepStatus}`);
const reportOf = ({ cloud }: Drill): HealReport =>
  JSON.parse(cloud.objects().findLast(({ key }) => key.startsWith('reports/'))!.body) as HealReport;
const snapshotsOf = async ({ cloud }: Drill) =>
  (await cloud.call('ec2', 'DescribeSnapshots', { OwnerIds: ['self'] })).Snapshots as {
    readonly SnapshotId: string;
    readonly Description: string;
    readonly Tags: readonly { readonly Key: string; readonly Value: string }[];
  }[];
const take = async ({ cloud }: Drill, tags: Readonly<Record<string, string>>): Promise<void> => {
  await cloud.call('ec2', 'CreateSnapshot', {
    VolumeId: cloud.fleet.drilled.volume.volumeId,
    TagSpecifications: [
      { ResourceType: 'snapshot', Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) },
    ],
  });
};
const count = ({ cloud }: Drill, operation: string): number => cloud.apiCalls()[operation] ?? 0;

test.each([
  ['in band', false, 'snapshot', 'modify'],
  ['out of band', true, 'snapshotOutOfBand', 'modifyOutOfBand'],
])(
  '%s one is taken with the rights of the role, right before the volume grows',
  async (_, agentDead, step, next) => {
    const drill = open({ agentDead });
    // Data Lifecycle Manager's is none of a healing.
    await take(drill, { 'headroom:environment': 'dev' });
    await heal(drill);
    const ran = steps(drill);
    expect(ran.slice(ran.indexOf(`${step} Success`), ran.indexOf(`${next} Success`) + 1)).toEqual([
      `${step} Success`,
      `${next} Success`,
    ]);
    const { instanceId, volume } = drill.cloud.fleet.drilled;
    const { AutomationExecutionId } = drill.cloud.executions()[0]!;
    const [, own, ...more] = await snapshotsOf(drill);
    expect(more).toEqual([]);
    expect(own).toMatchObject({
      VolumeId: volume.volumeId,
      State: 'pending',
      Encrypted: true,
      VolumeSize: 25,
    });
    expect(own?.Description).toBe(
      `Headroom dev: root of ${instanceId} before its first growth, to ${volume.sizeGiB} GiB`,
    );
    expect(Object.fromEntries(own!.Tags.map(({ Key, Value }) => [Key, Value]))).toEqual({
      Name: `dev ${instanceId} before growth`,
      'headroom:environment': 'dev',
      'headroom:instance': instanceId,
      'headroom:before-growth': AutomationExecutionId,
    });
    const report = reportOf(drill);
    expect(report.verdict).toBe('healed');
    expect(report.snapshot?.snapshotId).toBe(own?.SnapshotId);
  },
);

test('not again where one already exists', async () => {
  const drill = open();
  await take(drill, { 'headroom:environment': 'dev', 'headroom:before-growth': 'another execution' });
  const [before] = await snapshotsOf(drill);
  await heal(drill);
  expect(steps(drill)).toContain('modify Success');
  expect(steps(drill)).not.toContainEqual(expect.stringMatching(/^snapshot/));
  expect(reportOf(drill).snapshot).toEqual({
    snapshotId: null,
    text: `${before?.SnapshotId} already exists`,
  });
});

test('EBS refuses the growth for now: the next healing takes no second one', async () => {
  const faults = [{ fail: 'ec2:ModifyVolume', error: 'IncorrectModificationState' }];
  const drill = open({ usedGiB: 21.5, faults });
  // It does not grow, and may wait.
  await heal(drill, 86);
  expect(reportOf(drill)).toMatchObject({
    verdict: 'waiting',
    snapshot: { snapshotId: expect.any(String) as string },
  });
  const { cloud, node, clock } = drill;
  for (let minute = 0; minute < 65; minute += 1) {
    clock.advance(60);
    await cloud.publishNodeMetrics(await node.rootFigures());
  }
  cloud.runSchedules();
  await cloud.settled();
  expect(cloud.executions()).toHaveLength(2);
  expect(reportOf(drill)).toMatchObject({
    verdict: 'healed',
    snapshot: { snapshotId: null, text: expect.stringContaining('already exists') as string },
  });
  expect(count(drill, 'ec2:CreateSnapshot')).toBe(1);
});

test.each([
  ['ec2:CreateSnapshot', 'ConcurrentSnapshotLimitExceeded', 'snapshot Failed'],
  ['ec2:DescribeSnapshots', 'RequestLimitExceeded', 'snapshot Success'],
])('%s is refused: the node is healed, and the report says so', async (fail, error, step) => {
  const drill = open({ faults: [{ fail, error, times: 9 }] });
  await heal(drill);
  expect(steps(drill)).toEqual(expect.arrayContaining([step, 'modify Success', 'verify Success']));
  expect(drill.cloud.executions()).toMatchObject([{ AutomationExecutionStatus: 'Success' }]);
  expect(reportOf(drill)).toMatchObject({
    verdict: 'healed',
    snapshot: { text: expect.stringContaining(error) as string },
  });
});

test.each([
  ['Approve', 1, 'healed'],
  ['Reject', 0, 'denied'],
])('where it is asked: %s', async (type, taken, verdict) => {
  const drill: Drill = open({
    role: 'worker',
    onEvent: ({ kind, data }) => {
      if (kind !== 'step-started' || data['action'] !== 'aws:approve') return;
      expect(count(drill, 'ec2:CreateSnapshot')).toBe(0);
      const signal = { AutomationExecutionId: data['executionId'], SignalType: type };
      const answer = (tries: number): void => {
        // The step has begun, and perhaps does not wait yet.
        drill.cloud
          .call('ssm', 'SendAutomationSignal', signal)
          .catch(() => tries > 0 && setTimeout(answer, 0, tries - 1));
      };
      setTimeout(answer, 0, 1_000);
    },
  });
  await heal(drill);
  expect(JSON.stringify(drill.cloud.messages())).toMatch(
    /Plan: +take a snapshot of the volume \(billed until you delete it\), then grow vol-[0-9a-f]+ from/,
  );
  expect(reportOf(drill).verdict).toBe(verdict);
  expect(count(drill, 'ec2:CreateSnapshot')).toBe(taken);
});
