import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { StandInAccount } from './support/stand-in-account';

// Each one runs documents whole, with bash and Python for their scripts.
jest.setTimeout(120_000);

const ROOT = resolve(__dirname, '../../..');
const DIRECTORY = mkdtempSync(join(tmpdir(), 'headroom-flows-'));
let account: StandInAccount;

beforeAll(() => {
  const bin = join(ROOT, 'node_modules/.bin');
  execFileSync(join(bin, 'cdk'), ['synth', '--quiet', '--context', 'env=prod', '--output', DIRECTORY], {
    cwd: ROOT,
    env: { ...process.env, PATH: `${bin}:${process.env['PATH'] ?? ''}` },
    stdio: 'pipe',
  });
}, 180_000);
afterAll(() => rmSync(DIRECTORY, { recursive: true, force: true }));

beforeEach(async () => {
  account = new StandInAccount(DIRECTORY, '1.36.2');
  await account.report();
});
afterEach(() => account.remove());

const nameOf = (instanceId: string): string => account.cluster.nameOf(instanceId);
const first = () => account.controlPlane[0]!.instanceId;

describe('DrainNode and UncordonNode', () => {
  test('drains a node by its instance ID alone, through another control-plane node, and uncordons it', async () => {
    const { instanceId } = account.worker;
    const drained = await account.runbook('DrainNode', instanceId);
    expect([drained.status, drained.steps]).toEqual(['Success', ['target', 'targetAllowed', 'drain']]);
    expect(JSON.parse(drained.output('drain').split('\n')[0]!)).toMatchObject({
      action: 'drained',
      node: nameOf(instanceId),
    });
    expect((await account.runbook('UncordonNode', instanceId)).status).toBe('Success');
    const name = nameOf(instanceId);
    expect(account.cluster.changes).toEqual([`cordon ${name}`, `drain ${name}`, `uncordon ${name}`]);
  });

  test('names a blocking PodDisruptionBudget, and leaves the node cordoned', async () => {
    const { instanceId } = account.worker;
    account.cluster.set(nameOf(instanceId), 'stuck', '');
    account.cluster.write(account.cluster.folder, 'budgets', 'shop|web|1|1\nother|db|1|1\n');
    const { status, output } = await account.runbook('DrainNode', instanceId);
    expect(status).toBe('Failed');
    expect(JSON.parse(output('drain').split('\n')[0]!)).toMatchObject({
      ok: false,
      action: 'cordoned',
      blocking: [
        'shop/web-1: its PodDisruptionBudget allows no eviction',
        'PodDisruptionBudget shop/web: 1 healthy, requires 1',
      ],
    });
    expect(account.cluster.get(nameOf(instanceId), 'cordoned')).toBe('');
  });

  test('refuses a node of another environment before it asks the cluster', async () => {
    const at = account.instances.indexOf(account.worker);
    const { tags, ...rest } = account.worker;
    account.instances[at] = { ...rest, tags: { ...tags, 'headroom:environment': 'staging' } };
    const { steps, why } = await account.runbook('DrainNode', rest.instanceId);
    expect(steps).toEqual(['target', 'targetAllowed Failed']);
    expect(why).toContain('it is not a node of prod (its tag headroom:environment is "staging")');
    expect(account.cluster.changes).toEqual([]);
  });

  test('the address of an instance that is gone may be another node’s by now: that one is left alone', async () => {
    const { instanceId, privateIp } = account.worker;
    const name = nameOf(instanceId);
    account.cluster.set(name, 'provider', 'aws:///eu-west-1a/i-0ffffffffffffffff');
    account.cluster.set(name, 'address', privateIp);
    const { status, output } = await account.runbook('DrainNode', instanceId);
    expect([status, output('drain')]).toEqual([
      'Failed',
      expect.stringContaining(`the cluster has no node for ${instanceId}`) as string,
    ]);
    expect(account.cluster.changes).toEqual([]);
  });
});

