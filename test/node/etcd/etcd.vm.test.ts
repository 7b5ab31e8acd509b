import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { etcdPrograms } from '../../../lib/drill/vm/etcd';
import { prepareNodeImage } from '../../../lib/drill/vm/image';
import { VirtualMachine } from '../../../lib/drill/vm/virtual-machine';
import type { DocumentBaseName } from '../../../lib/domain/names/naming';
import { rendered, stringsIn } from '../../runbooks/every-document';
import { expectOneLine, outputOf, run } from '../run-script';
import { etcdImageArchive } from './etcd-image';
import { BUCKET, BUCKET_OWNER, MAKE_CERTIFICATES, STAND_INS, etcdManifest } from './etcd-node';

/** Builds the image and etcd where the cache has none, which takes minutes. */
jest.setTimeout(1_800_000);

const IMAGE = 'registry.invalid/etcd:3.6.16-0';
const MEMBER = { name: 'cp1', clientPort: 2379, peerPort: 2380 };
const INSTANCE = 'i-0123456789abcdef0';
const BUCKET_FOLDER = `/var/lib/aws-stand-in/${BUCKET}`;
const KEYS = 100;
const CHUNK_BYTES = 3 * 1024 * 1024;

let vm: VirtualMachine;

const bash = async (script: string, timeoutSeconds = 300): Promise<string> => {
  const result = await vm.exec('bash', ['-c', script], { timeoutSeconds });
  return outputOf(script, result).trim();
};

/** Guest files come through the agent's channel, in pieces that it can take. */
const send = async (path: string, content: Buffer | string, mode = '0644'): Promise<void> => {
  const bytes = Buffer.from(content);
  await bash(`mkdir -p "$(dirname ${path})" && : > ${path} && chmod ${mode} ${path}`);
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) {
    const stdin = bytes.subarray(at, at + CHUNK_BYTES).toString('base64');
    const { exitCode, stderr } = await vm.exec('sh', ['-c', `base64 -d >> ${path}`], { stdin });
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  }
};

interface Ran {
  readonly exitCode: number;
  readonly result: Record<string, unknown>;
}

/** Runs a Command document as the SSM agent does: the lines of its step, its parameters in place. */
const runDocument = async (
  base: DocumentBaseName,
  parameters: Readonly<Record<string, string>>,
): Promise<Ran> => {
  const document = rendered(base);
  const text = stringsIn(document.mainSteps[0]?.inputs['runCommand'])
    .join('\n')
    .replace(/\{\{ (\w+) \}\}/g, (_, name: string) =>
      String(parameters[name] ?? document.parameters[name]?.default),
    );
  await send('/run/document.sh', text);
  const environment = { AWS_SSM_INSTANCE_ID: INSTANCE, AWS_SSM_REGION_NAME: 'eu-central-1' };
  const outcome = await vm.exec('bash', ['/run/document.sh'], { timeoutSeconds: 900, environment });
  return { exitCode: outcome.exitCode, result: expectOneLine(outcome) as Ran['result'] };
};

const restore = (action: string, parameters: Readonly<Record<string, string>> = {}): Promise<Ran> =>
  runDocument('RestoreEtcdMember', {
    Action: action,
    Confirm: action === 'verify' ? 'no' : 'RESTORE',
    ...parameters,
  });

/** etcdctl of the container, run on the node as the scripts do. */
const etcdctl = (args: string, stdin = ''): Promise<string> =>
  bash(
    `cd /etc/kubernetes/pki/etcd && printf '${stdin}' | /proc/$(pgrep -x etcd)/root/usr/local/bin/etcdctl ` +
      `--cacert=ca.crt --cert=healthcheck-client.crt --key=healthcheck-client.key --endpoints=https://127.0.0.1:2379 ${args}`,
  );
const waitForEtcd = (): Promise<string> =>
  bash(
    `for try in {1..120}; do cd /etc/kubernetes/pki/etcd; pid=$(pgrep -x etcd) && /proc/$pid/root/usr/local/bin/etcdctl --cacert=ca.crt ` +
      `--cert=healthcheck-client.crt --key=healthcheck-client.key endpoint health 2>/dev/null && exit; sleep 1; done; tail -n 5 /var/log/etcd.log >&2; exit 1`,
  );
/** Until the command succeeds; the service's journal otherwise. */
const waitInGuest = (command: string): Promise<string> =>
  bash(
    `for try in {1..240}; do if ${command} 2>/dev/null; then exit; fi; sleep 1; done; journalctl -u headroom-etcd-snapshot >&2; exit 1`,
  );
const countKeys = async (): Promise<number> =>
  Number(/"Count" : (\d+)/.exec(await etcdctl('get --prefix /key/ --count-only --write-out=fields'))?.[1]);
