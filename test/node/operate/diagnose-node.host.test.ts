import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { runForResult } from '../run-script';

/** What the VM does not show cheaply: figures from a stand-in df, chrony, a worker's way to the API, and how much fits. */
const roots: string[] = [];
afterAll(() => roots.forEach((root) => rmSync(root, { recursive: true })));

const CONDITIONS = 'Ready|True|KubeletReady|kubelet is posting ready status';

function node(files: Readonly<Record<string, string>> = {}, programs: Readonly<Record<string, string>> = {}) {
  const root = mkdtempSync(join(tmpdir(), 'headroom-diagnose-'));
  roots.push(root);
  const put = (path: string, text: string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  const all = {
    'etc/kubernetes/kubelet.conf': '',
    'var/lib/kubelet/config.yaml': 'failSwapOn: true\n',
    'etc/cni/net.d/10-x.conflist': '{}',
    'proc/swaps': 'Filename Type Size Used Priority\n',
    'proc/uptime': '400000.00 1.00\n',
    ...files,
  };
  for (const [path, text] of Object.entries(all)) if (text !== 'none') put(path, text);
  const stand = {
    df: 'printf "h\\n10000000000 4000000000 6000000000 1000 100\\n"',
    systemctl: 'echo LoadState=loaded; echo ActiveState=active',
    curl: 'printf "ok\\n200"',
    kubectl: `printf '${CONDITIONS}\\n'`,
    chronyc: 'printf "System time     : 0.000012 seconds slow of NTP time\\nLeap status     : Normal\\n"',
    ...programs,
  };
  for (const [name, text] of Object.entries(stand)) {
    put(`bin/${name}`, `#!/bin/sh\n${text}\n`);
    chmodSync(join(root, 'bin', name), 0o755);
  }
  const env = { PATH: `${join(root, 'bin')}:${process.env['PATH']}`, HEADROOM_MOUNT_POINT: root };
  return runForResult('diagnose-node', { env: { ...env, HEADROOM_ENVIRONMENT: 'test' } });
}
const found = async (...given: Parameters<typeof node>) => (await node(...given)).result.findings;

test('finds nothing on a healthy node', async () => {
  const { result, exitCode } = await node();
  expect([exitCode, result]).toMatchObject([0, { ok: true, role: 'worker', findings: [], more: 0 }]);
});

test('lists an empty certificate first, and suggests no restart of a kubelet that exits at every start', async () => {
  const findings = await found(
    { 'var/lib/kubelet/pki/kubelet-client-current.pem': '' },
    {
      curl: 'exit 7',
      systemctl:
        'echo LoadState=loaded; case "$*" in *kubelet*) echo ActiveState=activating;; *) echo ActiveState=active;; esac',
      journalctl: `case "$*" in *kubelet*) printf '%s\\n' 'E1129 03:20:10.1 1200 run.go:72] "command failed" err="failed to run Kubelet: unable to load bootstrap kubeconfig: stat /etc/kubernetes/bootstrap-kubelet.conf: no such file or directory"';; esac`,
    },
  );
  expect(findings.map(({ name }) => name)).toEqual(['certificate-broken', 'kubelet-down']);
  expect(findings[1]?.next).not.toContain('systemctl restart');
  expect(findings[1]?.evidence).toMatch(
    /no such file or directory \/etc\/kubernetes\/bootstrap-kubelet\.conf/,
  );
});

const df = (used: number, inodesUsed: number) => ({
  df: `printf "h\\n10000000000 ${used}0000000 ${10_000_000_000 - used * 1e7} 1000 ${inodesUsed}\\n"`,
});
test.each<[string, Parameters<typeof node>, string[]]>([
  ['94.9 % is no finding', [{}, df(949, 100)], []],
  ['95 % is', [{}, df(950, 100)], ['disk-full']],
  ['inodes', [{}, df(400, 950)], ['inodes-full']],
  ['inodes, one less', [{}, df(400, 949)], []],
  [
    'swap that the kubelet is told to bear',
    [{ 'proc/swaps': 'h\n/swapfile file 1024 0 -2\n', 'var/lib/kubelet/config.yaml': 'failSwapOn: false\n' }],
    [],
  ],
  ['swap', [{ 'proc/swaps': 'h\n/dev/dm-1 partition 2097152 0 -2\n' }], ['swap-on']],
  [
    'chrony, 31 s off',
    [{}, { chronyc: 'printf "System time : 31.5 seconds fast of NTP time\\nLeap status : Normal\\n"' }],
    ['clock-off'],
  ],
  [
    'chrony, 30 s off',
    [{}, { chronyc: 'printf "System time : 30.5 seconds fast of NTP time\\nLeap status : Normal\\n"' }],
    [],
  ],
  [
    'chrony without a source: the hardware clock is asked',
    [
      { 'sys/class/rtc/rtc0/since_epoch': '1000000000' },
      { chronyc: 'echo "Leap status : Not synchronised"' },
    ],
    ['clock-off'],
  ],
  [
    'a worker that cannot reach the API',
    [{ 'etc/kubernetes/kubelet.conf': '    server: https://127.0.0.1:9\n' }],
    ['api-refused'],
  ],
  [
    'etcd',
    [{ 'etc/kubernetes/manifests/etcd.yaml': '', 'etc/kubernetes/manifests/kube-apiserver.yaml': '' }],
    ['etcd-unhealthy'],
  ],
  ['memory', [{}, { kubectl: `printf 'MemoryPressure|True|X|y\\n${CONDITIONS}\\n'` }], ['memorypressure']],
  [
    'no kubelet.conf, no config',
    [{ 'etc/kubernetes/kubelet.conf': 'none', 'var/lib/kubelet/config.yaml': 'none' }],
    ['join-failed'],
  ],
  [
    'a cause stands before what follows from it',
    [
      { 'etc/cni/net.d/10-x.conflist': 'none' },
      { ...df(990, 100), kubectl: "printf 'Ready|False|KubeletNotReady|cni plugin not initialized\\n'" },
    ],
    ['disk-full', 'cni-missing', 'not-ready'],
  ],
])('%s', async (_, given, names) => {
  expect((await found(...given)).map(({ name }) => name)).toEqual(names);
});

const KUBEADM = { 'etc/kubernetes/kubelet.conf': 'none', 'var/lib/kubelet/config.yaml': 'none' };
const WELL_ETCD = `case "$*" in *2381* | *4001*) printf '{"health":"true"}\\n200' ;; *) printf 'ok\\n200' ;; esac`;
describe('a healthy node of another layout has no finding', () => {
  test.each<[string, string, Record<string, string>]>([
    [
      'EKS on AL2023',
      'worker',
      { 'var/lib/kubelet/kubeconfig': '', 'etc/kubernetes/kubelet/config.json': '{"failSwapOn": false}' },
    ],
    [
      'EKS on AL2',
      'worker',
      { 'var/lib/kubelet/kubeconfig': '', 'etc/kubernetes/kubelet/kubelet-config.json': '{}' },
    ],
    ['a worker of kops', 'worker', { 'var/lib/kubelet/kubeconfig': '', 'var/lib/kubelet/kubelet.conf': '' }],
    [
      'a control plane of kops',
      'control-plane',
      {
        'var/lib/kubelet/kubeconfig': '',
        'var/lib/kubelet/kubelet.conf': '',
        'etc/kubernetes/manifests/kube-apiserver.manifest': '',
        'etc/kubernetes/manifests/etcd-main.manifest': '',
        'etc/kubernetes/pki/kube-apiserver/etcd-ca.txt': '',
      },
    ],
  ])('%s', async (_, role, files) => {
    const { result, exitCode } = await node({ ...KUBEADM, ...files }, { curl: WELL_ETCD });
    expect([exitCode, result]).toMatchObject([0, { ok: true, role, findings: [] }]);
  });

  test('accepts swap that the kubelet of EKS is configured for', async () => {
    const files = {
      'var/lib/kubelet/kubeconfig': '',
      'etc/kubernetes/kubelet/config.json': '{\n  "failSwapOn": false\n}',
      'proc/swaps': 'h\n/swapfile file 1024 0 -2\n',
    };
    expect(await found({ ...KUBEADM, ...files })).toEqual([]);
  });
});

test('Bottlerocket is refused by name', async () => {
  await expect(node({ 'etc/os-release': 'NAME=Bottlerocket\nID=bottlerocket\n' })).rejects.toThrow(
    'Headroom does not support this node: Bottlerocket',
  );
});

describe('etcd that has reached its quota', () => {
  const curl = `case "$*" in *2381*) printf '{"health":"false","reason":"ALARM NOSPACE"}\\n503' ;; *) printf 'ok\\n200' ;; esac`;

  test('is named, with the complete commands that make room', async () => {
    const [only, ...more] = await found({ 'etc/kubernetes/manifests/etcd.yaml': '' }, { curl });
    expect(more).toEqual([]);
    expect(only).toMatchObject({
      name: 'etcd-no-space',
      evidence: expect.stringContaining('NOSPACE') as string,
    });
    expect(only?.next).toMatch(/e compact "[^]*" && e defrag && e alarm disarm$/);
  });
});

describe('a certificate that a full disk left empty', () => {
  const CURRENT = 'var/lib/kubelet/pki/kubelet-client-current.pem';

  test('is the first finding', async () => {
    const findings = await found({ [CURRENT]: '' }, { curl: 'exit 7' });
    expect(findings.map(({ name }) => name)).toEqual(['certificate-broken', 'kubelet-down']);
    expect(findings[0]).toMatchObject({
      evidence: `/${CURRENT} has 0 bytes`,
      next: expect.stringContaining('kubeadm kubeconfig user --org system:nodes') as string,
    });
  });

  test('suggests no restart of a kubelet that systemd restarts in a loop', async () => {
    const systemctl =
      'echo LoadState=loaded; case "$*" in *kubelet*) echo ActiveState=activating;; *) echo ActiveState=active;; esac';
    const words =
      'E1129 03:20:10.1 1200 run.go:72] "command failed" err="failed to run Kubelet: unable to load bootstrap kubeconfig: stat /etc/kubernetes/bootstrap-kubelet.conf: no such file or directory"';
    const journalctl = `case "$*" in *kubelet*) printf '%s\\n' '${words}';; esac`;
    const findings = await found({ [CURRENT]: '' }, { curl: 'exit 7', systemctl, journalctl });
    expect(findings[1]?.next).not.toContain('systemctl restart');
    expect(findings[1]?.evidence).toMatch(
      /no such file or directory \/etc\/kubernetes\/bootstrap-kubelet\.conf/,
    );
  });

  test('suggests replacing a node of kops', async () => {
    const kops = { ...KUBEADM, 'var/lib/kubelet/kubeconfig': '', 'var/lib/kubelet/kubelet.conf': '' };
    const [first] = await found({ ...kops, [CURRENT]: '' });
    expect(first).toMatchObject({
      name: 'certificate-broken',
      next: expect.stringContaining('replace the node') as string,
    });
  });
});

test('names the cause and the file of a truncated kubelet state, and suggests more than a restart', async () => {
  const words =
    'panic: could not restore state from checkpoint: unexpected end of JSON input, please drain this node and delete pod allocation checkpoint file \\"/var/lib/kubelet/pod_status_manager_state\\" before restarting Kubelet';
  const [first, ...more] = await found({}, { curl: 'exit 7', journalctl: `echo "${words}"` });
  expect(more).toEqual([]);
  expect(first).toMatchObject({
    name: 'kubelet-state-broken',
    evidence: expect.stringMatching(
      /unexpected end of JSON input.*\/var\/lib\/kubelet\/pod_status_manager_state/,
    ) as string,
    next: expect.stringMatching(
      /^mv \/var\/lib\/kubelet\/pod_status_manager_state \S+\.broken && systemctl restart kubelet/,
    ) as string,
  });
});

test('reports when and how a static pod exited and its back-off, with a command that works when its log is empty', async () => {
  const backOff =
    'E1129 03:20:10.101112 1200 pod_workers.go:1301] "Error syncing pod, skipping" err="failed to StartContainer for kube-apiserver: back-off 5m0s restarting failed container=kube-apiserver"';
  const crictl = `case "$*" in
  *ps*) echo c1 ;;
  *inspect*) echo 'headroom CONTAINER_EXITED 1 2026-11-29T03:14:57.1Z Error' ;;
esac`;
  const [first] = await found(
    { 'etc/kubernetes/manifests/kube-apiserver.yaml': '' },
    {
      crictl,
      journalctl: `cat <<'E'\n${backOff}\nE`,
      curl: `case "$*" in *6443*) exit 7 ;; *) printf 'ok\\n200' ;; esac`,
    },
  );
  expect(first).toMatchObject({
    name: 'api-refused',
    evidence: expect.stringMatching(/exit code 1 \(Error\) at 03:14:57.*back-off 5m0s/) as string,
    next: expect.stringMatching(
      /^systemctl restart kubelet; .*crictl logs .*journalctl --unit kubelet --no-pager \| grep kube-apiserver/,
    ) as string,
  });
});

test('fits the line and truncates no command, however much is wrong', async () => {
  const long = 'x'.repeat(400);
  const { result } = await node(
    {
      'etc/cni/net.d/10-x.conflist': 'none',
      'proc/swaps': 'h\n/swapfile file 1024 0 -2\n',
      'etc/kubernetes/manifests/etcd.yaml': '',
      'etc/kubernetes/manifests/kube-apiserver.yaml': '',
    },
    {
      ...df(990, 990),
      curl: 'exit 7',
      kubectl: `printf 'DiskPressure|True|"q"|${long}\\nMemoryPressure|True|a|${long}\\nReady|False|b|${long}\\n'`,
      systemctl: 'echo LoadState=loaded; echo ActiveState=failed',
      chronyc: 'printf "System time : 99.5 seconds fast of NTP time\\nLeap status : Normal\\n"',
    },
  );
  expect(result.findings.length + result.more).toBeGreaterThanOrEqual(10);
  expect(result.findings[0]?.name).toBe('disk-full');
  for (const { next } of result.findings) expect(next).not.toMatch(/\.\.\.$/);
});
