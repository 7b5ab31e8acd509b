import { LocalCloud } from '../../../lib/drill/cloud/local-cloud';
import { type PastModification, VirtualClock } from '../../../packages/local-aws/src';
import { bundledAssembly } from '../../app/bundled';
import { FakeNode } from './support/fake-node';

// Each one runs healings whole, with Python for their scripts.
jest.setTimeout(120_000);

let assembly: string;
beforeAll(async () => (assembly = await bundledAssembly('prod')), 180_000);

const open = (past: readonly PastModification[] = []) => {
  const node = new FakeNode({ diskGiB: 40, usedGiB: 10 });
  const clock = new VirtualClock();
  const cloud = LocalCloud.open({
    ...{ assemblyDirectory: assembly, environmentName: 'prod', node, role: 'control-plane', clock },
  });
  cloud.fleet.setVolumePast(past);
  return { node, cloud, clock };
};
const calls = (cloud: LocalCloud, operation: string): number => cloud.apiCalls()[operation] ?? 0;
const statuses = (cloud: LocalCloud) =>
  cloud
    .executions()
    .map((execution) => [
      execution.AutomationExecutionStatus,
      (execution.Parameters as Record<string, string[]>)['Trigger'],
    ]);

test('a deploy grows the node by the healing’s own path, with the rights of the synthesized roles, and waits for it', async () => {
  const { cloud, node } = open();
  expect(await cloud.sizes.deploy(64)).toMatchObject({
    status: 'SUCCESS',
    reason: expect.stringMatching(/^3 of 3 nodes have their declared size$/) as string,
  });
  await cloud.settled();
  expect((await node.rootFigures()).sizeBytes).toBe(64 * 1024 ** 3);
  expect(statuses(cloud)).toEqual([['Success', ['deploy:below-declared-size']]]);
  expect(calls(cloud, 'ec2:ModifyVolume')).toBe(1);
  expect(calls(cloud, 'ec2:RebootInstances')).toBe(0);
  expect(node.resets).toBe(0);
  expect(cloud.opsItems()).toEqual([]);
});

test('a smaller size fails in the words of the environment’s file, its rollback does not, and a larger one goes on', async () => {
  const { cloud, node } = open();
  await cloud.sizes.deploy(64);
  expect(await cloud.sizes.deploy(50)).toMatchObject({
    status: 'FAILED',
    reason: expect.stringMatching(
      /^environments\/prod\.yaml: controlPlane\.rootVolume\.sizeGiB must be at least 64.*found: 50/,
    ) as string,
  });
  await cloud.settled();
  expect(node.diskBytes()).toBe(64 * 1024 ** 3);
  expect(calls(cloud, 'ec2:ModifyVolume')).toBe(1);
});

test('a volume that EBS is at work on: the deploy names the node and goes through, nobody is called', async () => {
  const { cloud } = open([{ hoursAgo: 1, state: 'optimizing' }]);
  const { status, reason } = await cloud.sizes.deploy(64);
  expect(status).toBe('SUCCESS');
  expect(reason).toMatch(/^2 of 3 nodes .*grows later, the last modification is still optimizing/);
  await cloud.settled();
  expect(cloud.opsItems()).toEqual([]);
});
