import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type FaultRule, VirtualClock } from '../../../packages/local-aws/src';
import { openEnvironment } from '../../../lib/drill/cloud/environment-assembly';
import { LocalCloud } from '../../../lib/drill/cloud/local-cloud';
import { drilledInstance } from '../../../lib/drill/cloud/user-data';
import { bundledAssembly } from '../../app/bundled';
import { FakeNode, type FakeNodeOptions } from './support/fake-node';

// Each one runs a healing whole, with Python for its scripts.
jest.setTimeout(60_000);

let assembly: string;
beforeAll(async () => (assembly = await bundledAssembly('dev')), 180_000);

const CHANGED = mkdtempSync(join(tmpdir(), 'headroom-loop-'));
afterAll(() => rmSync(CHANGED, { recursive: true, force: true }));

interface Drill extends FakeNodeOptions {
  readonly role?: 'control-plane' | 'worker';
  readonly faults?: readonly FaultRule[];
  readonly directory?: string;
  /** Started by hand, one after the other, when the alarm's healing is over. */
  readonly again?: number;
}

async function drill({
  role = 'control-plane',
  faults = [],
  directory = assembly,
  again = 0,
  ...options
}: Drill) {
  const node = new FakeNode({ diskGiB: 20, usedGiB: 20, role, ...options });
  const clock = new VirtualClock();
  const cloud = LocalCloud.open({
    assemblyDirectory: directory,
    environmentName: 'dev',
    node,
    role,
    clock,
    faults,
  });
  const figures = await node.rootFigures();
  await cloud.publishHistory({ ...figures, usedPercent: 50 }, 15);
  await cloud.evaluateAlarms();
  clock.advance(60);
  await cloud.publishNodeMetrics(figures);
  await cloud.evaluateAlarms();
  await cloud.settled();
  for (let time = 0; time < again; time += 1) {
    const Parameters = { InstanceId: [cloud.fleet.drilled.instanceId] };
    await cloud.call('ssm', 'StartAutomationExecution', {
      DocumentName: 'headroom-dev-HealNode',
      Parameters,
    });
    await cloud.settled();
  }
  await cloud.dispose();
  return { cloud, node };
}

const steps = (cloud: LocalCloud): readonly string[] =>
  (cloud.executions()[0]?.StepExecutions as { StepName: string; StepStatus: string }[])
    .filter(({ StepStatus }) => StepStatus !== 'Pending')
    .map(({ StepName, StepStatus }) => `${StepName} ${StepStatus}`);

test('every resource of the environment can be resolved', () => {
  const opened = openEnvironment(assembly, 'dev');
  const resolved = opened.resources.map(({ properties }) => JSON.stringify(properties));
  expect(resolved.length).toBeGreaterThan(50);
  expect(resolved.join()).not.toMatch(/"(Fn::|Ref")/);
  expect(() => openEnvironment(assembly, 'nowhere')).toThrow(
    /has no stack headroom-nowhere-…; it has .*headroom-dev-heal/,
  );
});

test.each(['control-plane', 'worker'] as const)(
  'a full disk of a %s is healed by what was synthesized',
  async (role) => {
    const { cloud, node } = await drill({ role });
    expect(steps(cloud)).toEqual(
      [
        ...['assess', 'evidence', 'reclaimPermission', 'reclaimDecision', 'chooseReclaim', 'reclaim'],
        ...['readable', 'chooseLook', 'plan', 'decision', 'chooseMode', 'choose'],
        ...[
          'modify',
          'modificationStarted',
          'modificationStartedAllowed',
          'waitForModification',
          'modification',
          'modificationGrown',
        ],
        ...['extendPermission', 'extendPermissionAllowed', 'extend'],
        ...['kubeletPermission', 'kubeletPermissionAllowed', 'kubelet', 'verify', 'record', 'recorded'],
      ].map((name) => `${name} Success`),
    );
    expect(cloud.executions()).toHaveLength(1);
    expect((await node.rootFigures()).usedPercent).toBeLessThanOrEqual(75);
    expect(cloud.apiCalls()).toMatchObject({
      'ec2:ModifyVolume': 1,
      'ssm:StartAutomationExecution': 1,
      'ssm:SendCommand': 5,
    });
    expect(cloud.messages().map(({ subject }) => subject)).toContainEqual(expect.stringContaining('HEALED'));
    expect(cloud.objects().map(({ key }) => key.split('/')[0])).toEqual(['evidence', 'ledger', 'reports']);
    expect(cloud.opsItems()).toEqual([]);
  },
);