describe('UpgradeNode', () => {
  const TO = { TargetVersion: '1.36.3' };
  const ALL = [
    ...['target', 'targetAllowed', 'quorum', 'quorumAllowed', 'facts', 'plan', 'planAllowed', 'drain'],
    ...['upgrade', 'await', 'verify', 'uncordon', 'factsAfter', 'judge', 'judgeAllowed'],
  ];
  const kubeadm = (instanceId: string): string[] =>
    account.cluster.calls(instanceId).filter((call) => call.startsWith('kubeadm'));

  test('upgrades the control plane one by one, then a worker; each ends Ready, at the version and uncordoned', async () => {
    const nodes = [...account.controlPlane, account.worker];
    for (const { instanceId } of nodes) {
      await account.report();
      const { status, steps, why } = await account.runbook('UpgradeNode', instanceId, TO);
      expect([why, status, steps]).toEqual(['', 'Success', ALL]);
      expect(account.cluster.get(nameOf(instanceId), 'version')).toBe('1.36.3');
      expect(account.cluster.get(nameOf(instanceId), 'cordoned')).toBeUndefined();
    }
    expect(nodes.map(({ instanceId }) => kubeadm(instanceId))).toEqual([
      ['kubeadm upgrade plan v1.36.3', 'kubeadm upgrade apply v1.36.3 --yes'],
      ...Array.from({ length: 3 }, () => ['kubeadm upgrade node']),
    ]);
    expect(account.cluster.calls(account.worker.instanceId)).toEqual([
      'apt-get update',
      'apt-mark unhold kubeadm',
      'apt-get install kubeadm=1.36.3-*',
      'apt-mark hold kubeadm',
      'kubeadm upgrade node',
      'apt-mark unhold kubelet kubectl',
      'apt-get install kubelet=1.36.3-* kubectl=1.36.3-*',
      'apt-mark hold kubelet kubectl',
      'systemctl daemon-reload',
      'systemctl restart kubelet',
    ]);
  });

  test('renews the signing key of the packages, and installs nothing signed with another key', async () => {
    const key = join(account.cluster.root(first()), 'etc/headroom/kubernetes.asc');
    const before = readFileSync(key, 'utf8');
    const renewed = readFileSync(join(account.cluster.folder, 'key.asc'), 'utf8');
    account.cluster.write(
      account.cluster.folder,
      'key.asc',
      '-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nYWJj\n=\n',
    );
    const failed = await account.runbook('UpgradeNode', first(), TO);
    expect(failed.steps.at(-1)).toBe('upgrade Failed');
    expect(JSON.parse(failed.output('upgrade').split('\n')[0]!)).toMatchObject({
      error: expect.stringMatching(/^package-key failed .*not a single armoured key/) as string,
    });
    expect([readFileSync(key, 'utf8'), kubeadm(first())]).toEqual([before, []]);
    account.cluster.write(account.cluster.folder, 'key.asc', renewed);
    await account.report();
    expect((await account.runbook('UpgradeNode', first(), TO)).status).toBe('Success');
    expect(readFileSync(key, 'utf8')).toBe(renewed);
  });

  test('the next minor version comes from its own repository', async () => {
    const { status } = await account.runbook('UpgradeNode', first(), { TargetVersion: '1.37.0' });
    expect(status).toBe('Success');
    const list = join(account.cluster.root(first()), 'etc/apt/sources.list.d/kubernetes.list');
    expect(readFileSync(list, 'utf8')).toContain('core:/stable:/v1.37/deb/');
  });

  test.each([
    [
      'a worker before the control plane',
      () => account.worker.instanceId,
      TO,
      /upgrade the control plane first/,
    ],
    ['a skipped minor version', first, { TargetVersion: '1.38.0' }, /would skip a minor version/],
    ['the way back', first, { TargetVersion: '1.36.1' }, /does not support downgrades/],
  ])('refuses %s before anything is touched', async (_, node, parameters, message) => {
    const { status, steps, why } = await account.runbook('UpgradeNode', node(), parameters);
    expect([status, steps.at(-1)]).toEqual(['Failed', 'planAllowed Failed']);
    expect(why).toMatch(message);
    expect(account.cluster.changes).toEqual([]);
  });

  test.each(['etcd', 'kube-apiserver'])(
    'another member whose %s is not ready stops it',
    async (component) => {
      account.cluster.set(nameOf(account.controlPlane[2]!.instanceId), 'unwell', component);
      const { steps, why } = await account.runbook('UpgradeNode', first(), TO);
      expect(steps.at(-1)).toBe('planAllowed Failed');
      expect(why).toMatch(new RegExp(`has no ready ${component}. Next: start DiagnoseNode on node-`));
      expect(account.cluster.changes).toEqual([]);
    },
  );

  test('stops when another member has no measurements', async () => {
    account.clock.advance(3600);
    const { steps, why } = await account.runbook('UpgradeNode', first(), TO);
    expect(steps.at(-1)).toBe('quorumAllowed Failed');
    expect(why).toContain('has not reported its disk');
  });

  test('stops when another member cannot run commands', async () => {
    account.silent.add(account.controlPlane[1]!.instanceId);
    const { steps } = await account.runbook('UpgradeNode', first(), TO);
    expect(steps).toEqual(['target', 'targetAllowed Failed']);
  });

  test('upgrades nothing and uncordons the node when the drain does not finish', async () => {
    account.cluster.set(nameOf(first()), 'stuck', '');
    const { status, steps } = await account.runbook('UpgradeNode', first(), TO);
    expect([status, steps.slice(-2)]).toEqual(['Failed', ['drain Failed', 'takeBack']]);
    expect(account.cluster.get(nameOf(first()), 'cordoned')).toBeUndefined();
    expect(account.cluster.calls(first())).toEqual([]);
  });

  test('stops at a failed step, cordoned, names the next command, and resumes when started again', async () => {
    const root = account.cluster.root(first());
    account.cluster.write(root, 'fails', 'kubeadm upgrade apply');
    const failed = await account.runbook('UpgradeNode', first(), TO);
    expect([failed.status, failed.steps.at(-1)]).toEqual(['Failed', 'upgrade Failed']);
    expect(JSON.parse(failed.output('upgrade').split('\n')[0]!)).toMatchObject({
      ok: false,
      error: 'kubeadm-apply failed with exit code 1: stand-in: kubeadm upgrade apply v1.36.3 --yes failed',
      next: 'kubeadm upgrade apply v1.36.3; then start UpgradeNode again',
    });
    expect(account.cluster.get(nameOf(first()), 'cordoned')).toBe('');
    expect(account.cluster.get(nameOf(first()), 'version')).toBe('1.36.2');
    rmSync(join(root, 'fails'));
    await account.report();
    expect((await account.runbook('UpgradeNode', first(), TO)).status).toBe('Success');
  });

  test('leaves a node cordoned that is unhealthy after the upgrade', async () => {
    account.verifyOk = false;
    const { steps } = await account.runbook('UpgradeNode', first(), TO);
    expect(steps.at(-1)).toBe('verify Failed');
    expect(account.cluster.get(nameOf(first()), 'cordoned')).toBe('');
  });
});

