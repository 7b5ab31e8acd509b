import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runForResult, runScript } from './run-script';

const ADDRESS = '10.0.1.23';
const folders: string[] = [];
afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true })));

/** @param addresses what its kubelet says */
const nodeObject = (name: string, addresses: readonly string[], providerID?: string) => ({
  metadata: { name },
  spec: providerID === undefined ? {} : { providerID },
  status: { addresses: addresses.map((address) => ({ type: 'InternalIP', address })) },
});
const NODES: readonly ReturnType<typeof nodeObject>[] = [
  nodeObject('other', ['10.0.1.2']),
  nodeObject('node-a', ['10.0.1.230']),
  nodeObject('node-b', ['fd00::1', ADDRESS]),
];

/** A node with a kubeconfig and a kubectl that tells what it was asked; `fails`: the verb it fails at. */
const control = ({ kubeconfig = true, fails = '', drain = '', nodes = NODES } = {}) => {
  const root = mkdtempSync(join(tmpdir(), 'headroom-drain-'));
  folders.push(root);
  mkdirSync(join(root, 'bin'));
  mkdirSync(join(root, 'etc/kubernetes'), { recursive: true });
  if (kubeconfig) writeFileSync(join(root, 'etc/kubernetes/admin.conf'), '');
  writeFileSync(join(root, 'nodes.json'), JSON.stringify({ kind: 'List', items: nodes }));
  const calls = join(root, 'calls');
  writeFileSync(calls, '');
  writeFileSync(
    join(root, 'bin/kubectl'),
    [
      '#!/bin/sh',
      `echo "$*" >> ${calls}`,
      `case " $* " in *" ${fails || 'nothing'} "*) exit 1 ;; esac`,
      `case " $* " in *" drain "*) ${drain || ':'} ;; esac`,
      'case " $* " in *" get pod "*) printf 3600 ;; esac',
      `case " $* " in *" get nodes --output json "*) cat ${root}/nodes.json ;; esac`,
    ].join('\n'),
  );
  chmodSync(join(root, 'bin/kubectl'), 0o755);
  const env = { PATH: `${join(root, 'bin')}:${process.env['PATH']}`, HEADROOM_MOUNT_POINT: root };
  /** The verbs that changed something. */
  const changes = () =>
    readFileSync(calls, 'utf8')
      .split('\n')
      .flatMap((line) => / ((?:cordon|drain|uncordon) \S+)/.exec(line)?.[1] ?? []);
  return { env, changes, calls: () => readFileSync(calls, 'utf8') };
};

const settings = (more: Record<string, string>) => ({ HEADROOM_NODE_ADDRESS: ADDRESS, ...more });

test('cordons and drains only the node with that address', async () => {
  const { env, changes } = control();
  const { result, exitCode } = await runForResult('cordon-drain-node', { env: { ...env, ...settings({}) } });
  expect([exitCode, result]).toMatchObject([0, { ok: true, action: 'drained', node: 'node-b' }]);
  expect(changes()).toEqual(['cordon node-b', 'drain node-b']);
});

test('uses the kubeconfig of kops on its control planes', async () => {
  const { env, changes, calls } = control({ kubeconfig: false });
  mkdirSync(join(env.HEADROOM_MOUNT_POINT, 'var/lib/kubectl'), { recursive: true });
  writeFileSync(join(env.HEADROOM_MOUNT_POINT, 'var/lib/kubectl/kubeconfig'), '');
  await runForResult('cordon-drain-node', { env: { ...env, ...settings({}) } });
  expect(changes()).toEqual(['cordon node-b', 'drain node-b']);
  expect(calls()).toContain('/var/lib/kubectl/kubeconfig');
});

test('gives every pod its own grace period', async () => {
  const { env, calls } = control();
  await runForResult('cordon-drain-node', { env: { ...env, ...settings({}) } });
  expect(calls()).toMatch(/ drain node-b .*--timeout 120s/);
  expect(calls()).not.toContain('--grace-period');
});

test('names each pod that the time limit cuts off, with its grace period, however many there are', async () => {
  const line = (pod: number): string =>
    `error when waiting for pod "db-${pod}" in namespace "shop" to terminate: global timeout reached: 2m0s`;
  const lines = Array.from({ length: 12 }, (_, pod) => line(pod)).join('\n');
  const { env } = control({ drain: `cat <<'E'\n${lines}\nE\nexit 1` });
  const { result, stdout } = await runForResult('cordon-drain-node', { env: { ...env, ...settings({}) } });
  const blocking = 'shop/db-0: still terminating; its grace period is 3600 s';
  expect(result).toMatchObject({
    ok: false,
    action: 'cordoned',
    error: expect.stringContaining(blocking) as string,
  });
  expect(result.blocking?.[0]).toBe(blocking);
  expect(Buffer.byteLength(stdout)).toBeLessThanOrEqual(1200);
});

test('uncordons', async () => {
  const { env, changes } = control();
  const more = settings({ HEADROOM_ACTION: 'uncordon' });
  const { result } = await runForResult('cordon-drain-node', { env: { ...env, ...more } });
  expect(result).toMatchObject({ ok: true, action: 'uncordoned' });
  expect(changes()).toEqual(['uncordon node-b']);
});

test('reports in a dry run which node it would drain', async () => {
  const { env, changes } = control();
  const { result } = await runForResult('cordon-drain-node', {
    env: { ...env, ...settings({ HEADROOM_DRY_RUN: 'true' }) },
  });
  expect(result).toMatchObject({ dryRun: true, action: 'would-drain', node: 'node-b' });
  expect(changes()).toEqual([]);
});

