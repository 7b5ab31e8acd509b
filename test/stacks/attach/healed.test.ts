import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalCloud } from '../../../lib/drill/cloud/local-cloud';
import { VirtualClock } from '../../../packages/local-aws/src';
import type { NodeRole } from '../../../lib/domain/names/naming';
import { ROOT } from '../../app/synthesized';
import { FakeNode } from '../../drill/cloud/support/fake-node';
import { EXAMPLE_FILES } from './example-environments';

jest.setTimeout(60_000);

/** What `cdk synth` makes of an example, in a project of its own: the handlers are bundled, as for a deployment. */
const PROJECT = mkdtempSync(join(tmpdir(), 'headroom-attached-'));
const ASSEMBLY = join(PROJECT, 'cdk.out');

beforeAll(() => {
  mkdirSync(join(PROJECT, 'environments'));
  writeFileSync(join(PROJECT, 'environments', 'kubeadm.yaml'), EXAMPLE_FILES['kubeadm'] ?? '');
  for (const name of [
    'bin',
    'lambda',
    'lib',
    'cdk.json',
    'package.json',
    'package-lock.json',
    'tsconfig.json',
  ])
    cpSync(join(ROOT, name), join(PROJECT, name), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(PROJECT, 'node_modules'));
  const PATH = `${join(ROOT, 'node_modules/.bin')}:${process.env['PATH'] ?? ''}`;
  execFileSync('cdk', ['synth', '--quiet', '--context', 'env=kubeadm', '--output', ASSEMBLY], {
    ...{ cwd: PROJECT, env: { ...process.env, PATH }, stdio: 'pipe' },
  });
}, 180_000);

afterAll(() => rmSync(PROJECT, { recursive: true, force: true }));

const open = (role: NodeRole) => {
  const node = new FakeNode({ diskGiB: 20, usedGiB: 20, role });
  const clock = new VirtualClock();
  const cloud = LocalCloud.open({
    ...{ assemblyDirectory: ASSEMBLY, environmentName: 'kubeadm', node, role, clock },
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
