import {
  type EventSink,
  type FaultRule,
  UNWITNESSED,
  type Unwitnessed,
  VirtualClock,
} from '../../../packages/local-aws/src';
import { withBounds } from '../../../lib/drill/cloud/healing-bounds';
import { LocalCloud } from '../../../lib/drill/cloud/local-cloud';
import { documentName } from '../../../lib/domain/names/naming';
import { pausesText } from '../../../lib/domain/pause/pause';
import { bundledAssembly } from '../../app/bundled';
import { FakeNode, type FakeNodeOptions } from './support/fake-node';

// Each one runs a healing whole, with Python for its scripts.
jest.setTimeout(180_000);

let assembly: string;
// prod has three control-plane nodes, and so a quorum to keep.
beforeAll(async () => (assembly = await bundledAssembly('prod')), 180_000);

interface Options extends FakeNodeOptions {
  readonly role?: 'control-plane' | 'worker';
  readonly faults?: readonly FaultRule[];
  readonly onEvent?: EventSink;
  readonly unwitnessed?: Partial<Unwitnessed>;
}

function open({
  role = 'control-plane',
  faults = [],
  onEvent = () => undefined,
  unwitnessed,
  ...options
}: Options = {}) {
  const node = new FakeNode({ diskGiB: 40, usedGiB: 40, role, ...options });
  const clock = new VirtualClock();
  const cloud = LocalCloud.open({
    ...{ assemblyDirectory: assembly, environmentName: 'prod', node, role, clock, faults, onEvent },
    unwitnessed,
  });
  return { cloud, node, clock };
}

/** A quiet past, then a minute with the node as it is. */
async function fill({ cloud, node, clock }: ReturnType<typeof open>): Promise<void> {
  const figures = await node.rootFigures();
  await cloud.publishHistory({ ...figures, usedPercent: 50 }, 15);
  await cloud.evaluateAlarms();
  clock.advance(60);
  await cloud.publishNodeMetrics(figures);
}

/** The alarm's way: transition, queue, dispatch, execution. */
async function alarm(drill: ReturnType<typeof open>): Promise<void> {
  await fill(drill);
  await drill.cloud.evaluateAlarms();
  await drill.cloud.settled();
}

/** A few minutes with what the node measures, then the sweep. Nobody looks at the alarms. */
async function sweep({ cloud, node, clock }: ReturnType<typeof open>, minutes = 5): Promise<void> {
  for (let minute = 0; minute < minutes; minute += 1) {
    clock.advance(60);
    await cloud.publishNodeMetrics(await node.rootFigures());
  }
  cloud.runSchedules();
  await cloud.settled();
}

const steps = (cloud: LocalCloud, execution = 0): readonly string[] =>
  (cloud.executions()[execution]?.StepExecutions as { StepName: string; StepStatus: string }[])
    .filter(({ StepStatus }) => StepStatus !== 'Pending')
    .map(({ StepName, StepStatus }) => `${StepName} ${StepStatus}`);
const secondsOf = (cloud: LocalCloud, step: string): number => {
  const times = (cloud.executions()[0]?.StepExecutions as Record<string, unknown>[]).find(
    ({ StepName }) => StepName === step,
  );
  const [from, to] = [times?.['ExecutionStartTime'], times?.['ExecutionEndTime']] as [Date, Date];
  return (to.getTime() - from.getTime()) / 1_000;
};
const story = (cloud: LocalCloud): string => JSON.stringify(cloud.messages());