const goodSnapshots = async (): Promise<string[]> =>
  (await bash(`cd ${BUCKET_FOLDER} 2>/dev/null && find test -name '*.json' | sort || true`))
    .split('\n')
    .filter((line) => line !== '');

beforeAll(async () => {
  const programs = await etcdPrograms();
  vm = await VirtualMachine.start({ image: await prepareNodeImage({ rootFs: 'ext4' }) });
  const pki = mkdtempSync(join(tmpdir(), 'headroom-pki-'));
  expect((await run('bash', ['-c', MAKE_CERTIFICATES, 'bash', pki])).exitCode).toBe(0);
  const certificates = await run('bash', ['-c', 'tar -C "$1" -cz . | base64', 'bash', pki]);
  rmSync(pki, { recursive: true });
  await send('/run/pki.tar.gz', Buffer.from(certificates.stdout, 'base64'));
  await bash(
    'mkdir -p /etc/kubernetes/pki/etcd && tar -C /etc/kubernetes/pki/etcd -xzf /run/pki.tar.gz --no-same-owner',
  );
  await send('/var/tmp/etcd.tar.gz', await etcdImageArchive(programs, IMAGE));
  await bash(
    'gunzip /var/tmp/etcd.tar.gz && ctr --namespace k8s.io images import /var/tmp/etcd.tar && rm /var/tmp/etcd.tar',
  );
  await send('/usr/local/bin/aws', readFileSync(join(STAND_INS, 'aws')), '0755');
  await bash(`mkdir -p ${BUCKET_FOLDER}`);
  // A kubelet that runs static pods and stops them: here, etcd as a container of its image.
  await send('/usr/local/bin/etcd-kubelet', readFileSync(join(STAND_INS, 'etcd-kubelet')), '0755');
  await send(
    '/etc/systemd/system/kubelet.service.d/etcd.conf',
    '[Service]\nExecStart=\nExecStart=/usr/local/bin/etcd-kubelet --ctr\n',
  );
  await send('/etc/kubernetes/manifests/etcd.yaml', etcdManifest(MEMBER, [MEMBER], IMAGE), '0600');
  await send('/etc/kubernetes/manifests/kube-apiserver.yaml', 'kind: Pod\n', '0600');
  await bash('systemctl daemon-reload && systemctl restart kubelet');
  await waitForEtcd();
});

afterAll(async () => {
  await vm?.stop();
});

test('PrepareEtcdSnapshots puts a timer that systemd accepts, and the first snapshot comes with etcd’s first key', async () => {
  const parameters = { Bucket: BUCKET, BucketOwner: BUCKET_OWNER, Environment: 'test', EveryHours: '6' };
  const { exitCode, result } = await runDocument('PrepareEtcdSnapshots', parameters);
  expect([exitCode, result['changed']]).toEqual([
    0,
    [
      '/usr/local/lib/headroom/etcd-snapshot.sh',
      '/etc/default/headroom-etcd-snapshot',
      '/etc/systemd/system/headroom-etcd-snapshot.service',
      '/etc/systemd/system/headroom-etcd-snapshot.timer',
      'enabled headroom-etcd-snapshot.timer',
    ],
  ]);
  await bash('systemd-analyze verify /etc/systemd/system/headroom-etcd-snapshot.{timer,service}');
  expect(await bash('systemctl is-active headroom-etcd-snapshot.timer')).toBe('active');
  // An empty etcd is not saved: as the newest snapshot it would hide the last good one. It is tried again each minute.
  await waitInGuest('journalctl -u headroom-etcd-snapshot | grep "holds no keys: etcd is empty"');
  expect(await goodSnapshots()).toEqual([]);
  await etcdctl('put /first key');
  await waitInGuest(`ls ${BUCKET_FOLDER}/test/*/*.json`);
  expect((await runDocument('PrepareEtcdSnapshots', parameters)).result['changed']).toEqual([]);
});

test('the timer’s service saves what is there, verified, with etcdctl and etcdutl in a container of etcd’s image', async () => {
  const puts = Array.from({ length: KEYS }, (_, index) => `put /key/${index} value-${index}`).join('\\n');
  await etcdctl('txn', `\\n${puts}\\n\\n\\n`);
  expect(await countKeys()).toBe(KEYS);
  expect(await bash('type -P etcdctl etcdutl || echo none')).toBe('none');
  const count = (await goodSnapshots()).length;
  await bash('systemctl start headroom-etcd-snapshot.service');
  const names = await goodSnapshots();
  expect(names).toHaveLength(count + 1);
  const sidecar = JSON.parse(await bash(`cat ${BUCKET_FOLDER}/${names.at(-1)}`)) as Record<string, unknown>;
  expect(sidecar).toMatchObject({ instance: INSTANCE, members: 'cp1=https://127.0.0.1:2380', revision: 3 });
  expect(await bash('find /var/lib/headroom/etcd-saved -mmin -5')).toContain('etcd-saved');
  expect(await bash('ls /var/lib/headroom/etcd-snapshot 2>/dev/null || echo none')).toBe('none');
  expect(await bash('ctr --namespace k8s.io containers ls --quiet | grep headroom || echo none')).toBe(
    'none',
  );
});

