import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { etcdPrograms } from '../../../lib/drill/vm/etcd';
import { BUCKET, EtcdNode, type Member } from './etcd-node';

/** The first run builds etcd. */
jest.setTimeout(600_000);

const MEMBERS: readonly Member[] = [1, 2, 3].map((index) => ({
  name: `cp${index}`,
  clientPort: 23810 + index,
  peerPort: 23820 + index,
}));
let bucketHome: string;
let nodes: readonly [EtcdNode, EtcdNode, EtcdNode];
let before: Record<string, string>;

beforeAll(async () => {
  bucketHome = mkdtempSync(join(tmpdir(), 'headroom-bucket-'));
  mkdirSync(join(bucketHome, BUCKET));
  const programs = await etcdPrograms();
  nodes = MEMBERS.map(
    (member, index) => new EtcdNode(member, MEMBERS, programs, bucketHome, `i-0123456789abcdef${index + 1}`),
  ) as unknown as typeof nodes;
  await nodes[0].start();
  const pki = join(nodes[0].root, 'etc/kubernetes/pki/etcd');
  await Promise.all(nodes.slice(1).map((node) => node.start(pki)));
  await Promise.all(nodes.map((node) => node.untilHealthy()));
  await nodes[0].put(20);
  before = await nodes[0].keys();
  expect((await nodes[1].save()).exitCode).toBe(0);
});

afterAll(async () => {
  await Promise.all(nodes.map((node) => node.stop()));
  rmSync(bucketHome, { recursive: true });
});

test('refuses to restore while other members run: there would be two clusters', async () => {
  const { exitCode, result } = await nodes[1].restore('restore');
  expect([exitCode, result['error']]).toEqual([
    3,
    expect.stringMatching(
      /other etcd members are still running: cp1 \(127\.0\.0\.1:\d+\), cp3 .*run Action=stop/,
    ),
  ]);
  expect(await nodes[1].keys()).toEqual(before);
});

test('rejects the join of a running member, and starts a stopped one again', async () => {
  expect(
    (await nodes[2].restore('join', { HEADROOM_MEMBER_ADDRESS: '127.0.0.1:23811' })).result['error'],
  ).toContain('run Action=stop first');
  expect((await nodes[2].restore('stop')).result).toMatchObject({ ok: true, action: 'stop' });
  expect((await nodes[2].etcdctl('endpoint', 'health')).exitCode).not.toBe(0);
  expect((await nodes[2].restore('start')).result).toMatchObject({ ok: true, action: 'start' });
  expect(await nodes[2].keys()).toEqual(before);
});

test('saves nothing on a member without quorum', async () => {
  for (const index of [0, 2] as const) expect((await nodes[index].restore('stop')).exitCode).toBe(0);
  const { exitCode, result } = await nodes[1].save();
  expect([exitCode, result['error']]).toEqual([1, expect.stringContaining('has no quorum')]);
});

test('restores one member alone, and names the commands for the others', async () => {
  rmSync(join(nodes[0].root, 'var/lib/etcd'), { recursive: true });
  const { exitCode, result } = await nodes[1].restore('restore');
  expect([exitCode, result]).toEqual([
    0,
    expect.objectContaining({
      ok: true,
      next: ['cp1', 'cp3'].map(
        (name) =>
          `aws ssm send-command --document-name headroom-test-RestoreEtcdMember --instance-ids ID-OF-${name} --parameters Action=join,Confirm=RESTORE,MemberAddress=127.0.0.1`,
      ),
    }),
  ]);
  expect(await nodes[1].keys()).toEqual(before);
});

test('removes the learner after a failed join, keeps the member stopped, and can be repeated', async () => {
  const held = join(nodes[2].root, 'etc/kubernetes/headroom-held/etcd.yaml');
  const manifest = readFileSync(held, 'utf8');
  writeFileSync(held, manifest.replace('--snapshot-count=10000', '--snapshot-count=none'));
  const address = { HEADROOM_MEMBER_ADDRESS: `127.0.0.1:${MEMBERS[1]!.clientPort}` };
  const { exitCode, result } = await nodes[2].restore('join', { ...address, HEADROOM_WAIT_SECONDS: '10' });
  expect([exitCode, result['error']]).toEqual([
    1,
    expect.stringMatching(/not caught up .* it stays stopped$/),
  ]);
  expect((await nodes[1].etcdctl('member', 'list')).stdout.trim().split('\n')).toHaveLength(1);
  expect(existsSync(nodes[2].manifest)).toBe(false);
  expect(existsSync(join(nodes[2].root, 'var/lib/etcd/member'))).toBe(true);
  writeFileSync(held, manifest);
});

test('joins the others one by one, and every member has every key', async () => {
  const address = { HEADROOM_MEMBER_ADDRESS: `127.0.0.1:${MEMBERS[1]!.clientPort}` };
  for (const index of [0, 2] as const) {
    const { exitCode, result } = await nodes[index].restore('join', address);
    expect([exitCode, result]).toEqual([0, expect.objectContaining({ ok: true, action: 'join' })]);
  }
  const members = (await nodes[1].etcdctl('member', 'list')).stdout.trim().split('\n');
  expect(
    members
      .map((line) => line.split(', '))
      .map(([, state, name, , , learner]) => [state, name, learner])
      .sort(),
  ).toEqual(['cp1', 'cp2', 'cp3'].map((name) => ['started', name, 'false']));
  for (const node of nodes) {
    await node.untilHealthy();
    expect(await node.keys()).toEqual(before);
  }
  expect((await nodes[2].save()).exitCode).toBe(0);
});

test('rejoins one lost member of three without a restore', async () => {
  rmSync(join(nodes[2].root, 'var/lib/etcd'), { recursive: true });
  expect((await nodes[2].restore('stop')).exitCode).toBe(0);
  await nodes[0].put(3, 'meanwhile');
  const address = { HEADROOM_MEMBER_ADDRESS: `127.0.0.1:${MEMBERS[0]!.clientPort}` };
  expect((await nodes[2].restore('join', address)).result).toMatchObject({ ok: true, action: 'join' });
  expect(await nodes[2].keys()).toEqual(before);
  expect(Object.keys(await nodes[2].keys('meanwhile'))).toHaveLength(3);
  expect((await nodes[0].etcdctl('member', 'list')).stdout.trim().split('\n')).toHaveLength(3);
});