test.each<[string, Parameters<typeof control>[0], Record<string, string>, string]>([
  ['no address', {}, { HEADROOM_NODE_ADDRESS: 'none' }, 'neither an instance ID nor an address was given'],
  ['no kubeconfig', { kubeconfig: false }, {}, 'no administrator kubeconfig'],
  ['no such node', {}, { HEADROOM_NODE_ADDRESS: '10.0.9.9' }, 'the cluster has no node 10.0.9.9'],
])('skips with %s, and reports it', async (_, node, more, why) => {
  const { env, changes } = control(node);
  const { result, exitCode } = await runForResult('cordon-drain-node', {
    env: { ...env, ...settings(more) },
  });
  expect([exitCode, result]).toMatchObject([
    0,
    { ok: true, action: 'skipped', why: expect.stringContaining(why) as string },
  ]);
  expect(changes()).toEqual([]);
});

test.each([
  ['get', 'failed', 'kubectl cannot list the nodes'],
  ['cordon', 'failed', 'kubectl cannot cordon node-b'],
  ['drain', 'cordoned', 'node-b is cordoned, but was not drained in 120 s'],
])(
  'exits with 1 when kubectl fails at %s, and reports the state of the node',
  async (fails, action, error) => {
    const { env } = control({ fails });
    const outcome = await runForResult('cordon-drain-node', { env: { ...env, ...settings({}) } });
    expect([outcome.exitCode, outcome.result]).toMatchObject([1, { ok: false, action, error }]);
  },
);

test.each([
  ['HEADROOM_ACTION', 'reboot'],
  ['HEADROOM_INSTANCE_ID', 'i-0123456789abcdef0 --all'],
  ['HEADROOM_INSTANCE_ID', 'i-0123'],
  ['HEADROOM_KUBELET_VERSION', '1.36.x'],
  ['HEADROOM_ACTION', 'drain; reboot'],
  ['HEADROOM_NODE_ADDRESS', '$(reboot)'],
  ['HEADROOM_NODE_ADDRESS', '10.0.1.23 --all'],
  ['HEADROOM_NODE_ADDRESS', '10.0.1.23\n10.0.1.2'],
])('rejects %s=%j before it calls anything', async (name, value) => {
  const { env, changes } = control();
  const outcome = await runScript('cordon-drain-node.sh', {
    env: { ...env, ...settings({ [name]: value }) },
  });
  expect(outcome.exitCode).toBe(2);
  expect(JSON.parse(outcome.stdout)).toMatchObject({
    ok: false,
    error: expect.stringContaining(`${name} must match`) as string,
  });
  expect(changes()).toEqual([]);
});

describe('a compromised node cannot harm another node by what it reports about itself', () => {
  const INSTANCE = 'i-0123456789abcdef0';
  const own = `aws:///eu-west-1a/${INSTANCE}`;
  const victim = nodeObject('victim', ['10.0.1.7'], 'aws:///eu-west-1a/i-0aaaaaaaaaaaaaaaa');
  /** What the old reader took for a line of its own: `victim`, with the instance that is asked for. */
  const forged = `10.0.1.9\nvictim|${own}|${ADDRESS}\nvictim||${ADDRESS}`;

  test.each([
    [
      'its addresses hold lines that look like other nodes',
      nodeObject('evil', [forged, '"},{"', '\u001b[2J', '|'], own),
    ],
    [
      'its addresses are many',
      nodeObject(
        'evil',
        Array.from({ length: 2000 }, () => forged),
        own,
      ),
    ],
    ['its providerID holds a line', nodeObject('evil', ['10.0.1.9'], `x\nvictim|aws:///${INSTANCE}`)],
  ])('%s: only it is drained, or none', async (_, evil) => {
    for (const action of ['drain', 'delete', 'uncordon']) {
      const { env, changes, calls } = control({ nodes: [victim, evil] });
      const { exitCode, result } = await runForResult('cordon-drain-node', {
        env: { ...env, ...settings({ HEADROOM_INSTANCE_ID: INSTANCE, HEADROOM_ACTION: action }) },
      });
      expect([exitCode, ['evil', ''].includes(result.node)]).toEqual([0, true]);
      expect([changes().join(), calls()].join()).not.toMatch(/victim/);
    }
  });

  test.each([
    [
      'two name the instance in their providerID',
      { HEADROOM_INSTANCE_ID: INSTANCE },
      nodeObject('evil', [], own),
      own,
    ],
    ['one takes the address of a node without a providerID', {}, nodeObject('evil', [ADDRESS]), undefined],
    [
      'one names the instance, one has the address',
      { HEADROOM_INSTANCE_ID: INSTANCE },
      nodeObject('evil', [], own),
      undefined,
    ],
  ])('%s: does nothing, and names both', async (_, more, evil, providerID) => {
    const { env, changes } = control({ nodes: [nodeObject('right', [ADDRESS], providerID), evil] });
    const { exitCode, result } = await runForResult('cordon-drain-node', {
      env: { ...env, ...settings(more) },
    });
    expect([exitCode, result]).toMatchObject([
      1,
      {
        ok: false,
        error: expect.stringMatching(/^more than one node claims to be .*: right, evil$/) as string,
      },
    ]);
    expect(changes()).toEqual([]);
  });

  test('a node of another instance cannot claim an address', async () => {
    const evil = nodeObject('evil', [ADDRESS], 'aws:///eu-west-1a/i-0eeeeeeeeeeeeeeee');
    const { env, changes } = control({ nodes: [evil, nodeObject('right', [ADDRESS])] });
    await runForResult('cordon-drain-node', {
      env: { ...env, ...settings({ HEADROOM_INSTANCE_ID: INSTANCE }) },
    });
    expect(changes()).toEqual(['cordon right', 'drain right']);
  });
});