describe('ReplaceWorker and RetireWorker', () => {
  const ends = () => account.executions().map(({ document, status }) => `${document} ${status}`);

  test('drained, terminated by its group, replaced, and gone from the API; the hook and the end are RetireWorker’s', async () => {
    const { instanceId } = account.worker;
    const { status, steps, why } = await account.runbook('ReplaceWorker', instanceId);
    expect([why, status, steps]).toEqual([
      '',
      'Success',
      [
        'target',
        'targetAllowed',
        'drain',
        'terminate',
        'replacement',
        'replacementAllowed',
        'ready',
        'remove',
      ],
    ]);
    expect(ends()).toEqual(['ReplaceWorker Success', 'RetireWorker Success', 'RetireWorker Success']);
    const old = account.instances.find((each) => each.instanceId === instanceId);
    expect(old?.state).toBe('terminated');
    expect(account.cluster.names).not.toContain(nameOf(instanceId));
    expect(account.cluster.names).toContain(nameOf(account.instances.at(-1)!.instanceId));
    expect(account.messages).toEqual([]);
  });

  test('terminates nothing when the drain does not finish', async () => {
    const { instanceId } = account.worker;
    account.cluster.set(nameOf(instanceId), 'stuck', '');
    const { status, steps } = await account.runbook('ReplaceWorker', instanceId);
    expect([status, steps.slice(-2)]).toEqual(['Failed', ['drain Failed', 'takeBack']]);
    expect(account.cluster.get(nameOf(instanceId), 'cordoned')).toBeUndefined();
    expect(ends()).toEqual(['ReplaceWorker Failed']);
  });

  test('refuses a control-plane node', async () => {
    const { steps, why } = await account.runbook('ReplaceWorker', first());
    expect(steps).toEqual(['target', 'targetAllowed Failed']);
    expect(why).toContain('replacing it removes a member of etcd');
  });

  test('drains a worker that its group terminates, and then completes the termination at once', async () => {
    const { instanceId } = account.worker;
    const began = account.clock.now().getTime();
    await account.terminate(instanceId);
    const [hook] = account.executions();
    expect(hook?.steps).toEqual([
      ...['target', 'targetAllowed', 'chooseWhat', 'drain', 'remove', 'chooseComplete', 'complete', 'end'],
    ]);
    expect(account.cluster.changes.slice(0, 3)).toEqual(
      ['cordon', 'drain', 'delete'].map((verb) => `${verb} ${nameOf(instanceId)}`),
    );
    expect((account.clock.now().getTime() - began) / 1000).toBeLessThan(120);
  });

  test('completes the termination despite a PodDisruptionBudget that never allows the drain', async () => {
    const { instanceId } = account.worker;
    account.cluster.set(nameOf(instanceId), 'stuck', '');
    await account.terminate(instanceId);
    expect(account.executions()[0]).toMatchObject({
      status: 'Success',
      steps: expect.arrayContaining(['drain Failed', 'remove', 'complete']) as string[],
    });
    expect(account.cluster.names).not.toContain(nameOf(instanceId));
  });

  test('completes the termination when the API does not answer, and notifies operators of what is left', async () => {
    const { instanceId } = account.worker;
    account.cluster.write(account.cluster.folder, 'down', '');
    const began = account.clock.now().getTime();
    await account.terminate(instanceId);
    expect(account.executions()[0]?.steps.slice(-4)).toEqual([
      'remove Failed',
      'chooseNotifyGone',
      'completeAnyway',
      'tell',
    ]);
    expect((account.clock.now().getTime() - began) / 1000).toBeLessThan(1200);
    expect(account.messages[0]).toMatchObject({
      subject: 'Headroom prod: a worker that is gone may be left in the API',
      message: expect.stringMatching(
        new RegExp(`--document-name headroom-prod-RetireWorker --parameters InstanceId=${instanceId}`),
      ) as string,
    });
  });

  test('completes it as well without a control-plane node that runs commands', async () => {
    const { instanceId } = account.worker;
    for (const member of account.controlPlane) account.silent.add(member.instanceId);
    await account.terminate(instanceId);
    expect(account.executions()[0]?.steps).toEqual([
      'target',
      'targetAllowed Failed',
      'chooseNotifyGone',
      'completeAnyway',
      'tell',
    ]);
    expect(account.messages.length).toBeGreaterThan(0);
  });

  test('a control-plane node that is given to it by hand is left alone', async () => {
    const { status, steps } = await account.runbook('RetireWorker', first());
    expect([status, steps]).toEqual([
      'Success',
      ['target', 'targetAllowed', 'chooseWhat', 'chooseComplete', 'end'],
    ]);
    expect(account.cluster.changes).toEqual([]);
  });
});

