import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { etcdPrograms } from '../../../lib/drill/vm/etcd';
import { BUCKET, BUCKET_OWNER, EtcdNode } from './etcd-node';

/** The first run builds etcd. */
jest.setTimeout(600_000);

const MEMBER = { name: 'cp1', clientPort: 23791, peerPort: 23801 };
const KEYS = 40;
let bucketHome: string;
let node: EtcdNode;
let key: string;
let before: Record<string, string>;

const inBucket = (name: string): string => join(bucketHome, BUCKET, name);
/** Manifests, data and what was moved aside: what a refusal must not touch. */
const layout = (): unknown => [
  readdirSync(join(node.root, 'etc/kubernetes')).sort(),
  readdirSync(join(node.root, 'etc/kubernetes/manifests')).sort(),
  readdirSync(join(node.root, 'var/lib'))
    .filter((name) => name.startsWith('etcd'))
    .sort(),
];

beforeAll(async () => {
  bucketHome = mkdtempSync(join(tmpdir(), 'headroom-bucket-'));
  mkdirSync(inBucket(''), { recursive: true });
  node = new EtcdNode(MEMBER, [MEMBER], await etcdPrograms(), bucketHome, 'i-0123456789abcdef0');
  await node.start();
  await node.untilHealthy();
  await node.put(KEYS);
  before = await node.keys();
});

afterAll(async () => {
  await node.stop();
  rmSync(bucketHome, { recursive: true });
});

/** Its time is that of the last good snapshot. */
const saved = (): string => join(node.root, 'var/lib/headroom/etcd-saved');
const savedMsAgo = (): number => Date.now() - statSync(saved()).mtimeMs;

describe('a snapshot', () => {
  test('is verified, uploaded with its sidecar, and leaves only its time on the disk, which the guard reports', async () => {
    const { exitCode, result } = await node.save();
    expect([exitCode, result]).toEqual([
      0,
      expect.objectContaining({
        ok: true,
        revision: KEYS + 1,
        keys: expect.any(Number) as unknown,
        furthest: result['key'],
      }),
    ]);
    key = String(result['key']);
    expect(key).toMatch(/^test\/i-0123456789abcdef0\/\d{8}T\d{6}Z\.db$/);
    const sidecar = JSON.parse(readFileSync(inBucket(key.replace(/db$/, 'json')), 'utf8')) as Record<
      string,
      unknown
    >;
    expect(sidecar).toMatchObject({
      key,
      instance: 'i-0123456789abcdef0',
      bytes: statSync(inBucket(key)).size,
      members: `cp1=https://127.0.0.1:${MEMBER.peerPort}`,
      version: expect.stringMatching(/^3\./) as unknown,
    });
    expect(savedMsAgo()).toBeLessThan(60_000);
    expect(existsSync(join(node.root, 'var/lib/headroom/etcd-snapshot'))).toBe(false);
  });

  test('fails when it cannot be uploaded, and leaves nothing on the disk', async () => {
    const anHourAgo = new Date(Date.now() - 3_600_000);
    utimesSync(saved(), anHourAgo, anHourAgo);
    writeFileSync(join(bucketHome, 'refuse'), 's3api put-object');
    const { exitCode, result } = await node.save();
    expect(savedMsAgo()).toBeGreaterThan(3_500_000);
    rmSync(join(bucketHome, 'refuse'));
    expect([exitCode, result['error']]).toEqual([1, expect.stringMatching(/^s3:.* cannot be uploaded/)]);
    expect(existsSync(join(node.root, 'var/lib/headroom/etcd-snapshot'))).toBe(false);
  });

  test('is never written to, or read from, a bucket of another account', async () => {
    const owner = join(bucketHome, `${BUCKET}.owner`);
    const count = readdirSync(inBucket('test/i-0123456789abcdef0')).length;
    writeFileSync(owner, '999999999999');
    const saved = await node.save();
    const verified = await node.restore('verify', { HEADROOM_SNAPSHOT_KEY: key });
    rmSync(owner);
    expect(readdirSync(inBucket('test/i-0123456789abcdef0'))).toHaveLength(count);
    expect([saved.exitCode, saved.result['error']]).toEqual([
      1,
      expect.stringMatching(/cannot be listed.*AccessDenied/),
    ]);
    expect([verified.exitCode, verified.result['ok']]).toEqual([3, false]);
  });

  test('is refused without the account that owns the bucket', async () => {
    expect((await node.save({ HEADROOM_BUCKET_OWNER: 'none' })).exitCode).toBe(2);
    expect((await node.restore('verify', { HEADROOM_BUCKET_OWNER: 'none' })).exitCode).toBe(2);
  });

  test('reports its name in a dry run, and saves nothing', async () => {
    const count = readdirSync(inBucket('test/i-0123456789abcdef0')).length;
    expect((await node.save({ HEADROOM_DRY_RUN: 'true' })).result).toMatchObject({ ok: true, dryRun: true });
    expect(readdirSync(inBucket('test/i-0123456789abcdef0'))).toHaveLength(count);
  });
});