test('what cleaning can free is not bought', async () => {
  const { cloud } = await drill({ reclaimableGiB: 8 });
  expect(steps(cloud)).not.toContain('modify Success');
  expect(cloud.apiCalls()).not.toHaveProperty('ec2:ModifyVolume');
  expect(cloud.executions()[0]).toMatchObject({ AutomationExecutionStatus: 'Success' });
});

test('a node that takes no script is escalated, with an agent that gives no reason', async () => {
  const { cloud, node } = await drill({
    stagingFails: () => "mkdir: can't create directory: No space left on device",
  });
  expect(node.ran).toEqual([]);
  expect(steps(cloud).slice(-2)).toEqual(['escalate Success', 'escalated Success']);
  expect(cloud.opsItems()).toHaveLength(1);
  const told = JSON.stringify(cloud.executions()[0]);
  expect(told).toMatch(/Status=\[Failed\], ResponseCode=\[1\], Output=\[\]/);
  expect(told).not.toContain('No space left on device');
});

test('the same trouble again: one OpsItem, brought up to date, and one message', async () => {
  const { cloud } = await drill({ stagingFails: () => 'mkdir: No space left on device', again: 2 });
  expect(cloud.executions()).toHaveLength(3);
  expect(cloud.opsItems()).toMatchObject([
    { description: expect.stringContaining('Escalated 3 times') as string },
  ]);
  const escalations = cloud.messages().filter(({ subject }) => subject?.includes('ACTION REQUIRED'));
  expect(escalations).toHaveLength(1);
  expect(escalations[0]?.message).toMatch(/Output=\[\][^]*s3:\/\/[^]*Next command:\n {2}aws /);
});

test('evidence that cannot be kept stops no healing, and is told', async () => {
  const faults = [{ fail: 's3:PutObject', error: 'AccessDenied', times: 2 }];
  const { cloud } = await drill({ faults });
  expect(steps(cloud)).toEqual(expect.arrayContaining(['reclaim Success', 'record Success']));
  const healed = cloud.messages().find(({ subject }) => subject?.includes('HEALED'));
  expect(healed?.message).toMatch(/What failed:\n {2}evidence: [^\n]*AccessDenied/);
});

test('throttled calls are tried again', async () => {
  const faults = [
    { fail: 'ssm:StartAutomationExecution', error: 'ThrottlingException', times: 2 },
    { fail: 'ssm:SendCommand', error: 'ThrottlingException', times: 2 },
  ];
  const { cloud } = await drill({ faults });
  expect(cloud.executions()[0]).toMatchObject({ AutomationExecutionStatus: 'Success' });
  expect(cloud.apiCalls()).toMatchObject({ 'ssm:SendCommand': 7, 'ssm:StartAutomationExecution': 3 });
});

test('the decoded user data is a script, of nodes that the environment has', () => {
  expect(drilledInstance(assembly, 'dev', 'control-plane').userData).toMatch(/^#!/);
  expect(drilledInstance(assembly, 'dev', 'worker').userData).toMatch(/^#!/);
  expect(() => drilledInstance(assembly, 'none', 'worker')).toThrow('headroom-none-');
});

/** The assembly with something replaced in its heal template. */
function changed(from: string, to: string): string {
  const directory = mkdtempSync(join(CHANGED, 'changed-'));
  cpSync(assembly, directory, { recursive: true });
  const stage = join(directory, 'assembly-headroom-dev');
  const file = readdirSync(stage).find((name) => /heal.*template\.json$/.test(name)) ?? '';
  const template = readFileSync(join(stage, file), 'utf8');
  expect(template).toContain(from);
  writeFileSync(join(stage, file), template.replaceAll(from, to));
  return directory;
}

describe('the drill can fail', () => {
  test('without a permission: the error names role, action and resource', async () => {
    const { cloud } = await drill({ directory: changed('"ec2:ModifyVolume"', '"ec2:CreateVolume"') });
    expect(steps(cloud)).toContain('modify Failed');
    expect(JSON.stringify(cloud.executions()[0])).toMatch(
      /UnauthorizedOperation.*:role\/.* is not authorized to perform: ec2:ModifyVolume on resource: arn:aws:ec2:.*:volume\/vol-/,
    );
    expect(cloud.opsItems()).toHaveLength(1);
  });

  test('with an action that the interpreter does not know', async () => {
    const directory = changed('"aws:waitForAwsResourceProperty"', '"aws:assertAwsResourceProperty"');
    await expect(drill({ directory })).rejects.toThrow(
      'document headroom-dev-HealNode waitForModification: unknown action aws:assertAwsResourceProperty',
    );
  });
});