describe('DiagnoseNode', () => {
  const diagnosis = async (instanceId: string) => {
    const { status, steps, output } = await account.runbook('DiagnoseNode', instanceId);
    return {
      status,
      steps,
      ...(JSON.parse(output('diagnosis', 'Payload')) as { text: string; findings: { name: string }[] }),
    };
  };

  test('combines the findings of the node and of the cluster', async () => {
    const { instanceId } = account.worker;
    account.cluster.set(nameOf(instanceId), 'ready', 'False');
    const { status, steps, text, findings } = await diagnosis(instanceId);
    expect([status, steps]).toEqual([
      'Success',
      ['target', 'targetAllowed', 'chooseInspect', 'inspect', 'chooseCluster', 'cluster', 'diagnosis'],
    ]);
    // The folder that stands for the node's disk has neither kubelet.conf nor a CNI.
    expect(findings.map(({ name }) => name)).toEqual(['join-failed', 'cni-missing', 'not-ready']);
    expect(text).toMatch(
      /^SCOPE: i-\w+, worker of prod, EC2: running, agent: answers\n[^]*API server 1\.36\.2[^]*3 of 3 well/,
    );
    expect(text).toMatch(
      /- not-ready\n {2}evidence: Ready is False: KubeletReady[^\n]*\n {2}next: kubectl describe node/,
    );
  });

  test('diagnoses a node with a silent agent from the cluster and EC2, and says first what to do', async () => {
    account.silent.add(account.worker.instanceId);
    const { steps, findings } = await diagnosis(account.worker.instanceId);
    expect(steps).toEqual([
      'target',
      'targetAllowed',
      'chooseInspect',
      'chooseCluster',
      'cluster',
      'diagnosis',
    ]);
    expect(findings[0]).toMatchObject({
      name: 'agent-offline',
      next: `aws ssm start-automation-execution --document-name headroom-prod-HealNode --parameters InstanceId=${account.worker.instanceId} --region ap-northeast-1`,
    });
  });
});
