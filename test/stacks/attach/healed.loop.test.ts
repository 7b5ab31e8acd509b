import { LocalCloud } from '../../../lib/drill/cloud/local-cloud';
import { VirtualClock } from '../../../packages/local-aws/src';
import type { NodeRole } from '../../../lib/domain/names/naming';
import { bundledAssembly } from '../../app/bundled';
import { FakeNode } from '../../drill/cloud/support/fake-node';
import { EXAMPLE_FILES } from './example-environments';

jest.setTimeout(60_000);

let assembly: string;
beforeAll(async () => (assembly = await bundledAssembly('kubeadm', EXAMPLE_FILES['kubeadm'])), 180_000);

const open = (role: NodeRole) => {
  const node = new FakeNode({ diskGiB: 20, usedGiB: 20, role });
  const clock = new VirtualClock();
  const cloud = LocalCloud.open({
    ...{ assemblyDirectory: assembly, environmentName: 'kubeadm', node, role, clock },
  });
  return { node, clock, cloud };
};

const tagsOf = async (cloud: LocalCloud): Promise<unknown> => {
  const { Tags: tags } = ((
    (await cloud.call('ec2', 'DescribeVolumes', { VolumeIds: [cloud.fleet.drilled.volume.volumeId] })) as {
      Volumes: { Tags: unknown }[];
    }
  ).Volumes[0] ?? {}) as { Tags?: unknown };
  return tags;
};

/** A full disk, its alarm, and what comes of it. */
const fill = async ({ cloud, node, clock }: ReturnType<typeof open>): Promise<void> => {
  const figures = await node.rootFigures();
  await cloud.publishHistory({ ...figures, usedPercent: 50 }, 15);
  await cloud.evaluateAlarms();
  clock.advance(60);
  await cloud.publishNodeMetrics(figures);
  await cloud.evaluateAlarms();
  await cloud.settled();
};

test.each(['worker', 'control-plane'] as const)(
  'a %s that was running already is attached by the schedule, and healed by its alarm',
  async (role) => {
    const drill = open(role);
    const { cloud, node } = drill;
    expect(await tagsOf(cloud)).toEqual([]);
    cloud.runSchedules();
    await cloud.settled();
    expect(await tagsOf(cloud)).toEqual(
      expect.arrayContaining([
        { Key: 'headroom:environment', Value: 'kubeadm' },
        { Key: 'headroom:node-group', Value: role === 'worker' ? 'general' : 'control-plane' },
      ]),
    );
    await fill(drill);
    expect(cloud.executions()).toHaveLength(1);
    expect(cloud.executions()[0]).toMatchObject({ AutomationExecutionStatus: 'Success' });
    expect((await node.rootFigures()).usedPercent).toBeLessThanOrEqual(75);
    expect(cloud.apiCalls()).toMatchObject({ 'ec2:ModifyVolume': 1, 'ec2:CreateTags': 4 });
    expect(cloud.messages().map(({ subject }) => subject)).toContainEqual(expect.stringContaining('HEALED'));
    await cloud.dispose();
  },
);

test('a node without the tags is not ours, whatever its alarm says', async () => {
  const drill = open('worker');
  await fill(drill);
  expect(drill.cloud.executions()).toEqual([]);
  expect(drill.cloud.apiCalls()).not.toHaveProperty('ec2:ModifyVolume');
  await drill.cloud.dispose();
});

test('what another environment has is left alone, and said', async () => {
  const { cloud } = open('worker');
  const theirs = [{ Key: 'headroom:environment', Value: 'prod' }];
  const Resources = [cloud.fleet.drilled.volume.volumeId];
  await cloud.call('ec2', 'CreateTags', { Resources, Tags: theirs });
  await expect(
    (async () => {
      cloud.runSchedules();
      await cloud.settled();
    })(),
  ).resolves.toBeUndefined();
  expect(await tagsOf(cloud)).toEqual(theirs);
  expect(cloud.lambdaLogs().map(({ line }) => line)).toContainEqual(
    expect.stringContaining('is tagged headroom:environment=prod'),
  );
  await cloud.dispose();
});