describe('out of band', () => {
  test('a command that no agent takes ends when its own time has passed, too', async () => {
    const { cloud, clock } = open({ agentDead: true });
    await cloud.call('ssm', 'SendCommand', {
      DocumentName: documentName('prod', 'AssessNode'),
      InstanceIds: [cloud.fleet.drilled.instanceId],
      TimeoutSeconds: 30,
    });
    await cloud.settled();
    const status = async () =>
      ((await cloud.call('ssm', 'ListCommandInvocations', {})).CommandInvocations as { Status: string }[])[0]
        ?.Status;
    expect(await status()).toBe('InProgress');
    clock.advance(700);
    expect(await status()).toBe('TimedOut');
  });

  test.each(['control-plane', 'worker'] as const)(
    'a %s whose agent is dead is grown, rebooted and healed',
    async (role) => {
      const drill = open({ role, agentDead: true });
      await alarm(drill);
      const { cloud, node } = drill;
      expect(steps(cloud)).toEqual([
        'assess TimedOut',
        // Known to be offline: no pause.
        ...[
          'askAgent',
          'chooseAgent',
          'planOutOfBand',
          'decisionOutOfBand',
          'chooseModeOutOfBand',
          'chooseOutOfBand',
          'modifyOutOfBand',
          'modificationStartedOutOfBand',
          'modificationStartedOutOfBandAllowed',
          'waitOutOfBand',
          'modificationOutOfBand',
          'modificationOutOfBandGrown',
          'drainPermission',
          'drainPermissionAllowed',
          'chooseDrain',
        ].map((name) => `${name} Success`),
        // The helper is only modelled and has no kubectl: best effort.
        'drain Failed',
        ...[
          'quorum',
          'quorumAllowed',
          'reboot',
          'settle',
          'waitForAgent',
          'verifyAfterReboot',
          'chooseUncordon',
        ].map((name) => `${name} Success`),
        'uncordon Failed',
        ...['kubeletPermission', 'kubeletPermissionAllowed'].map((name) => `${name} Success`),
        ...['kubelet', 'verify', 'record', 'recorded'].map((name) => `${name} Success`),
      ]);
      expect(node.resets).toBe(1);
      expect((await node.rootFigures()).usedPercent).toBeLessThanOrEqual(75);
      expect(cloud.apiCalls()).toMatchObject({ 'ec2:ModifyVolume': 1, 'ec2:RebootInstances': 1 });
      expect(cloud.executions()).toMatchObject([{ AutomationExecutionStatus: 'Success' }]);
      expect(story(cloud)).toContain('HEALED');
      expect(cloud.opsItems()).toEqual([]);
      // What was healed is not swept up again.
      await sweep(drill);
      expect(cloud.executions()).toHaveLength(1);
    },
  );

  test('another control-plane node is not healthy: no reboot, nothing bought, a person is called', async () => {
    const drill = open({ agentDead: true });
    await fill(drill);
    const { cloud, node } = drill;
    const other = cloud.fleet.impairOther('control-plane');
    await cloud.evaluateAlarms();
    await cloud.settled();
    expect(steps(cloud)).toEqual([
      'assess TimedOut',
      ...[
        'askAgent',
        'chooseAgent',
        'planOutOfBand',
        'decisionOutOfBand',
        'chooseModeOutOfBand',
        'chooseOutOfBand',
        'escalate',
        'escalated',
      ].map((name) => `${name} Success`),
    ]);
    expect(node.resets).toBe(0);
    expect(cloud.apiCalls()).not.toHaveProperty('ec2:RebootInstances');
    expect(cloud.apiCalls()).not.toHaveProperty('ec2:ModifyVolume');
    expect(cloud.opsItems()).toHaveLength(1);
    expect(JSON.stringify(cloud.opsItems())).toContain(
      `it must not be rebooted now: another control-plane node is not healthy: ${other} fails a status check`,
    );
  });

  test('another one fails while the volume grows: the last look before the reboot stops it', async () => {
    const drill = open({
      agentDead: true,
      onEvent: ({ summary }) => {
        if (summary === 'modifyOutOfBand Success') drill.cloud.fleet.impairOther('control-plane');
      },
    });
    await alarm(drill);
    const { cloud, node } = drill;
    expect(steps(cloud).slice(-6)).toEqual([
      'quorum Success',
      'quorumAllowed Failed',
      'chooseTakeBack Success',
      // The helper that drained is the one that fails.
      'takeBack TimedOut',
      ...['escalate Success', 'escalated Success'],
    ]);
    expect(node.resets).toBe(0);
    const told = JSON.stringify(cloud.opsItems());
    expect(told).toContain('must not be rebooted now');
    expect(told).toContain('the node may be cordoned');
    expect(told).toMatch(/vol-[0-9a-f]+ has \d+ GiB now; \/ grows at the node's next boot/);
  });

  test('a node that a reboot does not bring back is escalated, once', async () => {
    const drill = open({ role: 'worker', agentDead: true, agentStaysDead: true });
    await alarm(drill);
    const { cloud, node } = drill;
    expect(steps(cloud).slice(-5)).toEqual([
      'waitForAgent TimedOut',
      'chooseTakeBack Success',
      'takeBack Failed',
      ...['escalate Success', 'escalated Success'],
    ]);
    await sweep(drill);
    await sweep(drill);
    expect(cloud.executions()).toHaveLength(1);
    expect(node.resets).toBe(1);
  });
});

describe('an agent that is there and cannot write', () => {
  // What the agent itself meets, and does not say.
  const noSpace = 'cannot create _script.sh: No space left on device';

  test('a minute later the guard has released its ballast: healed by the second look, without a reboot', async () => {
    let attempts = 0;
    const drill = open({ stagingFails: () => ((attempts += 1) === 1 ? noSpace : undefined) });
    await alarm(drill);
    const { cloud, node } = drill;
    expect(steps(cloud)).toEqual([
      'assess Failed',
      ...['askAgent', 'chooseAgent', 'pauseForGuard', 'assessAgain', 'evidence'].map(
        (name) => `${name} Success`,
      ),
      ...['reclaimPermission', 'reclaimDecision', 'chooseReclaim', 'reclaim'].map(
        (name) => `${name} Success`,
      ),
      // The first look said nothing: what is below / is looked at once more.
      ...[
        'readable',
        'chooseLook',
        'assessAfterReclaim',
        'plan',
        'decision',
        'chooseMode',
        'choose',
        'modify',
      ].map((name) => `${name} Success`),
      ...[
        'modificationStarted',
        'modificationStartedAllowed',
        'waitForModification',
        'modification',
        'modificationGrown',
      ].map((name) => `${name} Success`),
      ...[
        'extendPermission',
        'extendPermissionAllowed',
        'extend',
        'kubeletPermission',
        'kubeletPermissionAllowed',
      ].map((name) => `${name} Success`),
      ...['kubelet', 'verify', 'record', 'recorded'].map((name) => `${name} Success`),
    ]);
    expect(node.resets).toBe(0);
    expect(cloud.executions()).toMatchObject([{ AutomationExecutionStatus: 'Success' }]);
    const [evidence, report] = ['evidence/', 'reports/'].map((folder) => {
      const kept = cloud.objects().find(({ key }) => key.startsWith(folder));
      return JSON.parse(kept?.body ?? '{}') as unknown;
    });
    expect(evidence).toMatchObject({ assess: { script: 'assess-node' } });
    expect(report).toMatchObject({
      verdict: 'healed',
      before: { usedPercent: 100 },
      evidence: { failures: [expect.stringMatching(/^assess: Failed: .*Output=\[\]/)] },
    });
  });

  test('the ballast did not help: out of band, a minute later', async () => {
    const drill = open({
      role: 'worker',
      stagingFails: () => (drill.node.resets === 0 ? noSpace : undefined),
    });
    await alarm(drill);
    const { cloud, node } = drill;
    expect(steps(cloud).slice(0, 6)).toEqual([
      ...['assess Failed', 'askAgent Success', 'chooseAgent Success', 'pauseForGuard Success'],
      ...['assessAgain Failed', 'planOutOfBand Success'],
    ]);
    expect(node.resets).toBe(1);
    expect(story(cloud)).toContain('HEALED');
  });

  test('whether the agent is there cannot be asked: it is waited for', async () => {
    const faults = [{ fail: 'ssm:DescribeInstanceInformation', error: 'AccessDeniedException', times: 9 }];
    let attempts = 0;
    const drill = open({ faults, stagingFails: () => ((attempts += 1) === 1 ? noSpace : undefined) });
    await alarm(drill);
    const { cloud } = drill;
    expect(steps(cloud).slice(0, 4)).toEqual([
      ...['assess Failed', 'askAgent Failed', 'pauseForGuard Success', 'assessAgain Success'],
    ]);
    expect(cloud.executions()).toMatchObject([{ AutomationExecutionStatus: 'Success' }]);
  });
});

/** What the node does when a script begins that has this parameter. */
const whenScriptBegins = (node: FakeNode, parameter: string, act: () => void): void => {
  const exec = node.exec.bind(node);
  node.exec = (program, args, options = {}) => {
    const answer = exec(program, args, options);
    if (options.environment !== undefined && parameter in options.environment) act();
    return answer;
  };
};

describe('a worker that its group ends in the middle of its healing', () => {
  test.each([
    [{ state: 'terminated' }, 'SSM_TimeBudgetSeconds'],
    [{ state: 'terminated' }, 'SSM_JournalKeepDays'],
    [{ state: 'shutting-down' }, 'SSM_JournalKeepDays'],
    // EC2 calls it running while a hook waits.
    [{ lifecycleState: 'Terminating:Wait' }, 'SSM_JournalKeepDays'],
    [{ lifecycleState: 'Terminating' }, 'SSM_TimeBudgetSeconds'],
  ] as const)('%j when %s runs: no page, no OpsItem', async (becomes, script) => {
    const drill = open({ role: 'worker' });
    const { cloud, node } = drill;
    whenScriptBegins(node, script, () => Object.assign(cloud.fleet.drilled, becomes));
    await alarm(drill);
    expect(cloud.messages().map(({ subject }) => subject)).not.toContainEqual(
      expect.stringMatching(/ACTION REQUIRED|GONE/),
    );
    expect(cloud.opsItems()).toEqual([]);
    expect(cloud.apiCalls()).not.toHaveProperty('ec2:ModifyVolume');
    const report = cloud.objects().find(({ key }) => key.startsWith('reports/'));
    expect(JSON.parse(report?.body ?? '{}')).toMatchObject({ verdict: 'gone' });
  });
});

test('a worker that its group ends and whose agent is dead is neither grown nor rebooted', async () => {
  const drill = open({ role: 'worker', agentDead: true });
  drill.cloud.fleet.drilled.lifecycleState = 'Terminating:Wait';
  await alarm(drill);
  const { cloud, node } = drill;
  expect(node.resets).toBe(0);
  expect(cloud.apiCalls()).not.toHaveProperty('ec2:ModifyVolume');
  expect(cloud.opsItems()).toEqual([]);
});

test('Auto Scaling does not answer: a worker is healed all the same', async () => {
  const fail = 'autoscaling:DescribeAutoScalingInstances';
  const drill = open({ role: 'worker', faults: [{ fail, error: 'AccessDeniedException', times: 99 }] });
  await alarm(drill);
  expect(story(drill.cloud)).toContain('HEALED');
});

describe('what a script says cannot be read', () => {
  test.each<[string, (stdout: string) => string]>([
    ['cut', (stdout) => stdout.slice(0, stdout.length / 2)],
    ['empty', () => ''],
    ['plain text', () => 'Killed'],
  ])('reclaim is %s, and was enough: measured again, nothing is bought', async (_, spoil) => {
    const drill = open({ role: 'worker', reclaimableGiB: 15 });
    const { cloud, node } = drill;
    const exec = node.exec.bind(node);
    node.exec = async (program, args, options = {}) => {
      const answer = await exec(program, args, options);
      const reclaims = 'SSM_JournalKeepDays' in (options.environment ?? {});
      return reclaims ? { ...answer, stdout: spoil(answer.stdout) } : answer;
    };
    await alarm(drill);
    expect(steps(cloud)).toContain('assessAfterReclaim Success');
    expect(cloud.apiCalls()).not.toHaveProperty('ec2:ModifyVolume');
    expect(story(cloud)).toContain('HEALED');
  });

  /** HealNode refers to the output of a reclaim that ended with an error. Whether the reference resolves has no witness. */
  test.each(UNWITNESSED.failedStepReference)(
    'reclaim says its figures and ends with 1, and what refers to them %s: healed, once',
    async (failedStepReference) => {
      const drill = open({ role: 'worker', unwitnessed: { failedStepReference } });
      const { cloud, node } = drill;
      const exec = node.exec.bind(node);
      node.exec = async (program, args, options = {}) => {
        const answer = await exec(program, args, options);
        const reclaims = 'SSM_JournalKeepDays' in (options.environment ?? {});
        return reclaims ? { ...answer, exitCode: 1 } : answer;
      };
      await alarm(drill);
      const measuredAgain = steps(cloud).includes('assessAfterReclaim Success');
      expect([steps(cloud).includes('reclaim Failed'), measuredAgain]).toEqual([
        true,
        failedStepReference === 'stays-literal',
      ]);
      expect(cloud.apiCalls()).toMatchObject({ 'ec2:ModifyVolume': 1 });
      expect(story(cloud)).toContain('HEALED');
    },
  );

  test('one that can be read is not measured twice', async () => {
    const drill = open({ role: 'worker' });
    await alarm(drill);
    expect(steps(drill.cloud).join()).not.toContain('assessAfterReclaim');
    // assess, reclaim, extend, kubelet, verify
    expect(drill.cloud.apiCalls()).toMatchObject({ 'ssm:SendCommand': 5 });
  });
});

describe('EBS', () => {
  test.each([
    ['an agent that answers', false, 'modificationGrown Failed'],
    ['out of band', true, 'modificationOutOfBandGrown Failed'],
  ])('gives a modification up (%s): the wait ends at once, with its reason', async (_, agentDead, failed) => {
    const drill = open({ role: 'worker', agentDead });
    const { cloud, node } = drill;
    node.resizeDisk = () => Promise.reject(new Error('the storage server said no'));
    await fill(drill);
    await cloud.evaluateAlarms();
    // The first time with the disk's own refusal.
    await cloud.settled().catch(() => undefined);
    await cloud.settled();
    const wait = agentDead ? 'waitOutOfBand' : 'waitForModification';
    expect(steps(cloud)).toEqual(expect.arrayContaining([failed, `${wait} Success`]));
    expect(secondsOf(cloud, wait)).toBeLessThan(60);
    expect(JSON.stringify(cloud.opsItems())).toMatch(/vol-[0-9a-f]+ is failed: the storage server said no/);
    expect(node.resets).toBe(0);
  });

  test.each([
    ['VolumeModificationRateExceeded', 33, 'waiting', 0],
    ['IncorrectModificationState', 33, 'waiting', 0],
    ['VolumeModificationSizeLimitExceeded', 33, 'waiting', 0],
    ['VolumeLimitExceeded', 33, 'escalated', 1],
    ['VolumeModificationRateExceeded', 39, 'escalated', 1],
  ])('refuses with %s at %d of 40 GiB: %s', async (error, usedGiB, verdict, opsItems) => {
    const faults = [{ fail: 'ec2:ModifyVolume', error, times: 9 }];
    const drill = open({ role: 'worker', usedGiB, faults });
    const { cloud, node } = drill;
    // Not filling: what is full within the hour does not wait.
    await cloud.publishHistory(await node.rootFigures(), 15);
    await cloud.evaluateAlarms();
    await cloud.settled();
    expect(steps(cloud)).toContain('modify Failed');
    const { body = '{}' } = cloud.objects().find(({ key }) => key.startsWith('reports/')) ?? {};
    const report = JSON.parse(body) as { readonly until: string | null };
    expect(report).toMatchObject({ verdict, reason: expect.stringContaining(error) as string });
    expect(report.until === null).toBe(verdict === 'escalated');
    expect(cloud.opsItems()).toHaveLength(opsItems);
    if (verdict === 'waiting') {
      expect(steps(cloud)).toContain('kubeletMeanwhile Success');
      expect(cloud.executions()).toMatchObject([{ AutomationExecutionStatus: 'Success' }]);
      expect(story(cloud)).not.toMatch(/ACTION REQUIRED|WAITING/);
    }
  });
});

describe.each(UNWITNESSED.waitOnApiError)(
  'a refused call while something is awaited (%s)',
  (waitOnApiError) => {
    const refusing = (step: string, fail: string, agentDead: boolean): ReturnType<typeof open> => {
      const drill: ReturnType<typeof open> = open({
        ...{ role: 'worker', agentDead, unwitnessed: { waitOnApiError } },
        onEvent: ({ kind, summary }) =>
          kind === 'step-started' &&
          summary === step &&
          drill.cloud.addFaults([{ fail, error: 'RequestLimitExceeded' }]),
      });
      return drill;
    };

    test.each([
      ['waitForModification', false],
      ['waitOutOfBand', true],
    ])('%s: healed, and bought once', async (step, agentDead) => {
      const drill = refusing(step, 'ec2:DescribeVolumesModifications', agentDead);
      await alarm(drill);
      const { cloud } = drill;
      expect(steps(cloud)).toContain(`${step} Success`);
      expect(cloud.apiCalls()['ec2:ModifyVolume']).toBe(1);
      expect(story(cloud)).toContain('HEALED');
    });

    test('waitForAgent: healed, or a person is told', async () => {
      const drill = refusing('waitForAgent', 'ssm:DescribeInstanceInformation', true);
      await alarm(drill);
      const { cloud } = drill;
      expect(story(cloud)).toMatch(waitOnApiError === 'asks-again' ? /HEALED/ : /HEALED|ACTION REQUIRED/);
    });
  },
);

describe('the sweep', () => {
  test('a lost alarm event costs minutes, not the node', async () => {
    const drill = open();
    await fill(drill);
    const { cloud, node } = drill;
    await sweep(drill, 1);
    expect(cloud.executions()).toMatchObject([
      { AutomationExecutionStatus: 'Success', Parameters: { Trigger: ['sweep:over-level'] } },
    ]);
    expect((await node.rootFigures()).usedPercent).toBeLessThanOrEqual(75);
    expect(story(cloud)).toContain('HEALED');
    await sweep(drill);
    expect(cloud.executions()).toHaveLength(1);
  });

  test('nodes that are well are left alone', async () => {
    const drill = open({ usedGiB: 20 });
    await fill(drill);
    await sweep(drill);
    expect(drill.cloud.executions()).toEqual([]);
    expect(drill.cloud.apiCalls()).toMatchObject({ 'cloudwatch:DescribeAlarms': 1 });
    expect(drill.cloud.lambdaLogs().map(({ line }) => line)).toContainEqual(
      expect.stringContaining('"message":"swept"'),
    );
  });

  test('a silent node is healed: it runs commands, only its measurements are missing', async () => {
    const drill = open();
    await fill(drill);
    const { cloud, clock } = drill;
    for (let minute = 0; minute < 20; minute += 1) {
      clock.advance(60);
      await cloud.publishNodeMetrics(undefined);
    }
    cloud.runSchedules();
    await cloud.settled();
    expect(cloud.executions()).toMatchObject([
      {
        AutomationExecutionStatus: 'Success',
        Parameters: { InstanceId: [cloud.fleet.drilled.instanceId], Trigger: ['sweep:silent'] },
      },
    ]);
  });

  test('what was escalated and is no worse is left to the person for an hour, then tried again', async () => {
    const faults = [{ fail: 'ec2:ModifyVolume', error: 'VolumeLimitExceeded', times: 9 }];
    const drill = open({ role: 'worker', agentStaysDead: true, faults });
    await alarm(drill);
    const { cloud, node } = drill;
    expect(steps(cloud).slice(-4)).toEqual([
      ...[
        'modifyOutOfBand Failed',
        'chooseRefusedOutOfBand Success',
        'escalate Success',
        'escalated Success',
      ],
    ]);
    for (let times = 0; times < 3; times += 1) await sweep(drill, 15);
    expect(cloud.executions()).toHaveLength(1);
    await sweep(drill, 30);
    expect(cloud.executions()).toMatchObject([{}, { Parameters: { Trigger: ['sweep:half-healed'] } }]);
    expect(node.resets).toBe(0);
  });
});

/** Pauses the environment, or one node group, from now on. */
const pause = (hours: number, nodeGroup: string | null, { cloud, clock }: ReturnType<typeof open>) =>
  cloud.call('ssm', 'PutParameter', {
    Name: '/headroom/prod/pause',
    Overwrite: true,
    Value: pausesText([
      {
        ...{ nodeGroup, why: 'etcd is restored', by: 'arn:aws:iam::111122223333:user/ana' },
        since: clock.now().toISOString(),
        until: new Date(clock.now().getTime() + hours * 3_600_000).toISOString(),
      },
    ]),
  });

describe('a pause', () => {
  test('of its node group: nothing is started; when it has ended the sweep finds the node', async () => {
    const drill = open({ role: 'worker' });
    await fill(drill);
    const { cloud } = drill;
    await pause(1, 'general', drill);
    await cloud.evaluateAlarms();
    await cloud.settled();
    await sweep(drill, 15);
    expect(cloud.executions()).toEqual([]);
    expect(cloud.lambdaLogs().map(({ line }) => line)).toContainEqual(
      expect.stringContaining('healing of general is paused until'),
    );
    await sweep(drill, 50);
    expect(story(cloud)).toContain('HEALED');
  });

  test('of another node group changes nothing', async () => {
    const drill = open({ role: 'worker' });
    await pause(1, 'control-plane', drill);
    await alarm(drill);
    expect(story(drill.cloud)).toContain('HEALED');
  });

  test('that cannot be read pauses nothing, and is logged', async () => {
    const drill = open({ role: 'worker' });
    await drill.cloud.call('ssm', 'PutParameter', {
      ...{ Name: '/headroom/prod/pause', Overwrite: true, Value: '{"schema":1,"pauses":"all"}' },
    });
    await alarm(drill);
    expect(story(drill.cloud)).toContain('HEALED');
    expect(drill.cloud.lambdaLogs().map(({ line }) => line)).toContainEqual(
      expect.stringContaining('the pause parameter cannot be read'),
    );
  });

  test.each([
    ['evidence Success', false, 'chooseReclaim Success', ['reclaim', 'modify']],
    ['chooseLook Success', false, 'choose Success', ['modify', 'kubelet']],
    ['modify Success', false, 'extendPermissionAllowed Failed', ['extend', 'kubelet']],
    ['extend Success', false, 'kubeletPermissionAllowed Failed', ['kubelet']],
    ['askAgent Success', true, 'chooseOutOfBand Success', ['modifyOutOfBand', 'reboot']],
    ['modifyOutOfBand Success', true, 'drainPermissionAllowed Failed', ['drain', 'reboot']],
    ['drain Failed', true, 'quorumAllowed Failed', ['reboot']],
    ['uncordon Failed', true, 'kubeletPermissionAllowed Failed', ['kubelet']],
  ])('that begins after %s (agent dead: %s) stops at %s: no page', async (when, agentDead, last, never) => {
    let begun = false;
    const drill = open({
      ...{ role: 'worker', agentDead },
      onEvent: ({ summary }) => {
        if (begun || summary !== when) return;
        begun = true;
        void pause(0.5, null, drill);
      },
    });
    await alarm(drill);
    const { cloud, node } = drill;
    expect(steps(cloud)).toContain(last);
    for (const name of never) expect(steps(cloud)).not.toContainEqual(expect.stringMatching(`^${name} `));
    const report = cloud.objects().find(({ key }) => key.startsWith('reports/'));
    expect(JSON.parse(report?.body ?? '{}')).toMatchObject({
      verdict: 'paused',
      reason: expect.stringContaining('etcd is restored') as string,
      until: expect.any(String) as string,
    });
    expect(cloud.messages().map(({ subject }) => subject)).not.toContainEqual(
      expect.stringMatching(/ACTION REQUIRED|PAUSED/),
    );
    expect(cloud.opsItems()).toEqual([]);
    const bought = cloud.apiCalls()['ec2:ModifyVolume'] ?? 0;
    await sweep(drill, 35);
    // What was bought before is used, and not bought again.
    expect((await node.rootFigures()).usedPercent).toBeLessThanOrEqual(75);
    expect(cloud.apiCalls()['ec2:ModifyVolume'] ?? 0).toBe(Math.max(1, bought));
  });
});

describe('the modes of a node group', () => {
  const modes = (code: string, { cloud }: ReturnType<typeof open>) =>
    cloud.deployVariables((variables) => {
      const policies = JSON.parse(variables['HEADROOM_NODE_GROUP_POLICIES'] ?? '{}') as Record<
        string,
        object
      >;
      const changed = Object.entries(policies).map(([name, own]) => [name, { ...own, modes: code }]);
      return {
        ...variables,
        ...('HEADROOM_NODE_GROUP_POLICIES' in variables && {
          HEADROOM_NODE_GROUP_POLICIES: JSON.stringify(Object.fromEntries(changed)),
        }),
        ...('HEADROOM_WATCHED_GROUPS' in variables && {
          HEADROOM_WATCHED_GROUPS: '["control-plane","general"]',
        }),
      };
    });
  const reportOf = (cloud: LocalCloud): unknown =>
    JSON.parse(cloud.objects().find(({ key }) => key.startsWith('reports/'))?.body ?? '{}');
  const subjects = (cloud: LocalCloud, pattern: RegExp): readonly unknown[] =>
    cloud.messages().filter(({ subject }) => pattern.test(subject ?? ''));
  /** Answers each question once it is there. */
  const answering = (type: 'Approve' | 'Reject', drill: () => ReturnType<typeof open>): EventSink => {
    return ({ kind, data }) => {
      if (kind !== 'step-started' || data['action'] !== 'aws:approve') return;
      const signal = { AutomationExecutionId: data['executionId'], SignalType: type };
      const answer = (tries: number): void => {
        // The step has begun, and perhaps does not wait yet.
        drill()
          .cloud.call('ssm', 'SendAutomationSignal', signal)
          .catch(() => tries > 0 && setTimeout(answer, 0, tries - 1));
      };
      setTimeout(answer, 0, 1_000);
    };
  };

  test.each([
    ['an agent that answers', false],
    ['out of band', true],
  ])(
    'observe (%s): nothing is touched, the message has the plan, and it is told once',
    async (_, agentDead) => {
      const drill = open({ role: 'worker', agentDead });
      modes('oooo', drill);
      await alarm(drill);
      const { cloud, node } = drill;
      expect(reportOf(cloud)).toMatchObject({ verdict: 'observed' });
      expect(node.ran.every(({ environment }) => 'SSM_TimeBudgetSeconds' in environment)).toBe(true);
      expect(node.resets).toBe(0);
      expect(cloud.apiCalls()).not.toHaveProperty('ec2:ModifyVolume');
      expect(story(cloud)).toMatch(
        /mode observe: healing would grow vol-[0-9a-f]+ from 40 to \d+ GiB, about \$[\d.]+ a month/,
      );
      expect(subjects(cloud, /OBSERVED/)).toHaveLength(1);
      for (let times = 0; times < 3; times += 1) await sweep(drill, 30);
      expect(cloud.executions()).toHaveLength(1);
    },
  );

  test.each([
    ['an agent that answers', false, 'approveReclaim Success'],
    ['out of band', true, 'approvePlanOutOfBand Success'],
  ])('ask (%s), approved: healed', async (_, agentDead, asked) => {
    const drill: ReturnType<typeof open> = open({
      ...{ role: 'worker', agentDead, onEvent: answering('Approve', () => drill) },
    });
    modes('kkkk', drill);
    await alarm(drill);
    const { cloud } = drill;
    expect(steps(cloud)).toContain(asked);
    expect(subjects(cloud, /APPROVAL NEEDED/).length).toBeGreaterThan(0);
    expect(story(cloud)).toContain('send-automation-signal --automation-execution-id');
    expect(reportOf(cloud)).toMatchObject({ verdict: 'healed' });
  });

  test('ask, denied: cleaned as the environment file says, nothing bought, and left alone', async () => {
    const drill: ReturnType<typeof open> = open({
      ...{ role: 'worker', onEvent: answering('Reject', () => drill) },
    });
    modes('akaa', drill);
    await alarm(drill);
    const { cloud } = drill;
    expect(steps(cloud)).toEqual(expect.arrayContaining(['reclaim Success', 'approvePlan Failed']));
    expect(cloud.apiCalls()).not.toHaveProperty('ec2:ModifyVolume');
    expect(reportOf(cloud)).toMatchObject({
      verdict: 'denied',
      reason: expect.stringContaining('it was not approved') as string,
    });
    expect(cloud.executions()).toMatchObject([{ AutomationExecutionStatus: 'Success' }]);
    await sweep(drill, 65);
    expect(cloud.executions()).toHaveLength(1);
  });

  test.each([
    ['approveReclaim Success', false, 'kkkk', 'approvedReclaimPermissionAllowed Failed', 'reclaim'],
    ['approvePlan Success', false, 'akaa', 'approvedPlanPermissionAllowed Failed', 'modify'],
    [
      'approvePlanOutOfBand Success',
      true,
      'kkkk',
      'approvedPlanOutOfBandPermissionAllowed Failed',
      'modifyOutOfBand',
    ],
  ])(
    'a pause that begins after %s (agent dead: %s): it is asked again afterwards',
    async (when, agentDead, code, last, never) => {
      const drill: ReturnType<typeof open> = open({
        ...{ role: 'worker', agentDead },
        onEvent: (event) => {
          answering('Approve', () => drill)(event);
          if (event.summary === when) void pause(0.5, null, drill);
        },
      });
      modes(code, drill);
      await alarm(drill);
      const { cloud } = drill;
      expect(steps(cloud)).toContain(last);
      expect(steps(cloud)).not.toContainEqual(expect.stringMatching(`^${never} `));
      expect(reportOf(cloud)).toMatchObject({ verdict: 'paused', until: expect.any(String) as string });
      expect(cloud.apiCalls()).not.toHaveProperty('ec2:ModifyVolume');
      await sweep(drill, 35);
      expect(subjects(cloud, /APPROVAL NEEDED/).length).toBeGreaterThanOrEqual(2);
    },
  );

  test('ask, and no one answers: a no, when its hour is over', async () => {
    const drill = open({ role: 'worker', agentDead: true });
    modes('akka', drill);
    await alarm(drill);
    const { cloud, node } = drill;
    expect(steps(cloud)).toContain('approvePlanOutOfBand TimedOut');
    expect(reportOf(cloud)).toMatchObject({
      verdict: 'denied',
      reason: expect.stringContaining('no one answered in time') as string,
    });
    expect(node.resets).toBe(0);
  });

  test('ask, and act at the emergency level: no one is asked', async () => {
    const drill = open({ role: 'worker' });
    modes('kkkk!', drill);
    await alarm(drill);
    expect(reportOf(drill.cloud)).toMatchObject({ verdict: 'healed' });
    expect(subjects(drill.cloud, /APPROVAL NEEDED/)).toEqual([]);
  });
});

describe('bounds', () => {
  const reports = (cloud: LocalCloud): readonly { verdict: string; reason: string; until: string | null }[] =>
    cloud
      .objects()
      .filter(({ key }) => key.startsWith('reports/'))
      .map(({ body }) => JSON.parse(body) as { verdict: string; reason: string; until: string | null });
  const calls = (cloud: LocalCloud): readonly string[] =>
    cloud.messages().flatMap(({ subject = '' }) => (/ACTION REQUIRED/.test(subject) ? [subject] : []));

  test.each([
    ['an agent that answers', false],
    ['out of band', true],
  ])('the month is used up (%s): nothing is bought, and a person is told once', async (_, agentDead) => {
    const drill = open({ role: 'worker', agentDead });
    const { cloud, node } = drill;
    cloud.deployVariables(withBounds({ growthGiB: 0 }));
    await alarm(drill);
    expect(reports(cloud)).toMatchObject([{ verdict: 'escalated', until: null }]);
    expect(story(cloud)).toContain(
      'raise healing.bounds.growthGiBPerMonth in environments/prod.yaml and deploy',
    );
    if (!agentDead) expect(steps(cloud)).toContain('reclaim Success');
    await sweep(drill, 30);
    expect(cloud.executions()).toHaveLength(1);
    await sweep(drill, 35);
    expect(cloud.executions()).toHaveLength(2);
    expect(calls(cloud)).toHaveLength(1);
    expect(cloud.opsItems()).toHaveLength(1);
    expect(cloud.apiCalls()).not.toHaveProperty('ec2:ModifyVolume');
    expect(node.resets).toBe(0);
  });

  test('what is bought is entered, once', async () => {
    const drill = open();
    await alarm(drill);
    const { cloud } = drill;
    expect(reports(cloud)).toMatchObject([{ verdict: 'healed' }]);
    const ledger = cloud.objects().find(({ key }) => key.startsWith('ledger/growth/'));
    const volume = cloud.fleet.drilled.volume;
    expect(JSON.parse(ledger?.body ?? '{}')).toMatchObject({
      purchases: [{ volumeId: volume.volumeId, targetSizeGiB: volume.sizeGiB, gib: volume.sizeGiB - 40 }],
    });
  });

  test.each([
    ['an agent that answers', false],
    ['out of band', true],
  ])(
    'healed as often as it may be (%s): cleaned at most, a person is told, and then nothing is started',
    async (_, agentDead) => {
      // Below the emergency level, which the bound does not hold up for more than an hour.
      const drill = open({ role: 'worker', agentDead, usedGiB: 37 });
      const { cloud, node } = drill;
      cloud.deployVariables(withBounds({ growthGiB: 0, healingsPerNodePerDay: 1 }));
      await alarm(drill);
      cloud.deployVariables(withBounds({ growthGiB: 1_000, healingsPerNodePerDay: 1 }));
      await sweep(drill, 65);
      expect(cloud.executions()).toHaveLength(2);
      const [first, second] = reports(cloud);
      expect(first).toMatchObject({ verdict: 'escalated', until: null });
      expect(second?.verdict).toBe('escalated');
      expect(second?.reason).toContain('healed once in 24 hours, which is the limit');
      expect(second?.reason).toContain(
        'raise healing.bounds.healingsPerNodePerDay in environments/prod.yaml',
      );
      expect(Number.isFinite(Date.parse(second?.until ?? ''))).toBe(true);
      const ran = steps(cloud, 1);
      if (agentDead) expect(ran).not.toContainEqual(expect.stringMatching(/^reclaim /));
      else expect(ran).toEqual(expect.arrayContaining(['reclaim Success', 'kubeletMeanwhile Success']));
      expect(cloud.apiCalls()).not.toHaveProperty('ec2:ModifyVolume');
      expect(node.resets).toBe(0);
      expect(calls(cloud)).toHaveLength(2);
      await sweep(drill, 65);
      await sweep(drill, 65);
      expect(cloud.executions()).toHaveLength(2);
    },
  );
});

test('the account tells which alarms are in ALARM, of which node, and which agents answer', async () => {
  const drill = open();
  await fill(drill);
  const { cloud } = drill;
  const other = cloud.fleet.impairOther('worker');
  await cloud.evaluateAlarms();
  const { MetricAlarms } = await cloud.call('cloudwatch', 'DescribeAlarms', {
    AlarmNamePrefix: 'headroom-prod-control-plane-',
    StateValue: 'ALARM',
  });
  expect((MetricAlarms as { AlarmName: string }[]).map(({ AlarmName }) => AlarmName)).toContainEqual(
    expect.stringMatching(/-1-disk-emergency$/),
  );
  expect(MetricAlarms).toContainEqual(
    expect.objectContaining({
      StateValue: 'ALARM',
      Dimensions: expect.arrayContaining([
        { Name: 'InstanceId', Value: cloud.fleet.drilled.instanceId },
      ]) as object,
    }),
  );
  const ping = async (id: string) =>
    cloud.call('ssm', 'DescribeInstanceInformation', { Filters: [{ Key: 'InstanceIds', Values: [id] }] });
  expect(await ping(cloud.fleet.drilled.instanceId)).toMatchObject({
    InstanceInformationList: [{ PingStatus: 'Online' }],
  });
  expect(await ping(other)).toMatchObject({ InstanceInformationList: [{ PingStatus: 'ConnectionLost' }] });
  await expect(
    cloud.call('ssm', 'DescribeInstanceInformation', { Filters: [{ Key: 'Tag', Values: [] }] }),
  ).rejects.toThrow('The filter key Tag is not known here');
  await cloud.settled();
});