test('saves nothing, and does not fill the disk, when there is no room', async () => {
  await bash(
    'fallocate -l $(($(df --block-size=1 --output=avail / | tail -n 1) - 70 * 1048576)) /var/tmp/filler',
  );
  const before = await goodSnapshots();
  const ran = await vm.exec('bash', [
    '-c',
    'set -a; . /etc/default/headroom-etcd-snapshot; exec /usr/local/lib/headroom/etcd-snapshot.sh',
  ]);
  await bash('rm /var/tmp/filler');
  expect(ran.exitCode).toBe(3);
  expect(expectOneLine(ran)).toMatchObject({
    ok: false,
    error: expect.stringContaining('no room: ') as unknown,
  });
  expect(await goodSnapshots()).toEqual(before);
});

test('a truncated snapshot is refused and nothing is touched', async () => {
  const good = (await goodSnapshots()).at(-1)!.replace(/json$/, 'db');
  const cut = `test/${INSTANCE}/20200101T000000Z.db`;
  await bash(
    `cd ${BUCKET_FOLDER} && cp ${good} ${cut} && cp ${good.replace(/db$/, 'json')} ${cut.replace(/db$/, 'json')} && truncate -s -512 ${cut}`,
  );
  const process = await bash('pgrep -x etcd');
  const files = await bash('ls -R /etc/kubernetes /var/lib/etcd');
  const { exitCode, result } = await restore('restore', { SnapshotKey: cut });
  expect([exitCode, result['error']]).toEqual([
    3,
    expect.stringMatching(/is not a good snapshot: .*Nothing was touched/),
  ]);
  expect([await bash('pgrep -x etcd'), await bash('ls -R /etc/kubernetes /var/lib/etcd')]).toEqual([
    process,
    files,
  ]);
  expect(await countKeys()).toBe(KEYS);
});

test('a restore brings every key back after the data directory is lost', async () => {
  await bash('rm -rf /var/lib/etcd/member && pkill -KILL -x etcd; sleep 3');
  await waitForEtcd();
  expect(await countKeys()).toBe(0);

  expect(await restore('verify')).toMatchObject({ exitCode: 0, result: { ok: true, revision: 3 } });
  const { exitCode, result } = await restore('restore');
  expect([exitCode, result]).toEqual([0, expect.objectContaining({ ok: true, action: 'restore', next: [] })]);
  const lines = (await etcdctl('get --prefix /key/')).split('\n');
  const pairs = lines.flatMap((line, at) => (at % 2 === 0 ? [`${line}=${lines[at + 1]}`] : [])).sort();
  expect(pairs).toEqual(Array.from({ length: KEYS }, (_, index) => `/key/${index}=value-${index}`).sort());
  // The empty cluster that came up in between was moved aside, not deleted; manifests and mounts are as before.
  expect(await bash(`ls ${String(result['oldData'])}/member`)).toBe('snap\nwal');
  expect(await bash('ls /etc/kubernetes /etc/kubernetes/manifests')).toMatch(
    /^(?!.*headroom-held)[^]*etcd\.yaml\nkube-apiserver\.yaml$/,
  );
  expect(await bash('ctr --namespace k8s.io containers ls --quiet | grep headroom || echo none')).toBe(
    'none',
  );
});

test('a restore that does not come up puts everything back', async () => {
  await etcdctl('put /kept yes');
  await bash("sed -i 's/--snapshot-count=10000/--snapshot-count=none/' /etc/kubernetes/manifests/etcd.yaml");
  const { exitCode, result } = await restore('restore', { WaitSeconds: '20' });
  expect([exitCode, result['error']]).toEqual([
    1,
    expect.stringMatching(/not healthy .*everything was put back$/),
  ]);
  await bash("sed -i 's/--snapshot-count=none/--snapshot-count=10000/' /etc/kubernetes/manifests/etcd.yaml");
  await waitForEtcd();
  expect(await etcdctl('get /kept')).toBe('/kept\nyes');
});

test('the timer can be removed', async () => {
  const { result } = await runDocument('PrepareEtcdSnapshots', { Action: 'remove' });
  expect(result['changed']).toHaveLength(6);
  expect(await bash('ls /etc/systemd/system | grep etcd-snapshot || echo none')).toBe('none');
});
