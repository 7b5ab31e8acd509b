import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runForResult, runScript } from './run-script';

const ADDRESS = '10.0.1.23';
const folders: string[] = [];
afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true })));

/** A node with a kubeconfig and a kubectl that tells what it was asked; `fails`: the verb it fails at. */
const control = ({ kubeconfig = true, fails = '', drain = '' } = {}) => {
  const root = mkdtempSync(join(tmpdir(), 'headroom-drain-'));
  folders.push(root);
  mkdirSync(join(root, 'bin'));
  mkdirSync(join(root, 'etc/kubernetes'), { recursive: true });
  if (kubeconfig) writeFileSync(join(root, 'etc/kubernetes/admin.conf'), '');
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
      'case " $* " in *" get nodes "*) printf "other||10.0.1.2\\nnode-a||10.0.1.230\\nnode-b||fd00::1 10.0.1.23\\n" ;; esac',
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

test('cordons and drains the node of that address, and no other', async () => {
  const { env, changes } = control();
  const { result, exitCode } = await runForResult('cordon-drain-node', { env: { ...env, ...settings({}) } });
  expect([exitCode, result]).toMatchObject([0, { ok: true, action: 'drained', node: 'node-b' }]);
  expect(changes()).toEqual(['cordon node-b', 'drain node-b']);
});

test('on a control plane of kops, with its kubeconfig', async () => {
  const { env, changes, calls } = control({ kubeconfig: false });
  mkdirSync(join(env.HEADROOM_MOUNT_POINT, 'var/lib/kubectl'), { recursive: true });
  writeFileSync(join(env.HEADROOM_MOUNT_POINT, 'var/lib/kubectl/kubeconfig'), '');
  await runForResult('cordon-drain-node', { env: { ...env, ...settings({}) } });
  expect(changes()).toEqual(['cordon node-b', 'drain node-b']);
  expect(calls()).toContain('/var/lib/kubectl/kubeconfig');
});

test('every pod keeps its own grace period', async () => {
  const { env, calls } = control();
  await runForResult('cordon-drain-node', { env: { ...env, ...settings({}) } });
  expect(calls()).toMatch(/ drain node-b .*--timeout 120s/);
  expect(calls()).not.toContain('--grace-period');
});

test('a pod that the time limit cuts off is named with its own grace period, however many there are', async () => {
  const line = (pod: number): string =>
    `error when waiting for pod "db-${pod}" in namespace "shop" to terminate: global timeout reached: 2m0s`;
  const lines = Array.from({ length: 12 }, (_, pod) => line(pod)).join('\n');
  const { env } = control({ drain: `cat <<'E'\n${lines}\nE\nexit 1` });
  const { result, stdout } = await runForResult('cordon-drain-node', { env: { ...env, ...settings({}) } });
  const blocking = 'shop/db-0: does not end; its own grace period is 3600 s';
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

test('a dry run says which node it would be', async () => {
  const { env, changes } = control();
  const { result } = await runForResult('cordon-drain-node', {
    env: { ...env, ...settings({ HEADROOM_DRY_RUN: 'true' }) },
  });
  expect(result).toMatchObject({ dryRun: true, action: 'would-drain', node: 'node-b' });
  expect(changes()).toEqual([]);
});

test.each<[string, Parameters<typeof control>[0], Record<string, string>, string]>([
  ['no address', {}, { HEADROOM_NODE_ADDRESS: 'none' }, 'no instance or address was given'],
  ['no kubeconfig', { kubeconfig: false }, {}, "no administrator's kubeconfig here"],
  ['no such node', {}, { HEADROOM_NODE_ADDRESS: '10.0.9.9' }, 'the cluster has no node 10.0.9.9'],
])('%s: skips, and says so', async (_, node, more, why) => {
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
])('kubectl fails at %s: exit 1, and what state the node is in', async (fails, action, error) => {
  const { env } = control({ fails });
  const outcome = await runForResult('cordon-drain-node', { env: { ...env, ...settings({}) } });
  expect([outcome.exitCode, outcome.result]).toMatchObject([1, { ok: false, action, error }]);
});

test.each([
  ['HEADROOM_ACTION', 'reboot'],
  ['HEADROOM_INSTANCE_ID', 'i-0123456789abcdef0 --all'],
  ['HEADROOM_INSTANCE_ID', 'i-0123'],
  ['HEADROOM_KUBELET_VERSION', '1.36.x'],
  ['HEADROOM_ACTION', 'drain; reboot'],
  ['HEADROOM_NODE_ADDRESS', '$(reboot)'],
  ['HEADROOM_NODE_ADDRESS', '10.0.1.23 --all'],
  ['HEADROOM_NODE_ADDRESS', '10.0.1.23\n10.0.1.2'],
])('%s=%j is refused, and nothing is called', async (name, value) => {
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