describe('refuses before anything is touched', () => {
  let untouched: unknown;
  beforeAll(() => {
    untouched = layout();
  });
  afterEach(async () => {
    expect(layout()).toEqual(untouched);
    expect(await node.keys()).toEqual(before);
  });

  const copy = (name: string, change: (file: string) => void): string => {
    const [environment, instance] = key.split('/');
    const copied = `${environment}/${instance}/${name}.db`;
    writeFileSync(inBucket(copied), readFileSync(inBucket(key)));
    writeFileSync(
      inBucket(copied.replace(/db$/, 'json')),
      readFileSync(inBucket(key.replace(/db$/, 'json'))),
    );
    change(inBucket(copied));
    return copied;
  };

  test.each([
    ['truncated by a byte', (size: number) => size - 1],
    ['truncated at the checksum', (size: number) => size - 32],
    [
      'cut in half, at a page and with room for a checksum',
      (size: number) => Math.floor(size / 1024) * 512 + 32,
    ],
    ['empty', () => 0],
  ])('a snapshot that is %s', async (_, length) => {
    const cut = copy('20200101T000000Z', (file) => truncateSync(file, length(statSync(file).size)));
    const { exitCode, result } = await node.restore('restore', { HEADROOM_SNAPSHOT_KEY: cut });
    expect([exitCode, result['error']]).toEqual([
      3,
      expect.stringMatching(/is not a good snapshot: .*truncated/),
    ]);
  });

  test('a snapshot with one bit changed', async () => {
    const changed = copy('20200101T000001Z', (file) => {
      const bytes = readFileSync(file);
      bytes[bytes.length >> 1]! ^= 1;
      writeFileSync(file, bytes);
    });
    const { exitCode, result } = await node.restore('restore', { HEADROOM_SNAPSHOT_KEY: changed });
    expect([exitCode, result['error']]).toEqual([3, expect.stringContaining('checksum does not match')]);
  });

  test('a snapshot without a sidecar, and one with another snapshot’s', async () => {
    const alone = copy('20200101T000002Z', (file) => rmSync(file.replace(/db$/, 'json')));
    expect((await node.restore('restore', { HEADROOM_SNAPSHOT_KEY: alone })).result['error']).toContain(
      'no sidecar',
    );
    const other = copy('20200101T000003Z', (file) => {
      const sidecar = file.replace(/db$/, 'json');
      writeFileSync(sidecar, readFileSync(sidecar, 'utf8').replace(/"sha256":"./, '"sha256":"x'));
    });
    expect((await node.restore('restore', { HEADROOM_SNAPSHOT_KEY: other })).result['error']).toContain(
      'its checksum differs',
    );
  });

  test('a snapshot that does not exist, and a missing confirmation', async () => {
    const missing = 'test/i-0123456789abcdef0/20190101T000000Z.db';
    const absent = await node.restore('restore', { HEADROOM_SNAPSHOT_KEY: missing });
    expect([absent.exitCode, absent.result['error']]).toEqual([3, expect.stringContaining('is not there')]);
    const unconfirmed = await node.restore('restore', { HEADROOM_CONFIRM: 'no' });
    expect([unconfirmed.exitCode, unconfirmed.result['error']]).toEqual([
      3,
      expect.stringContaining('Confirm=RESTORE'),
    ]);
  });

  test('verify and a dry run say what would be restored', async () => {
    expect((await node.restore('verify')).result).toMatchObject({ ok: true, key, revision: KEYS + 1 });
    expect((await node.restore('restore', { HEADROOM_DRY_RUN: 'true' })).result).toMatchObject({
      ok: true,
      would: expect.stringContaining(key) as unknown,
    });
  });
});

describe('an etcd that lost its data and started empty', () => {
  let young: string;

  test('is saved, and its sidecar names the snapshot that had gone further', async () => {
    await node.loseData();
    expect(await node.keys()).toEqual({});
    await node.put(2, 'young');
    const { exitCode, result, stderr } = await node.save({ HEADROOM_LAG_SECONDS: '0' });
    expect([exitCode, result]).toEqual([0, expect.objectContaining({ revision: 3, furthest: key })]);
    expect(stderr).toContain(`etcd went back: it is at revision 3, and ${key} was at ${KEYS + 1}`);
    young = String(result['key']);
  });

  test('names it in the next sidecar as well', async () => {
    await node.put(1, 'young');
    expect((await node.save({ HEADROOM_LAG_SECONDS: '0' })).result).toMatchObject({ furthest: key });
  });

  test('is not restored as “the newest”: an operator must choose', async () => {
    const { exitCode, result } = await node.restore('restore');
    expect([exitCode, result]).toEqual([
      3,
      expect.objectContaining({
        error: expect.stringMatching(
          /^etcd lost its data before the newest snapshot, .*as SnapshotKey$/,
        ) as unknown,
        furthest: key,
      }),
    ]);
    expect(Object.keys(await node.keys('young'))).toHaveLength(2);
    expect((await node.restore('verify', { HEADROOM_SNAPSHOT_KEY: young })).result).toMatchObject({
      ok: true,
    });
  });

  test('stays refused when it is unknown whether the other snapshot still exists', async () => {
    const owned = `--bucket ${BUCKET} --expected-bucket-owner ${BUCKET_OWNER}`;
    writeFileSync(join(bucketHome, 'refuse'), `s3api list-objects-v2 ${owned} --prefix ${key}`);
    const restored = await node.restore('restore');
    const saved = await node.save({ HEADROOM_LAG_SECONDS: '0' });
    rmSync(join(bucketHome, 'refuse'));
    for (const { exitCode, result } of [restored, saved])
      expect([exitCode, result['error']]).toEqual([
        1,
        expect.stringContaining(`cannot be searched for ${key}`),
      ]);
    expect(Object.keys(await node.keys('young'))).toHaveLength(2);
  });

  test('is restored once retention has removed the other snapshot', async () => {
    const away = inBucket(`${key}.away`);
    renameSync(inBucket(key), away);
    expect((await node.restore('verify')).result).toMatchObject({ ok: true, revision: 4 });
    const saved = await node.save({ HEADROOM_LAG_SECONDS: '0' });
    renameSync(away, inBucket(key));
    expect(saved.result['furthest']).toBe(saved.result['key']);
    rmSync(inBucket(String(saved.result['key']).replace(/db$/, 'json')));
  });
});

describe('a restore', () => {
  test('brings every key back after the data directory is lost', async () => {
    rmSync(join(node.root, 'var/lib/etcd'), { recursive: true });
    const { exitCode, result, stderr } = await node.restore('restore', { HEADROOM_SNAPSHOT_KEY: key });
    expect([exitCode, result, stderr]).toEqual([
      0,
      expect.objectContaining({ ok: true, key, oldData: '', next: [] }),
      expect.any(String),
    ]);
    expect(await node.keys()).toEqual(before);
    // Clients that saw later revisions must not take the past for the present.
    const { stdout } = await node.etcdctl('endpoint', 'status', '--write-out=json');
    expect(Number(/"revision":(\d+)/.exec(stdout)?.[1])).toBeGreaterThan(1_000_000_000);
    // Restored revisions are raised: the next snapshot is the furthest, and the newest needs no name any more.
    const saved = await node.save({ HEADROOM_LAG_SECONDS: '0' });
    expect([saved.exitCode, saved.result['furthest']]).toEqual([0, saved.result['key']]);
    expect((await node.restore('verify')).result).toMatchObject({ ok: true, key: saved.result['key'] });
  });

  test('undoes what was written since, and keeps it aside', async () => {
    await node.put(3, 'later');
    const { result } = await node.restore('restore', { HEADROOM_SNAPSHOT_KEY: key });
    expect(result).toMatchObject({
      ok: true,
      oldData: expect.stringContaining('etcd.before-restore-') as unknown,
    });
    expect(existsSync(join(String(result['oldData']), 'member', 'snap', 'db'))).toBe(true);
    expect([await node.keys('later'), await node.keys()]).toEqual([{}, before]);
  });

  test('puts everything back when it fails: the manifest, the data, what was written', async () => {
    await node.put(2, 'kept');
    const manifest = readFileSync(node.manifest, 'utf8');
    // etcd does not come up with these flags: its peer port is taken by nobody's address.
    writeFileSync(node.manifest, manifest.replace('--snapshot-count=10000', '--snapshot-count=none'));
    const { exitCode, result } = await node.restore('restore', { HEADROOM_WAIT_SECONDS: '10' });
    expect([exitCode, result['error']]).toEqual([
      1,
      'etcd is not healthy 10 s after the restore; everything was put back',
    ]);
    expect(existsSync(join(node.root, 'etc/kubernetes/headroom-held'))).toBe(false);
    writeFileSync(node.manifest, manifest);
    await node.untilHealthy();
    expect(Object.keys(await node.keys('kept'))).toHaveLength(2);
  });
});
